// The embedded image's disk as one raw file: a bare ext4 file system.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export const TINY = join(import.meta.dirname, "..", "..", "images", "tiny", "dist");

/** @param {string} path where the disk goes @returns {number} its size in bytes */
export function writeTinyDisk(path) {
  const { disk } = JSON.parse(readFileSync(join(TINY, "image.json"), "utf8"));
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
