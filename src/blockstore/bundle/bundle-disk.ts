import { malformed } from "../formats/errors.ts";
import type { ImageImport, ImportOptions } from "../formats/index.ts";
import { gunzip } from "../gunzip.ts";
import type { ImageDisk } from "../image-disk.ts";
import type { Bundle } from "./bundle.ts";
import { chunkPath } from "./bundle-paths.ts";

/** Bytes that are given at once: a chunk may be as large as 64 MiB. */
const STEP_BYTES = 1 << 20;

/** A disk of a bundle, to be imported: blocks come in the bundle's order, which is any. Progress is of packed bytes. */
export function bundleDisk(
  bundle: Bundle,
  disk: ImageDisk,
  { signal, onProgress }: ImportOptions,
): Omit<ImageImport, "format"> {
  return {
    isIso9660: false,
    virtualSizeBytes: disk.bytes,
    blocks: blocksOf(bundle, disk, signal, onProgress),
    close: () => Promise.resolve(),
  };
}

async function* blocksOf(
  bundle: Bundle,
  { bytes, chunkBytes, chunks }: ImageDisk,
  signal: AbortSignal | undefined,
  onProgress: ImportOptions["onProgress"],
): ImageImport["blocks"] {
  const places = new Map<string, number[]>();
  for (const [index, chunk] of chunks.entries()) {
    if (chunk !== null) places.set(chunk.sha256, [...(places.get(chunk.sha256) ?? []), index]);
  }
  const wanted = chunks.flatMap((chunk) => (chunk === null ? [] : [{ ...chunk, path: chunkPath(chunk.sha256) }]));
  const totalBytes = [...new Map(wanted.map((file) => [file.path, file.bytes])).values()].reduce((a, b) => a + b, 0);
  let doneBytes = 0;
  for await (const { file, content } of bundle.files(wanted, signal)) {
    for (const index of places.get(file.sha256) ?? []) {
      const offset = index * chunkBytes;
      const length = Math.min(chunkBytes, bytes - offset);
      const data = await gunzip(content.buffer, length);
      if (data === undefined) throw malformed(`chunk ${index} does not unpack to ${length} bytes`, { index, length });
      for (let at = 0; at < length; at += STEP_BYTES) {
        yield { offset: offset + at, data: data.subarray(at, Math.min(at + STEP_BYTES, length)) };
      }
    }
    doneBytes += file.bytes;
    onProgress?.({ doneBytes, totalBytes });
  }
}
