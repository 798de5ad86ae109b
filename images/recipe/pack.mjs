// Cuts a disk into compressed chunks named by their hash.
import { createHash } from "node:crypto";
import { run } from "./run.mjs";

/** @typedef {{ sha256: string, bytes: number }} ChunkRecord hash and size of the compressed chunk */

/** @param {Uint8Array} data */
export function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}

/** Debian's gzip rather than Node's zlib: its output does not change with Node's version. @param {Uint8Array} data */
export function gzip(data) {
  return run("gzip", ["-9n"], { input: Buffer.from(data) });
}

/**
 * @param {Uint8Array} disk a multiple of `chunkBytes` long
 * @param {number} chunkBytes
 * @param {(data: Uint8Array) => Uint8Array} [compress]
 * @returns {{ chunks: (ChunkRecord | null)[], files: Map<string, Uint8Array> }} null stands for a chunk of zeros;
 *   `files` holds each distinct chunk under its hash
 */
export function packDisk(disk, chunkBytes, compress = gzip) {
  if (disk.length % chunkBytes !== 0)
    throw new RangeError(`${disk.length} bytes are not whole chunks of ${chunkBytes}`);
  /** @type {(ChunkRecord | null)[]} */
  const chunks = [];
  const files = new Map();
  for (let offset = 0; offset < disk.length; offset += chunkBytes) {
    const chunk = disk.subarray(offset, offset + chunkBytes);
    if (chunk.every((byte) => byte === 0)) {
      chunks.push(null);
      continue;
    }
    const packed = compress(chunk);
    const hash = sha256(packed);
    files.set(hash, packed);
    chunks.push({ sha256: hash, bytes: packed.length });
  }
  return { chunks, files };
}
