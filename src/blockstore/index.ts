/** What the workers use of the block store. */
export type { BlockDevice } from "./block-device.ts";
export { type CollectedGarbage, collectGarbage } from "./collect-garbage.ts";
export { encryptSnapshot, forgetOldCopies } from "./encrypt-snapshot.ts";
export { type ImageSource, openImageSource } from "./image-source.ts";
export { dropFilesBut, keepFiles } from "./kept-files.ts";
export {
  type OpenVolumeOptions,
  openSnapshot,
  openVolume,
  PASSING_LIMITS,
  readSnapshot,
  readVolume,
} from "./open-volume.ts";
export { deleteSnapshot, rollbackVolume, snapshotVolume } from "./snapshots.ts";
export {
  type DatabaseUsage,
  databaseUsage,
  type SnapshotUsage,
  snapshotUsage,
  type VolumeLayers,
  volumeChain,
  volumeUsage,
} from "./usage.ts";
export type { Volume, VolumeStats } from "./volume.ts";
export { createVolume, deleteVolume, freezeHead, resizeVolume } from "./volumes.ts";
