export type { Bundle, BundleFile, BundleSource } from "./bundle.ts";
export { bundleDisk } from "./bundle-disk.ts";
export { chunkPath, MANIFEST_PATH, MAX_MANIFEST_BYTES } from "./bundle-paths.ts";
export { type BundleTarget, directoryTarget, tarTarget } from "./bundle-target.ts";
export { openBundle } from "./open-bundle.ts";
export { copyDisk, type PackedChunk, packDisk } from "./pack-disk.ts";
