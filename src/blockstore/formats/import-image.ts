import { CloudError } from "../../base/errors.ts";
import { BlockAssembler, checkDiskSize, type ImageBlock, wholeSectors } from "./blocks.ts";
import { ByteReader } from "./byte-reader.ts";
import { detectFormat, FORMAT_HEAD_BYTES, isIso9660, refuseVhdFooter, VHD_FOOTER_BYTES } from "./detect.ts";
import { malformed, throwIfCancelled, unsupported } from "./errors.ts";
import { gunzipStream } from "./gzip.ts";
import { readQcow2Header } from "./qcow2-header.ts";
import { Qcow2Reader } from "./qcow2-reader.ts";
import { bytesOf, type ImportSource, type RandomAccessSource, releaseSource } from "./source.ts";
import { unzstdStream } from "./zstd.ts";

export type ImportFormat = "raw" | "raw.gz" | "raw.zst" | "qcow2";

export interface ImportProgress {
  readonly doneBytes: number;
  /** Of the file, or of a qcow2 disk; `undefined` where nobody knows. */
  readonly totalBytes: number | undefined;
}

export interface ImportOptions {
  /** Once aborted, everything under way rejects with `Image.Cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** An image that is being imported. */
export interface ImageImport {
  readonly format: ImportFormat;
  /** The disk is a CD's or DVD's (ISO 9660), or a hybrid of that and a disk to boot from. */
  readonly isIso9660: boolean;
  /** Bytes of the disk, whole sectors. `undefined` until `blocks` has ended where the file does not say it. */
  readonly virtualSizeBytes: number | undefined;
  /**
   * The blocks that are not all zeros, in order; to be read once. What it gave before it rejects is no disk: drop it.
   * Rejects with `Image.Malformed`, `Image.Truncated`, `Image.Unsupported`, `Image.Cancelled`, and the source's errors.
   */
  readonly blocks: AsyncGenerator<ImageBlock, void, void>;
  /** Lets go of the source. `blocks` does so too when it ends. */
  close(): Promise<void>;
}

/** Bytes between two reports of progress. */
const PROGRESS_STEP_BYTES = 1024 * 1024;

/**
 * Opens an image to import, whatever its format. What it takes in memory is bounded, whatever the file says: about
 * 10 MiB, and up to 12 MiB more for zstd. Rejects as `blocks` does.
 */
export async function openImport(source: ImportSource, options: ImportOptions = {}): Promise<ImageImport> {
  const file = new ByteReader(counted(bytesOf(source, options.signal), source.sizeBytes, options));
  try {
    throwIfCancelled(options.signal);
    const head = await headOf(source, file, options);
    if (head.byteLength === 0) throw malformed(`${source.name} is empty`);
    const format = detectFormat(head);
    if (format === "qcow2") {
      await file.close();
      return await openQcow2(needRandomAccess(source), options);
    }
    if (format === "raw") {
      const sizeBytes = source.kind === "random-access" ? await rawSize(source, options) : undefined;
      return await openStream("raw", file, file, sizeBytes, options);
    }
    const unpacked = new ByteReader(format === "gzip" ? gunzipStream(file) : unzstdStream(file));
    try {
      return await openUnpacked(format === "gzip" ? "raw.gz" : "raw.zst", unpacked, file, options);
    } catch (thrown) {
      await unpacked.close();
      throw thrown;
    }
  } catch (thrown) {
    await file.close();
    await releaseSource(source);
    throw thrown;
  }
}

/** Of a file that is read anywhere, no more than its head: what comes behind it may be of no use. */
async function headOf(source: ImportSource, file: ByteReader, { signal }: ImportOptions): Promise<Uint8Array> {
  if (source.kind === "stream") return await file.peek(FORMAT_HEAD_BYTES);
  return await source.read(0, Math.min(FORMAT_HEAD_BYTES, source.sizeBytes), signal);
}

async function openUnpacked(
  format: ImportFormat,
  unpacked: ByteReader,
  file: ByteReader,
  options: ImportOptions,
): Promise<ImageImport> {
  const inside = detectFormat(await unpacked.peek(FORMAT_HEAD_BYTES));
  if (inside !== "raw") {
    throw unsupported(`it is a compressed ${inside} file`, "Unpack it, and import what comes out.", { inside });
  }
  return await openStream(format, unpacked, file, undefined, options);
}

async function openQcow2(source: RandomAccessSource, { signal, onProgress }: ImportOptions): Promise<ImageImport> {
  const header = await readQcow2Header(source, signal);
  const totalBytes = wholeSectors(header.sizeBytes);
  const onPosition = (doneBytes: number) => onProgress?.({ doneBytes, totalBytes });
  const reader = new Qcow2Reader(source, header, { signal, onPosition });
  async function* blocks() {
    yield* reader.blocks();
    onPosition(totalBytes);
  }
  return {
    format: "qcow2",
    isIso9660: false,
    virtualSizeBytes: totalBytes,
    blocks: blocks(),
    close: () => Promise.resolve(),
  };
}

async function openStream(
  format: ImportFormat,
  disk: ByteReader,
  file: ByteReader,
  sizeBytes: number | undefined,
  { signal }: ImportOptions,
): Promise<ImageImport> {
  let virtualSizeBytes = sizeBytes;
  const close = async () => {
    await disk.close();
    await file.close();
  };
  async function* blocks(): AsyncGenerator<ImageBlock, void, void> {
    const assembler = new BlockAssembler();
    let position = 0;
    try {
      for await (const piece of disk.rest()) {
        throwIfCancelled(signal);
        checkDiskSize(position + piece.byteLength);
        yield* assembler.put(position, piece);
        position += piece.byteLength;
      }
      // The file's last report comes when all of it has been read.
      throwIfCancelled(signal);
      if (position === 0) throw malformed("there is nothing in it");
      const whole = wholeSectors(position);
      yield* assembler.end(whole);
      virtualSizeBytes = whole;
    } finally {
      await close();
    }
  }
  const head = await disk.peek(FORMAT_HEAD_BYTES);
  return {
    format,
    isIso9660: isIso9660(head),
    get virtualSizeBytes() {
      return virtualSizeBytes;
    },
    blocks: blocks(),
    close,
  };
}

async function rawSize(source: RandomAccessSource, { signal }: ImportOptions): Promise<number> {
  const { sizeBytes } = source;
  checkDiskSize(sizeBytes);
  if (sizeBytes >= VHD_FOOTER_BYTES) {
    refuseVhdFooter(await source.read(sizeBytes - VHD_FOOTER_BYTES, VHD_FOOTER_BYTES, signal));
  }
  return wholeSectors(sizeBytes);
}

/** `Image.NeedsRandomAccess`: a qcow2 file's tables may be anywhere in it. */
function needRandomAccess(source: ImportSource): RandomAccessSource {
  if (source.kind === "random-access") return source;
  const message = `${source.name} is a qcow2 file, which cannot be read from front to back. ${source.whyNotRandom}`;
  throw new CloudError("Image.NeedsRandomAccess", message, { name: source.name });
}

async function* counted(
  bytes: AsyncGenerator<Uint8Array, void, void>,
  totalBytes: number | undefined,
  { onProgress }: ImportOptions,
): AsyncGenerator<Uint8Array, void, void> {
  let [doneBytes, reported] = [0, 0];
  for await (const piece of bytes) {
    yield piece;
    // What is asked for after it has been worked on.
    doneBytes += piece.byteLength;
    if (doneBytes - reported < PROGRESS_STEP_BYTES) continue;
    reported = doneBytes;
    onProgress?.({ doneBytes, totalBytes });
  }
  onProgress?.({ doneBytes, totalBytes });
}
