import { CloudError } from "../../base/errors.ts";
import type { VolumeLimits } from "../../protocol/vm-contract.ts";

/** EBS's volume types (F39). */
export const VOLUME_TYPES = ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"] as const;
export type VolumeType = (typeof VOLUME_TYPES)[number];

/** What the API makes when no type is named (F39; EC2 API `CreateVolume`). */
export const DEFAULT_VOLUME_TYPE: VolumeType = "gp2";

/** The shape of a volume: its size, its type, and what was provisioned for it (`null`: what the type gives). */
export interface VolumeShape {
  readonly sizeBytes: number;
  readonly type: VolumeType;
  readonly iops: number | null;
  readonly throughputMiBps: number | null;
}

interface TypeLimits {
  readonly minGiB: number;
  /** EBS's own, or what our block maps address (2 TiB) where that is less. */
  readonly maxGiB: number;
  /** Where IOPS are provisioned: their bounds, and how many a GiB carries. */
  readonly iops?: { readonly min: number; readonly max: number; readonly perGiB: number; readonly default?: number };
  /** Where throughput is provisioned, in MiB/s. */
  readonly throughput?: { readonly min: number; readonly max: number; readonly perIops: number };
}

export const GIB = 2 ** 30;
const MIB = 2 ** 20;
const MAX_GIB = 2048;

/** EC2 User Guide, "Amazon EBS volume types". */
const LIMITS: Record<VolumeType, TypeLimits> = {
  gp2: { minGiB: 1, maxGiB: MAX_GIB },
  gp3: {
    minGiB: 1,
    maxGiB: MAX_GIB,
    iops: { min: 3000, max: 16_000, perGiB: 500, default: 3000 },
    throughput: { min: 125, max: 1000, perIops: 0.25 },
  },
  io1: { minGiB: 4, maxGiB: MAX_GIB, iops: { min: 100, max: 64_000, perGiB: 50 } },
  io2: { minGiB: 4, maxGiB: MAX_GIB, iops: { min: 100, max: 64_000, perGiB: 500 } },
  st1: { minGiB: 125, maxGiB: MAX_GIB },
  sc1: { minGiB: 125, maxGiB: MAX_GIB },
  standard: { minGiB: 1, maxGiB: 1024 },
};

const invalid = (message: string, details: Record<string, unknown>) =>
  new CloudError("InvalidParameterValue", message, details);

/** Throws `InvalidParameterValue` for a type that does not exist. */
export function checkVolumeType(type: string = DEFAULT_VOLUME_TYPE): VolumeType {
  const known = VOLUME_TYPES.find((candidate) => candidate === type);
  if (known !== undefined) return known;
  throw invalid(`Value (${type}) for parameter volumeType is invalid.`, { volumeType: type });
}

/** Whole GiB within the type's bounds: else `InvalidParameterValue`. Gives bytes. */
export function checkVolumeSize(type: VolumeType, sizeGiB: number): number {
  const { minGiB, maxGiB } = LIMITS[type];
  if (!Number.isSafeInteger(sizeGiB) || sizeGiB < 1) {
    throw invalid(`Value (${sizeGiB}) for parameter size is invalid: it is a whole number of GiB.`, { sizeGiB });
  }
  if (sizeGiB < minGiB) {
    throw invalid(`Volume of ${sizeGiB}GiB is too small for volume type ${type}; minimum is ${minGiB}GiB.`, {
      sizeGiB,
    });
  }
  if (sizeGiB > maxGiB) {
    throw invalid(`Volume of ${sizeGiB}GiB is too large for volume type ${type}; maximum is ${maxGiB}GiB.`, {
      sizeGiB,
    });
  }
  return sizeGiB * GIB;
}

