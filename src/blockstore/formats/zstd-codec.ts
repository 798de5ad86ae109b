import { CloudError } from "../../base/errors.ts";
import { malformed } from "./errors.ts";
import { loadZstd, type ZstdLibrary, type ZstdStream } from "./zstd-library.ts";

/** What a block can give (RFC 8878 §3.1.1.2.4). */
const MAX_UNPACKED_BLOCK_BYTES = 128 * 1024;
/** A block with its head, or the head of a frame. */
const MAX_INPUT_BYTES = MAX_UNPACKED_BLOCK_BYTES + 64;

/** A frame with one raw block, which has the byte 0x5a. */
const PROBE = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 1 | (1 << 3), 0, 0, 0x5a);

/** Packs chunks of up to `maxBytes` bytes, each into a frame of its own, which says its length. */
export class ZstdPacker {
  readonly #zstd: ZstdLibrary;
  readonly #level: number;
  readonly #input: number;
  readonly #output: number;
  readonly #outputBytes: number;

  private constructor(zstd: ZstdLibrary, level: number, maxBytes: number) {
    this.#zstd = zstd;
    this.#level = level;
    this.#outputBytes = zstd.compressBound(maxBytes);
    this.#input = zstd.malloc(maxBytes);
    this.#output = zstd.malloc(this.#outputBytes);
  }

  static async open(level: number, maxBytes: number): Promise<ZstdPacker> {
    return new ZstdPacker(await loadZstd(), level, maxBytes);
  }

  pack(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    const zstd = this.#zstd;
    zstd.memory().set(chunk, this.#input);
    const bytes = zstd.compress(this.#output, this.#outputBytes, this.#input, chunk.byteLength, this.#level);
    if (zstd.isError(bytes)) {
      const why = zstd.getErrorName(bytes);
      throw new CloudError("InternalError", `zstd could not pack ${chunk.byteLength} bytes: ${why}.`);
    }
    return new Uint8Array(zstd.memory().subarray(this.#output, this.#output + bytes));
  }

  dispose(): void {
    this.#zstd.free(this.#input);
    this.#zstd.free(this.#output);
  }
}

/**
 * Unpacks one frame after another, a block at a time.
 *
 * The library does not say when a stream fails. So of each block it is known what it must give, or that it must give
 * something; and a frame of our own follows each checksum, which a failed stream does not unpack.
 */
export class ZstdUnpacker {
  readonly #zstd: ZstdLibrary;
  readonly #stream: ZstdStream;
  readonly #input: number;
  readonly #output: number;
  readonly #unpacked = new Uint8Array(MAX_UNPACKED_BLOCK_BYTES);

  private constructor(zstd: ZstdLibrary) {
    this.#zstd = zstd;
    this.#stream = zstd.newStream();
    this.#input = zstd.malloc(MAX_INPUT_BYTES);
    this.#output = zstd.malloc(MAX_UNPACKED_BLOCK_BYTES);
  }

  static async open(): Promise<ZstdUnpacker> {
    return new ZstdUnpacker(await loadZstd());
  }

  /** Starts a frame. */
  begin(head: Uint8Array): void {
    this.#stream.reset();
    this.#feed(head);
  }

  /** Unpacks a block, with its head. `bytes`: how many it has, where its head says so. The result is valid until the next. */
  block(block: Uint8Array, bytes: number | undefined): Uint8Array {
    const unpacked = this.#feed(block);
    if (bytes === undefined ? unpacked.byteLength > 0 : unpacked.byteLength === bytes) return unpacked;
    throw malformed("its zstd data cannot be unpacked");
  }

  /** Ends a frame, with its checksum if it has one. */
  end(checksum: Uint8Array): void {
    this.#feed(checksum);
    const [first, ...more] = this.#feed(PROBE);
    if (first !== 0x5a || more.length > 0) throw malformed("a zstd frame does not have its checksum");
  }

  dispose(): void {
    this.#stream.delete();
    this.#zstd.free(this.#input);
    this.#zstd.free(this.#output);
  }

  #feed(input: Uint8Array): Uint8Array {
    if (input.byteLength > MAX_INPUT_BYTES) throw new RangeError(`a block of ${input.byteLength} bytes`);
    this.#zstd.memory().set(input, this.#input);
    const bytes = this.#stream.decompressChunk(this.#output, MAX_UNPACKED_BLOCK_BYTES, this.#input, input.byteLength);
    // The library's memory moves when it grows, so this is no view of it.
    this.#unpacked.set(this.#zstd.memory().subarray(this.#output, this.#output + bytes));
    return this.#unpacked.subarray(0, bytes);
  }
}
