/** What the workers use of the block store. */
export type { BlockDevice } from "./block-device.ts";
export { type ImageSource, openImageSource } from "./image-source.ts";
export { openVolume, readVolume } from "./open-volume.ts";
export type { Volume } from "./volume.ts";
export { createVolume, deleteVolume, freezeHead, volumeUsage } from "./volumes.ts";
