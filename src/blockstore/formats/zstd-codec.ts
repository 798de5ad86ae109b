import type { Zstd } from "@hpcc-js/wasm-zstd";
import { malformed } from "./errors.ts";

/** What a block can give (RFC 8878 §3.1.1.2.4: 128 KiB). */
const MAX_UNPACKED_BLOCK_BYTES = 128 * 1024;

/** A frame with one raw block, which has the byte 0x5a. */
const PROBE = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 1 | (1 << 3), 0, 0, 0x5a);

/** The library is a quarter of a megabyte: it is loaded by those who need it. */
async function loadZstd(): Promise<Zstd> {
  const library = await import("@hpcc-js/wasm-zstd");
  return await library.Zstd.load();
}

/** Packs a chunk into a frame of its own, which says its length. */
export async function loadPacker(level: number): Promise<(bytes: Uint8Array) => Uint8Array> {
  const zstd = await loadZstd();
  return (bytes) => zstd.compress(bytes, level);
}

let lastInLine: Promise<void> = Promise.resolve();

/**
 * The library's only unpacking stream, for one frame after another. It is had by one at a time: another import that is
 * compressed with zstd waits until it is released.
 *
 * The library does not say when the stream fails. So it gets a block at a time, of which it is known what it must give
 * or that it must give something, and a frame of our own after each checksum: a failed stream does not unpack it.
 */
export class ZstdUnpacker {
  readonly #zstd: Zstd;
  readonly release: () => void;

  private constructor(zstd: Zstd, release: () => void) {
    this.#zstd = zstd;
    this.release = release;
  }

  static async acquire(): Promise<ZstdUnpacker> {
    const before = lastInLine;
    let release: () => void = () => undefined;
    lastInLine = new Promise<void>((resolve) => {
      release = resolve;
    });
    await before;
    try {
      return new ZstdUnpacker(await loadZstd(), release);
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  /** Starts a frame. */
  begin(head: Uint8Array): void {
    this.#zstd.reset();
    this.#zstd.decompressChunk(head, MAX_UNPACKED_BLOCK_BYTES);
  }

  /** Unpacks a block, with its head. `bytes`: how many it has, where its head says so. */
  block(block: Uint8Array, bytes: number | undefined): Uint8Array {
    const unpacked = this.#zstd.decompressChunk(block, MAX_UNPACKED_BLOCK_BYTES);
    if (bytes === undefined ? unpacked.byteLength > 0 : unpacked.byteLength === bytes) return unpacked;
    throw malformed("its zstd data cannot be unpacked");
  }

  /** Ends a frame, with its checksum if it has one. */
  end(checksum: Uint8Array): void {
    this.#zstd.decompressChunk(checksum, MAX_UNPACKED_BLOCK_BYTES);
    const [first, ...more] = this.#zstd.decompressChunk(PROBE, MAX_UNPACKED_BLOCK_BYTES);
    if (first !== 0x5a || more.length > 0) throw malformed("a zstd frame does not have its checksum");
  }
}
