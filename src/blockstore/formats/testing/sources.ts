import { CloudError } from "../../../base/errors.ts";
import { IMAGE_BLOCK_BYTES, type ImageBlock } from "../blocks.ts";
import { type ImportOptions, openImport } from "../import-image.ts";
import { blobSource, type ImportSource, type RandomAccessSource, streamSource } from "../source.ts";

/** A random-access source of these bytes. */
export const bytesSource = (bytes: Uint8Array, name = "test.img"): RandomAccessSource =>
  blobSource(new Blob([bytes.slice()]), name);

/** A stream of these bytes in chunks of the lengths that `lengthOf` gives. */
export function chunkedSource(bytes: Uint8Array, lengthOf: () => number, name = "test.img"): ImportSource {
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      const chunk = bytes.slice(at, at + Math.max(1, lengthOf()));
      at += chunk.byteLength;
      controller.enqueue(chunk);
    },
  });
  return streamSource(stream, name);
}

/** A source that counts what is read of it. */
export function countingSource(
  bytes: Uint8Array,
): RandomAccessSource & { readonly reads: number; readonly largest: number } {
  const inner = bytesSource(bytes);
  const counts = { reads: 0, largest: 0 };
  return {
    ...inner,
    get reads() {
      return counts.reads;
    },
    get largest() {
      return counts.largest;
    },
    async read(offset, length, signal, into) {
      counts.reads++;
      counts.largest = Math.max(counts.largest, length);
      return await inner.read(offset, length, signal, into);
    },
  };
}

export interface Imported {
  readonly format: string;
  readonly isIso9660: boolean;
  readonly sizeBytes: number;
  readonly disk: Uint8Array<ArrayBuffer>;
  readonly blocks: readonly ImageBlock[];
}

/** Imports all of it into memory, and checks the rules of blocks on the way. */
export async function importAll(source: ImportSource, options: ImportOptions = {}): Promise<Imported> {
  const image = await openImport(source, options);
  const blocks: ImageBlock[] = [];
  for await (const block of image.blocks) {
    const before = blocks.at(-1);
    if (before !== undefined && before.offset >= block.offset) throw new Error("blocks are not in order");
    if (block.offset % IMAGE_BLOCK_BYTES !== 0) throw new Error("a block begins where none does");
    if (block.data.every((byte) => byte === 0)) throw new Error("a block of zeros was given");
    blocks.push({ ...block, data: block.data.slice() });
  }
  const sizeBytes = image.virtualSizeBytes;
  if (sizeBytes === undefined) throw new Error("the size is not known at the end");
  const disk = new Uint8Array(sizeBytes);
  for (const { offset, data } of blocks) {
    const expected = Math.min(IMAGE_BLOCK_BYTES, sizeBytes - offset);
    if (data.byteLength !== expected) throw new Error(`a block has ${data.byteLength} bytes instead of ${expected}`);
    disk.set(data, offset);
  }
  return { format: image.format, isIso9660: image.isIso9660, sizeBytes, disk, blocks };
}

/** The code that an import rejects with. */
export async function importError(source: ImportSource, options: ImportOptions = {}): Promise<CloudError> {
  const { thrown } = await importAll(source, options).then(
    () => ({ thrown: undefined }),
    (error: unknown) => ({ thrown: error }),
  );
  if (thrown instanceof CloudError) return thrown;
  throw new Error(thrown === undefined ? "nothing was rejected" : `not a CloudError: ${String(thrown)}`, {
    cause: thrown,
  });
}
