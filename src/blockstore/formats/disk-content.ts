import { CloudError } from "../../base/errors.ts";
import { BlockSet } from "./block-set.ts";
import { IMAGE_BLOCK_BYTES, IMAGE_SECTOR_BYTES, MAX_IMAGE_BYTES } from "./blocks.ts";
import { throwIfCancelled } from "./errors.ts";

/** A disk to export. It must not change meanwhile. */
export interface DiskContent {
  /** Whole sectors. */
  readonly sizeBytes: number;
  /** Indexes of the 64 KiB blocks that may have other bytes than zeros, in any order. All others count as zeros. */
  readonly blocks: Iterable<number> | AsyncIterable<number>;
  /**
   * Exactly these bytes, which are the caller's from then on; may put them into `into`, which has as many. Begins with a
   * block; ends with one, or with the disk.
   */
  read(offset: number, length: number, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

export interface ExportProgress {
  /** Of the disk. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface ExportOptions {
  /** Once aborted, the export rejects with `Image.Cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExportProgress) => void;
  /** Where the chunks of the disk's bytes are made: new memory, unless the taker has some to be used again. */
  readonly buffer?: (bytes: number) => Uint8Array<ArrayBuffer>;
}

/** Blocks read at once: 1 MiB, the largest chunk. */
const RUN_BLOCKS = 16;
export const EXPORT_CHUNK_BYTES = RUN_BLOCKS * IMAGE_BLOCK_BYTES;
/** Bytes between two reports of progress. */
const PROGRESS_STEP_BYTES = 1024 * 1024;

export function checkDisk({ sizeBytes }: DiskContent): void {
  if (sizeBytes > 0 && sizeBytes <= MAX_IMAGE_BYTES && sizeBytes % IMAGE_SECTOR_BYTES === 0) return;
  throw new CloudError("InvalidParameterValue", `A disk of ${sizeBytes} bytes cannot be exported.`, { sizeBytes });
}

export async function usedBlocks(content: DiskContent, { signal }: ExportOptions): Promise<BlockSet> {
  throwIfCancelled(signal);
  checkDisk(content);
  return await BlockSet.of(content.sizeBytes, content.blocks);
}

/** A stretch of a disk; `data` is `undefined` where all is zeros. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
  readonly data: Uint8Array<ArrayBuffer> | undefined;
}

/** A disk from first byte to last, in stretches of at most 1 MiB, with progress. */
export async function* stretchesOf(
  content: DiskContent,
  used: BlockSet,
  { signal, onProgress, buffer = newBytes }: ExportOptions,
): AsyncGenerator<Stretch, void, void> {
  const { sizeBytes } = content;
  let reported = 0;
  for (const { first, count, inSet } of used.runs(RUN_BLOCKS)) {
    throwIfCancelled(signal);
    const offset = first * IMAGE_BLOCK_BYTES;
    const length = Math.min(count * IMAGE_BLOCK_BYTES, sizeBytes - offset);
    yield { offset, length, data: inSet ? await readExactly(content, offset, buffer(length)) : undefined };
    const doneBytes = offset + length;
    if (doneBytes - reported < PROGRESS_STEP_BYTES && doneBytes < sizeBytes) continue;
    reported = doneBytes;
    onProgress?.({ doneBytes, totalBytes: sizeBytes });
  }
}

export const newBytes = (bytes: number): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

async function readExactly(
  content: DiskContent,
  offset: number,
  into: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = into.byteLength;
  const data = await content.read(offset, length, into);
  if (data.byteLength === length) return data;
  const message = `The disk gave ${data.byteLength} bytes at ${offset} instead of ${length}: the export cannot go on.`;
  throw new CloudError("Image.ShortRead", message, { offset, length, got: data.byteLength });
}
