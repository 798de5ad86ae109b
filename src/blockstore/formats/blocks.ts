import { unsupported } from "./errors.ts";

/** The block store's unit: what it keeps under one key. */
export const IMAGE_BLOCK_BYTES = 64 * 1024;

/** Disks are whole sectors (virtio 1.2 §5.2.4); a file that is not is filled up with zeros, as QEMU does. */
export const IMAGE_SECTOR_BYTES = 512;

/** 2 TiB: the largest volume. */
export const MAX_IMAGE_BYTES = 2 ** 41;

/** A block of a disk that is not all zeros. */
export interface ImageBlock {
  /** Bytes from the disk's begin; a multiple of 64 KiB. */
  readonly offset: number;
  /** 64 KiB; less, but whole sectors, where the disk ends. Valid until the next block: who keeps it copies it. */
  readonly data: Uint8Array<ArrayBuffer>;
}

export const wholeSectors = (bytes: number): number => Math.ceil(bytes / IMAGE_SECTOR_BYTES) * IMAGE_SECTOR_BYTES;

/** `Image.Unsupported` for a disk larger than the largest volume. */
export function checkDiskSize(bytes: number): void {
  if (bytes <= MAX_IMAGE_BYTES) return;
  throw unsupported(
    `its disk has more than ${MAX_IMAGE_BYTES} bytes (2 TiB), which is the largest volume`,
    "Make its disk smaller where it comes from.",
    { sizeBytes: bytes, maxBytes: MAX_IMAGE_BYTES },
  );
}

export function isZero(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, byteLength } = bytes;
  const words = byteOffset % 4 === 0 ? byteLength >> 2 : 0;
  const asWords = new Int32Array(buffer, words === 0 ? 0 : byteOffset, words);
  for (let i = 0; i < words; i++) if (asWords[i] !== 0) return false;
  for (let i = words * 4; i < byteLength; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Makes blocks of what comes in pieces of any size, in order of offset, with gaps that are zeros. */
export class BlockAssembler {
  readonly #sizeBytes: number;
  /** One for all, or an import would leave its whole content to the garbage collector. */
  readonly #block = new Uint8Array(IMAGE_BLOCK_BYTES);
  #start = 0;
  /** There is something in the block. */
  #touched = false;

  /** `sizeBytes`: of the disk, which its last block ends with; whole sectors, or endless. */
  constructor(sizeBytes = Number.POSITIVE_INFINITY) {
    this.#sizeBytes = sizeBytes;
  }

  /** Takes a piece that begins where the last one ended or later; gives the blocks that are complete with it. */
  *put(offset: number, piece: Uint8Array): Generator<ImageBlock, void, void> {
    for (let done = 0; done < piece.byteLength; ) {
      const at = offset + done;
      const start = at - (at % IMAGE_BLOCK_BYTES);
      if (start !== this.#start) {
        yield* this.#give();
        this.#start = start;
      }
      const step = Math.min(start + IMAGE_BLOCK_BYTES - at, piece.byteLength - done);
      const part = piece.subarray(done, done + step);
      if (!isZero(part)) {
        this.#block.set(part, at - start);
        this.#touched = true;
      }
      done += step;
    }
  }

  /** The last block. */
  *end(sizeBytes = this.#sizeBytes): Generator<ImageBlock, void, void> {
    yield* this.#give(sizeBytes);
  }

  *#give(sizeBytes = this.#sizeBytes): Generator<ImageBlock, void, void> {
    if (!this.#touched) return;
    const length = Math.min(IMAGE_BLOCK_BYTES, sizeBytes - this.#start);
    yield { offset: this.#start, data: this.#block.subarray(0, length) };
    this.#block.fill(0);
    this.#touched = false;
  }
}
