import { sha256Hex } from "../content-fetch.ts";
import { isZero } from "../formats/blocks.ts";
import type { Bytes } from "../formats/source.ts";
import type { ImageDisk } from "../image-disk.ts";
import type { ImageSource } from "../image-source.ts";
import type { Volume } from "../volume.ts";

/** A chunk of a disk as its file holds it. */
export interface PackedChunk {
  readonly index: number;
  readonly sha256: string;
  readonly content: Bytes;
}

/** The chunks of a disk that are not all zeros, in order, packed with gzip. What is known to be zeros is not read. */
export async function* packDisk(
  disk: Volume,
  chunkBytes: number,
  onProgress: (doneBytes: number) => void = () => {},
): AsyncGenerator<PackedChunk, void, void> {
  for (let offset = 0; offset < disk.sizeBytes; offset += chunkBytes) {
    const length = Math.min(chunkBytes, disk.sizeBytes - offset);
    if (!(await disk.isZero(offset, length))) {
      const data = await disk.read(offset, length);
      if (!isZero(data)) {
        const content = await gzip(data);
        yield { index: offset / chunkBytes, sha256: await sha256Hex(content), content };
      }
    }
    onProgress(offset + length);
  }
}

/** The chunks of an image's own disk, as they were fetched. */
export async function* copyDisk(
  source: ImageSource,
  { bytes, chunkBytes, chunks }: ImageDisk,
  onProgress: (doneBytes: number) => void = () => {},
): AsyncGenerator<PackedChunk, void, void> {
  for (const [index, chunk] of chunks.entries()) {
    if (chunk !== null) yield { index, sha256: chunk.sha256, content: await source.packed(index) };
    onProgress(Math.min((index + 1) * chunkBytes, bytes));
  }
}

export async function gzip(data: Bytes): Promise<Bytes> {
  const packed = new Blob([data]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
