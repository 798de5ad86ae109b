import { malformed, unsupported } from "./errors.ts";

/** RFC 8878 §3.1.1. */
const FRAME_MAGIC = 0xfd2fb528;
/** RFC 8878 §3.1.2: sixteen of them. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Enough for any head: magic, descriptor, window, dictionary id, content size. */
export const MAX_FRAME_HEAD_BYTES = 18;
export const BLOCK_HEAD_BYTES = 3;
export const FRAME_CHECKSUM_BYTES = 4;
/** RFC 8878 §3.1.1.2.4. */
const MAX_BLOCK_BYTES = 128 * 1024;

/**
 * What has to be kept of a stream to unpack it. 8 MiB is what every decoder should support (RFC 8878 §3.1.1.1.2), and all
 * that `zstd` makes up to -19 without --long; more would be more memory than an import may take.
 */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;

export type ZstdFrame =
  | { readonly kind: "skippable"; readonly headBytes: number; readonly skipBytes: number }
  | {
      readonly kind: "data";
      readonly headBytes: number;
      /** Unpacked, where the frame says so. */
      readonly contentBytes: number | undefined;
      readonly hasChecksum: boolean;
    };

export interface ZstdBlock {
  readonly last: boolean;
  /** In the file, behind the block's head. */
  readonly bytes: number;
  /** Unpacked; `undefined` for a block that is compressed. */
  readonly contentBytes: number | undefined;
}

export function isZstd(magic: number): boolean {
  return magic === FRAME_MAGIC || (magic & ~15) >>> 0 === SKIPPABLE_MAGIC;
}

/** Reads the head of a frame from its first bytes; gives `undefined` if they are too few. */
export function readFrameHead(bytes: Uint8Array): ZstdFrame | undefined {
  if (bytes.byteLength < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== FRAME_MAGIC && isZstd(magic)) {
    if (bytes.byteLength < 8) return undefined;
    return { kind: "skippable", headBytes: 8, skipBytes: view.getUint32(4, true) };
  }
  if (magic !== FRAME_MAGIC) throw malformed("what follows a zstd frame is no other one");
  if (bytes.byteLength < 5) return undefined;
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 8) !== 0) throw malformed("a zstd frame uses a reserved bit");
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const sizeAt = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  if (bytes.byteLength < sizeAt + sizeBytes) return undefined;
  if (bytes.subarray(sizeAt - dictionaryBytes, sizeAt).some((byte) => byte !== 0)) {
    throw unsupported("it was compressed with a dictionary", "Compress it again without one.");
  }
  const contentBytes = readSize(view, sizeAt, sizeBytes);
  const windowBytes = singleSegment ? (contentBytes as number) : readWindow(view.getUint8(5));
  if (windowBytes > MAX_WINDOW_BYTES) {
    throw unsupported(
      `unpacking it takes ${windowBytes} bytes of memory, and ${MAX_WINDOW_BYTES} are the most`,
      "Compress it again with zstd -19 or less, and without --long.",
      { windowBytes, maxWindowBytes: MAX_WINDOW_BYTES },
    );
  }
  return { kind: "data", headBytes: sizeAt + sizeBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

/** RFC 8878 §3.1.1.2. */
export function readBlockHead(head: Uint8Array): ZstdBlock {
  const [low = 0, middle = 0, high = 0] = head;
  const size = (low | (middle << 8) | (high << 16)) >> 3;
  const type = (low >> 1) & 3;
  if (type === 3) throw malformed("a zstd block has a type that does not exist");
  if (size > MAX_BLOCK_BYTES) throw malformed("a zstd block is longer than any can be");
  // A run-length block has one byte for all of them.
  return { last: (low & 1) === 1, bytes: type === 1 ? 1 : size, contentBytes: type === 2 ? undefined : size };
}

/** RFC 8878 §3.1.1.1.4. */
function readSize(view: DataView, at: number, bytes: number): number | undefined {
  if (bytes === 0) return undefined;
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** RFC 8878 §3.1.1.1.2. */
function readWindow(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
