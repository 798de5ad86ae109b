import type { Bytes, RandomAccessSource } from "./source.ts";

/** Reads small ranges that mostly follow one another with few reads of the source: keeps the last stretch it read. */
export class WindowReader {
  readonly #source: RandomAccessSource;
  readonly #windowBytes: number;
  #start = 0;
  #bytes: Bytes = new Uint8Array(0);
  /** What the window is in, again and again. */
  #buffer: Bytes = new Uint8Array(0);

  /** `windowBytes`: what one read of the source fetches, unless more is asked for. */
  constructor(source: RandomAccessSource, windowBytes: number) {
    this.#source = source;
    this.#windowBytes = windowBytes;
  }

  /** As the source's `read`; valid until the next one. */
  async read(offset: number, length: number, signal?: AbortSignal): Promise<Bytes> {
    const end = this.#start + this.#bytes.byteLength;
    if (offset < this.#start || offset + length > end) {
      const room = Math.max(0, this.#source.sizeBytes - offset);
      // What is behind the file's end is the source's to refuse.
      const bytes = Math.max(length, Math.min(this.#windowBytes, room));
      if (this.#buffer.byteLength < bytes && offset + bytes <= this.#source.sizeBytes) {
        this.#buffer = new Uint8Array(Math.max(bytes, this.#windowBytes));
      }
      // Half overwritten it is no window any more.
      this.#bytes = new Uint8Array(0);
      this.#bytes = await this.#source.read(offset, bytes, signal, this.#buffer);
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
