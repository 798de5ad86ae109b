// The embedded image's disk as one raw file: a bare ext4 file system.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseImageManifest } from "../../src/protocol/image-manifest.ts";

export const TINY = join(import.meta.dirname, "..", "..", "images", "tiny", "dist");

/** Gives its size in bytes. */
export function writeTinyDisk(path: string): number {
  const { disk } = parseImageManifest(readFileSync(join(TINY, "image.json"), "utf8"), TINY);
  const file = openSync(path, "w");
  ftruncateSync(file, disk.bytes);
  disk.chunks.forEach((chunk, index) => {
    if (chunk !== null)
      writeSync(
        file,
        gunzipSync(readFileSync(join(TINY, "chunks", chunk.sha256))),
        0,
        undefined,
        index * disk.chunkBytes,
      );
  });
  closeSync(file);
  return disk.bytes;
}
