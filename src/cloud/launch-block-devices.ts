import { CloudError } from "../base/errors.ts";
import type { ImageRef } from "../protocol/vm-contract.ts";
import type { CatalogueDevice, CatalogueImage } from "./images/image-catalogue.ts";
import type { InstanceType } from "./instance-types.ts";
import { checkParameters, type Parameters } from "./parameters.ts";
import type { InstanceStoreRecord } from "./records.ts";
import { CDROM_DEVICE, deviceLetter, isCdromDevice } from "./volumes/device-names.ts";
import {
  checkPerformance,
  checkVolumeSize,
  checkVolumeType,
  GIB,
  type VolumeShape,
  type VolumeType,
} from "./volumes/volume-types.ts";

/** One disk of a new instance (F45). Exactly one of `ebs`, `virtualName`, `noDevice` must be there. */
export interface BlockDeviceMapping {
  /**
   * "/dev/sdf", "/dev/xvdf" or "/dev/vdf"; the image's root device ("/dev/vda", "/dev/xvda", "/dev/sda1") to change the
   * root volume; "/dev/sr0", the CD-ROM drive of an image that boots by its BIOS. No such name, or twice:
   * `InvalidBlockDeviceMapping`.
   */
  readonly device: string;
  /** A volume. One of `sizeGiB` and `snapshotId` unless the image has a volume there. */
  readonly ebs?: {
    readonly snapshotId?: string;
    readonly sizeGiB?: number;
    readonly type?: VolumeType;
    readonly iops?: number;
    readonly throughputMiBps?: number;
    /** True by default for the root volume, and for what the image says so; else false (F43). */
    readonly deleteOnTermination?: boolean;
    /**
     * Encrypt it (F48), as `volumes.create` does. Of an encrypted snapshot or image it is: then false is
     * `InvalidBlockDeviceMapping`.
     */
    readonly encrypted?: boolean;
  };
  /** An instance-store volume, "ephemeral0" to "ephemeral3": in memory, kept over a reboot, gone at stop (F44). */
  readonly virtualName?: string;
  /** Leaves out a volume that the image has. */
  readonly noDevice?: true;
}

const MAPPING: Parameters<BlockDeviceMapping> = { device: true, ebs: true, virtualName: true, noDevice: true };
const EBS: Parameters<NonNullable<BlockDeviceMapping["ebs"]>> = {
  snapshotId: true,
  sizeGiB: true,
  type: true,
  iops: true,
  throughputMiBps: true,
  deleteOnTermination: true,
  encrypted: true,
};

/** A volume that a launch makes. */
export interface PlannedVolume extends VolumeShape {
  readonly device: string;
  readonly snapshotId: string | null;
  /** The image record on whose disk it stands; null with a snapshot, or blank. */
  readonly imageId: string | null;
  readonly deleteOnTermination: boolean;
  /** As it was asked for. */
  readonly encrypted?: boolean;
}

/** The disks of each instance of a launch. */
export interface PlannedDisks {
  /** The root first, unless it is an instance store. */
  readonly volumes: readonly PlannedVolume[];
  readonly instanceStores: readonly InstanceStoreRecord[];
}

/** What each type offers, ephemeral0 to ephemeral3; each as large as the type's memory, in which it is kept. */
const INSTANCE_STORES = 4;
const MIB = 2 ** 20;

const invalidMapping = (message: string, details: Record<string, unknown>) =>
  new CloudError("InvalidBlockDeviceMapping", message, details);

/** What the image says, as the request changes it. `snapshotBytes` gives a completed snapshot's size, or throws. */
export function planDisks(
  image: Pick<CatalogueImage, "devices" | "ref">,
  type: InstanceType,
  mappings: readonly BlockDeviceMapping[],
  snapshotBytes: (snapshotId: string) => number,
): PlannedDisks {
  const volumes = new Map<string, PlannedVolume>();
  const stores = new Map<string, InstanceStoreRecord>();
  const isStore = image.ref.manifest.rootDeviceType === "instance-store";
  if (isStore) planStoreRoot(image.devices[0] as CatalogueDevice, mappings, stores);
  else for (const device of image.devices) volumes.set(deviceLetter(device.device) ?? "", device);
  const seen = new Set<string>();
  for (const mapping of mappings) {
    checkParameters(mapping, MAPPING);
    if (mapping.ebs !== undefined) checkParameters(mapping.ebs, EBS);
    const letter = checkMapping(mapping, seen);
    const base = volumes.get(letter);
    volumes.delete(letter);
    if (mapping.ebs !== undefined) volumes.set(letter, planVolume(mapping.device, mapping.ebs, base, snapshotBytes));
    else if (mapping.virtualName !== undefined) stores.set(mapping.virtualName, planStore(mapping, type, stores));
  }
  const inOrder = [...volumes].sort(([a], [b]) => a.localeCompare(b)).map(([, volume]) => volume);
  return { volumes: inOrder, instanceStores: [...stores.values()] };
}

/** Only an image that boots by its BIOS has a CD-ROM drive: else `InvalidBlockDeviceMapping`. */
export function checkDrives({ bootMode }: Pick<ImageRef, "bootMode">, { volumes }: PlannedDisks): void {
  if (bootMode === "legacy-bios" || !volumes.some(({ device }) => isCdromDevice(device))) return;
  const text = `The image boots its kernel directly: its instances have no CD-ROM drive ${CDROM_DEVICE}.`;
  throw invalidMapping(text, { device: CDROM_DEVICE });
}

