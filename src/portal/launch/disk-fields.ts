import type { BlockDeviceMapping, Image } from "../../api/types.ts";
import type { VolumeType } from "../../api/volume-types.ts";
import { optionalNumber } from "../volumes/volume-fields.ts";

/** What a disk of the launch holds at first: nothing, a snapshot's content, or nothing and in memory only (F44). */
export type DiskContent = "blank" | "memory" | `snap-${string}`;

/** What stands in the fields of one disk beside the root volume. */
export interface DiskFields {
  readonly device: string;
  readonly content: DiskContent;
  /** Empty: the snapshot's size. */
  readonly sizeGiB: string;
  readonly type: VolumeType;
  readonly deleteOnTermination: boolean;
  /** False: as the snapshot, and the cloud's default, say. */
  readonly encrypted: boolean;
}

/** What stands in the fields of the root volume, beside its size. */
export interface RootFields {
  /** Null: as the image says. */
  readonly type: VolumeType | null;
  readonly deleteOnTermination: boolean;
  /** False: as the image, and the cloud's default, say. */
  readonly encrypted: boolean;
}

/** EC2's names for data volumes (EC2 User Guide, "Device names"): /dev/sdf to /dev/sdp. */
const DEVICES = [..."fghijklmnop"].map((letter) => `/dev/sd${letter}`);

/** A disk to begin with, under the first name that nothing has; undefined when all are taken. */
export function newDisk(disks: readonly DiskFields[], image: Image | undefined): DiskFields | undefined {
  const taken = new Set([...disks, ...(image?.blockDevices ?? [])].map(({ device }) => device.slice(-1)));
  const device = DEVICES.find((name) => !taken.has(name.slice(-1)));
  if (device === undefined) return undefined;
  return { device, content: "blank", sizeGiB: "1", type: "gp3", deleteOnTermination: true, encrypted: false };
}

/** What is wrong with a disk as it stands; only what the form itself can know. */
export function whatIsWrong({ content, sizeGiB }: DiskFields): string | null {
  const size = optionalNumber(sizeGiB);
  if (content === "memory") return null;
  if (size === undefined) return content === "blank" ? "Enter a size in GiB." : null;
  return Number.isSafeInteger(size) && size > 0 ? null : "Enter a whole number of GiB.";
}

/** What the launch asks for: the root volume only where it differs from the image's. */
export function toMappings(
  image: Pick<Image, "rootDevice">,
  root: RootFields,
  rootVolumeGiB: string,
  disks: readonly DiskFields[],
): BlockDeviceMapping[] {
  const mappings = disks.map(toMapping);
  if (!changesRoot(root)) return mappings;
  const sizeGiB = optionalNumber(rootVolumeGiB);
  const ebs = {
    deleteOnTermination: root.deleteOnTermination,
    ...(root.type !== null && { type: root.type }),
    ...(root.encrypted && { encrypted: true }),
    ...(sizeGiB !== undefined && { sizeGiB }),
  };
  return [{ device: image.rootDevice, ebs }, ...mappings];
}

/** Whether the root volume needs a mapping of its own. */
export const changesRoot = ({ type, deleteOnTermination, encrypted }: RootFields) =>
  type !== null || !deleteOnTermination || encrypted;

/** `index`: the disk's place in the list, which numbers the disks in memory. */
function toMapping(disk: DiskFields, index: number, disks: readonly DiskFields[]): BlockDeviceMapping {
  const { device, content, type, deleteOnTermination, encrypted } = disk;
  if (content === "memory") {
    const before = disks.slice(0, index).filter((other) => other.content === "memory").length;
    return { device, virtualName: `ephemeral${before}` };
  }
  const sizeGiB = optionalNumber(disk.sizeGiB);
  return {
    device,
    ebs: {
      type,
      deleteOnTermination,
      ...(content !== "blank" && { snapshotId: content }),
      ...(encrypted && { encrypted: true }),
      ...(sizeGiB !== undefined && { sizeGiB }),
    },
  };
}