/** Throws `InvalidParameterDependency`, `MissingParameter` or `InvalidParameterValue` when they do not fit the type. */
export function checkPerformance(
  { type, sizeBytes }: Pick<VolumeShape, "type" | "sizeBytes">,
  iops: number | undefined,
  throughputMiBps: number | undefined,
): Pick<VolumeShape, "iops" | "throughputMiBps"> {
  const limits = LIMITS[type];
  const given = checkIops(type, sizeBytes, iops);
  if (throughputMiBps === undefined) return { iops: given, throughputMiBps: null };
  if (limits.throughput === undefined) throw unsupported("throughput", type);
  const { min, max, perIops } = limits.throughput;
  const most = Math.min(max, perIops * (given ?? limits.iops?.default ?? max));
  const fits = Number.isSafeInteger(throughputMiBps) && throughputMiBps >= min && throughputMiBps <= max;
  if (!fits || throughputMiBps > Math.max(min, most)) {
    const text = `Throughput of ${throughputMiBps} MiB/s is not valid for this ${type} volume: it has ${min} to ${most} MiB/s, a quarter of its IOPS at most.`;
    throw invalid(text, { throughputMiBps });
  }
  return { iops: given, throughputMiBps };
}

function checkIops(type: VolumeType, sizeBytes: number, iops: number | undefined): number | null {
  const { iops: limits } = LIMITS[type];
  if (iops === undefined) {
    if (limits === undefined || limits.default !== undefined) return null;
    const text = `The parameter iops must be specified for ${type} volumes.`;
    throw new CloudError("MissingParameter", text, { parameter: "iops", volumeType: type });
  }
  if (limits === undefined) throw unsupported("iops", type);
  const { min, max, perGiB } = limits;
  if (!Number.isSafeInteger(iops) || iops < min || iops > max) {
    throw invalid(`Volume iops of ${iops} is not valid; ${type} volumes have ${min} to ${max}.`, { iops });
  }
  const most = Math.max(limits.default ?? 0, Math.floor((sizeBytes / GIB) * perGiB));
  if (iops > most) {
    const text = `Iops to volume size ratio of ${iops} to ${sizeBytes / GIB} GiB is too high; maximum is ${perGiB} a GiB.`;
    throw invalid(text, { iops, sizeBytes });
  }
  return iops;
}

const unsupported = (parameter: string, type: VolumeType) =>
  new CloudError("InvalidParameterDependency", `The parameter ${parameter} is not supported for ${type} volumes.`, {
    parameter,
    volumeType: type,
  });

/** What a volume may do, which its machine enforces: I/O operations a second, and MiB/s. */
export interface Performance {
  readonly iops: number;
  readonly throughputMiBps: number;
}

/**
 * What a volume gives: what was provisioned, else the type's own. gp2, st1 and sc1 have burst credits that last longer
 * than a tab's work does; they are taken at their burst rate.
 */
export function performanceOf({ type, sizeBytes, iops, throughputMiBps }: VolumeShape): Performance {
  const gib = sizeBytes / GIB;
  const tib = gib / 1024;
  switch (type) {
    case "gp2":
      return { iops: Math.min(16_000, Math.max(3000, Math.floor(3 * gib))), throughputMiBps: gib <= 170 ? 128 : 250 };
    case "gp3":
      return { iops: iops ?? 3000, throughputMiBps: throughputMiBps ?? 125 };
    case "io1":
    case "io2":
      // 256 KiB an operation, up to 1000 MiB/s.
      return { iops: iops ?? 100, throughputMiBps: Math.min(1000, Math.max(1, Math.floor((iops ?? 100) / 4))) };
    case "st1":
      return { iops: 500, throughputMiBps: Math.min(500, Math.floor(250 * tib)) };
    case "sc1":
      return { iops: 250, throughputMiBps: Math.min(250, Math.max(1, Math.floor(80 * tib))) };
    case "standard":
      return { iops: 100, throughputMiBps: 60 };
  }
}

const HDD_TYPES: readonly VolumeType[] = ["st1", "sc1", "standard"];
const HDD_IO_BYTES = 1024 << 10;

/** What its machine holds a volume to; on HDD types operations are counted in pieces of 1 MiB, else of 256 KiB. */
export function limitsOf(shape: VolumeShape): VolumeLimits {
  const { iops, throughputMiBps } = performanceOf(shape);
  const limits = { iops, bytesPerSecond: throughputMiBps * MIB };
  return HDD_TYPES.includes(shape.type) ? { ...limits, ioBytes: HDD_IO_BYTES } : limits;
}

/** Concurrent snapshots that a volume may have pending (F49). */
export const maxPendingSnapshots = (type: VolumeType): number => (type === "st1" || type === "sc1" ? 1 : 5);