/** The device's letter. Each mapping says exactly one thing about a device that no other one is about. */
function checkMapping({ device, ebs, virtualName, noDevice }: BlockDeviceMapping, seen: Set<string>): string {
  const letter = deviceLetter(device);
  if (letter === undefined) throw invalidMapping(`Invalid device name ${device}`, { device });
  if (seen.has(letter)) throw invalidMapping(`The device '${device}' is used in more than one mapping.`, { device });
  seen.add(letter);
  const said = [ebs, virtualName, noDevice].filter((part) => part !== undefined).length;
  if (said === 0) {
    throw new CloudError("MissingParameter", "The request must contain the parameter ebs", {
      device,
      parameter: "ebs",
    });
  }
  if (said > 1)
    throw invalidMapping(`The mapping of '${device}' must have one of ebs, virtualName, noDevice.`, { device });
  if (device === CDROM_DEVICE && virtualName !== undefined) {
    throw invalidMapping(`The CD-ROM drive '${device}' takes a volume.`, { device, virtualName });
  }
  if (letter === "a" && ebs === undefined) {
    throw invalidMapping(`The root device '${device}' must be a volume.`, { device });
  }
  return letter;
}

function planVolume(
  device: string,
  ebs: NonNullable<BlockDeviceMapping["ebs"]>,
  base: PlannedVolume | undefined,
  snapshotBytes: (snapshotId: string) => number,
): PlannedVolume {
  const isRoot = deviceLetter(device) === "a";
  if (isRoot && ebs.snapshotId !== undefined && ebs.snapshotId !== base?.snapshotId) {
    throw invalidMapping("The snapshot of the root device cannot be changed.", { device, snapshotId: ebs.snapshotId });
  }
  const snapshotId = ebs.snapshotId ?? base?.snapshotId ?? null;
  const kept = base !== undefined && snapshotId === base.snapshotId ? base : undefined;
  const imageId = snapshotId === null ? (base?.imageId ?? null) : null;
  const least = snapshotId === null ? (imageId === null ? 0 : (base?.sizeBytes ?? 0)) : snapshotBytes(snapshotId);
  const type = checkVolumeType(ebs.type ?? kept?.type);
  const sizeBytes = ebs.sizeGiB === undefined ? (kept?.sizeBytes ?? least) : checkVolumeSize(type, ebs.sizeGiB);
  if (sizeBytes === 0) {
    const parameter = "size or snapshotId";
    throw new CloudError("MissingParameter", `The request must contain the parameter ${parameter}`, {
      device,
      parameter,
    });
  }
  if (sizeBytes < least) {
    const text = `Volume of size ${ebs.sizeGiB}GB is smaller than ${snapshotId === null ? "the image" : `snapshot '${snapshotId}'`}, expect size >= ${least / GIB}GB`;
    throw invalidMapping(text, { device, sizeBytes, leastBytes: least });
  }
  const asBefore = kept?.type === type && ebs.iops === undefined && ebs.throughputMiBps === undefined;
  const performance = asBefore
    ? { iops: kept.iops, throughputMiBps: kept.throughputMiBps }
    : checkPerformance({ type, sizeBytes }, ebs.iops, ebs.throughputMiBps);
  const deleteOnTermination = ebs.deleteOnTermination ?? kept?.deleteOnTermination ?? false;
  const asked = ebs.encrypted === undefined ? {} : { encrypted: ebs.encrypted };
  return {
    device: base?.device ?? device,
    snapshotId,
    imageId,
    sizeBytes,
    type,
    ...performance,
    deleteOnTermination,
    ...asked,
  };
}

/** A root on an instance store is as its image has it; no volume can be made beside it at launch (F32). */
function planStoreRoot(
  { device, snapshotId, sizeBytes }: CatalogueDevice,
  mappings: readonly BlockDeviceMapping[],
  stores: Map<string, InstanceStoreRecord>,
): void {
  const [ebs] = mappings.filter((mapping) => mapping.ebs !== undefined);
  if (ebs !== undefined) throw noVolumes(ebs.device);
  stores.set(ROOT_STORE, { virtualName: ROOT_STORE, device, sizeBytes, base: { snapshotId } });
}

/** The root has no virtual name in EC2. */
const ROOT_STORE = "root";

export const noVolumes = (device: string): CloudError =>
  invalidMapping("EBS block device mappings not supported for instance-store AMIs.", { device });

function planStore(
  { device, virtualName = "" }: BlockDeviceMapping,
  type: InstanceType,
  stores: ReadonlyMap<string, unknown>,
): InstanceStoreRecord {
  const number = /^ephemeral(\d{1,2})$/.exec(virtualName)?.[1];
  if (number === undefined || Number(number) >= INSTANCE_STORES) {
    const text = `Invalid virtual name '${virtualName}': ${type.name} has ephemeral0 to ephemeral${INSTANCE_STORES - 1}.`;
    throw invalidMapping(text, { device, virtualName });
  }
  if (stores.has(virtualName)) throw invalidMapping(`'${virtualName}' is mapped twice.`, { device, virtualName });
  return { virtualName, device, sizeBytes: type.memoryMiB * MIB };
}
