// Cuts a disk into compressed chunks named by their hash.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./run.mjs";

/** @typedef {{ sha256: string, bytes: number }} ChunkRecord hash and size of the compressed chunk */

/** @param {Uint8Array} data */
export function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}

/**
 * Debian's gzip rather than Node's zlib: its output does not change with Node's version. All in one process: starting
 * one takes as long as packing a chunk.
 * @param {Uint8Array[]} chunks
 * @returns {Uint8Array[]}
 */
export function gzip(chunks) {
  if (chunks.length === 0) return [];
  const directory = mkdtempSync(join(tmpdir(), "tabvisor-chunks-"));
  try {
    const names = chunks.map((_, index) => String(index));
    for (const [index, chunk] of chunks.entries()) writeFileSync(join(directory, String(index)), chunk);
    run("gzip", ["-9n", ...names], { cwd: directory });
    return names.map((name) => readFileSync(join(directory, `${name}.gz`)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * @param {Uint8Array} disk a multiple of `chunkBytes` long
 * @param {number} chunkBytes
 * @param {(chunks: Uint8Array[]) => Uint8Array[]} [compress]
 * @returns {{ chunks: (ChunkRecord | null)[], files: Map<string, Uint8Array> }} null stands for a chunk of zeros;
 *   `files` holds each distinct chunk under its hash
 */
export function packDisk(disk, chunkBytes, compress = gzip) {
  if (disk.length % chunkBytes !== 0)
    throw new RangeError(`${disk.length} bytes are not whole chunks of ${chunkBytes}`);
  const zeros = new Uint8Array(chunkBytes);
  const all = Array.from({ length: disk.length / chunkBytes }, (_, index) =>
    disk.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const wanted = all.flatMap((chunk, index) => (Buffer.compare(chunk, zeros) === 0 ? [] : [index]));
  /** @type {(ChunkRecord | null)[]} */
  const chunks = all.map(() => null);
  const files = new Map();
  const packed = compress(wanted.map((index) => /** @type {Uint8Array} */ (all[index])));
  for (const [position, data] of packed.entries()) {
    const hash = sha256(data);
    files.set(hash, data);
    chunks[Number(wanted[position])] = { sha256: hash, bytes: data.length };
  }
  return { chunks, files };
}
