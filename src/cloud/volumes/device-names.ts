import { CloudError } from "../../base/errors.ts";
import { CDROM_PLACE } from "../../protocol/vm-contract.ts";

/** Disks of one instance: a root, and b–z. */
const MAX_DATA_DISKS = 25;

const ROOT_NAMES = new Set(["/dev/sda1", "/dev/sda", "/dev/xvda", "/dev/vda"]);
const DATA_NAME = /^\/dev\/(?:sd|xvd|vd)([b-z])$/;

/** The CD-ROM drive of an instance that boots by its BIOS. */
export const CDROM_DEVICE = `/dev/${CDROM_PLACE}`;

/** EC2 recommends f–p for volumes of one's own (User Guide, "Device names"); the others are good too. */
const SUGGESTED = [..."fghijklmnopqrstuvwxyzbcde"];

/**
 * The letter by which a device name says where a disk goes, "a" for the root; the CD-ROM drive's place in place of one;
 * undefined for what is no device name.
 */
export function deviceLetter(device: string): string | undefined {
  if (device === CDROM_DEVICE) return CDROM_PLACE;
  return ROOT_NAMES.has(device) ? "a" : DATA_NAME.exec(device)?.[1];
}

export const isCdromDevice = (device: string): boolean => device === CDROM_DEVICE;

export const isRootDevice = (device: string): boolean => deviceLetter(device) === "a";

/** The letter of a device name from outside. */
export function checkDevice(device: string): string {
  const letter = deviceLetter(device);
  if (letter !== undefined) return letter;
  throw new CloudError(
    "InvalidParameterValue",
    `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    { device },
  );
}

/** Throws `InvalidParameterValue` when a disk is there already: /dev/sdf and /dev/xvdf are the same place. */
export function checkDeviceIsFree(device: string, taken: readonly string[]): void {
  const letter = checkDevice(device);
  if (!taken.some((other) => deviceLetter(other) === letter)) return;
  throw new CloudError(
    "InvalidParameterValue",
    `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    { device },
  );
}

/** A name for a disk that nobody named. */
export function freeDevice(taken: readonly string[]): string {
  const used = new Set(taken.map(deviceLetter));
  const letter = SUGGESTED.find((candidate) => !used.has(candidate));
  if (letter !== undefined) return `/dev/sd${letter}`;
  throw new CloudError("AttachmentLimitExceeded", `An instance has at most ${MAX_DATA_DISKS} disks beside its root.`, {
    limit: MAX_DATA_DISKS,
  });
}

/** The machine's name for the place that a device name means: "/dev/sdf" is "vdf". */
export const placeOf = (device: string): string =>
  device === CDROM_DEVICE ? CDROM_PLACE : `vd${deviceLetter(device) ?? ""}`;

/** Device names in the order of their letters. */
export const byLetter = (a: string, b: string): number => (deviceLetter(a) ?? "").localeCompare(deviceLetter(b) ?? "");
