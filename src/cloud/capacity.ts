import { CloudError } from "../base/errors.ts";
import type { InstanceType } from "./instance-types.ts";

/** What one page lets its instances have together (F69, F70). */
export interface Limits {
  /** Pending and running instances of an account in a region, until a quota request is approved. */
  readonly maxInstances: number;
  /** Memory of all machines of this page, in MiB: beyond it the tab would crash rather than refuse. */
  readonly maxMemoryMiB: number;
}

/** EC2's old default of 20 instances an account and region. */
const MAX_INSTANCES = 20;
/** Where the browser does not tell the device's memory. */
const ASSUMED_DEVICE_GIB = 4;
/** Guests touch less than they have, and the computer needs the rest. */
const MEMORY_SHARE = 0.75;

export function defaultLimits(deviceMemoryGiB: number | undefined): Limits {
  const gib = deviceMemoryGiB ?? ASSUMED_DEVICE_GIB;
  return { maxInstances: MAX_INSTANCES, maxMemoryMiB: Math.floor(gib * 1024 * MEMORY_SHARE) };
}

const MIB = 2 ** 20;
/**
 * A machine's own, beside its guest's memory: the worker, v86 and what it has compiled. Measured: an idle v1.micro takes 49
 * to 54 MiB of the renderer, of which its guest has touched some 20 (README, "Measured").
 */
const MACHINE_MIB = 32;
/** Blocks of an open volume: 8 MiB that were read, 16 MiB at most that are not stored yet (`blockstore/open-volume.ts`). */
export const VOLUME_MIB = 24;

/** What a machine is made of. */
export interface MachineShape {
  readonly type: InstanceType;
  /** Kept in memory (F44). */
  readonly instanceStores: readonly { readonly sizeBytes: number }[];
  readonly volumes: number;
}

/** What a machine may come to take, in MiB. */
export const memoryOf = ({ type, instanceStores, volumes }: MachineShape): number =>
  instanceStores.reduce((sum, { sizeBytes }) => sum + sizeBytes / MIB, type.memoryMiB) +
  MACHINE_MIB +
  VOLUME_MIB * volumes;

/** Throws when machines that take `moreMiB` have no room beside those that take `usedMiB` (F70). */
export function checkCapacity({ maxMemoryMiB }: Limits, usedMiB: number, moreMiB: number): void {
  if (usedMiB + moreMiB <= maxMemoryMiB) return;
  const text = `This page can give its instances ${maxMemoryMiB} MiB of memory, with what their machines need themselves; ${Math.ceil(usedMiB)} MiB are in use and ${Math.ceil(moreMiB)} MiB more were asked for. Stop some instances, or choose a smaller type.`;
  throw new CloudError("InsufficientInstanceCapacity", text, {
    usedMiB,
    requestedMiB: moreMiB,
    limitMiB: maxMemoryMiB,
  });
}
