// Puts an image's chunks together again: the raw disk that the reference machine boots from.
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/**
 * @param {string} folder an image's built files
 * @param {string} target file to write
 * @returns {Promise<any>} the image's manifest
 */
export async function assembleDisk(folder, target) {
  const manifest = JSON.parse(await readFile(join(folder, "image.json"), "utf8"));
  const { bytes, chunkBytes, chunks } = manifest.disk;
  const file = await open(target, "w");
  try {
    await file.truncate(bytes);
    for (const [index, chunk] of chunks.entries()) {
      if (chunk === null) continue;
      const data = gunzipSync(await readFile(join(folder, "chunks", chunk.sha256)));
      await file.write(data, 0, data.length, index * chunkBytes);
    }
  } finally {
    await file.close();
  }
  return manifest;
}
