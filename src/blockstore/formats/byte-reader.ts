import { truncated } from "./errors.ts";

/** The most that is looked at ahead at once: the head of an image, or a block of zstd (RFC 8878 §3.1.1.2: 128 KiB). */
const MAX_LOOK_AHEAD = 256 * 1024;

/** Reads a stream of chunks in other portions than it comes in. Holds one chunk, and what was looked at ahead. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #position = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** Up to `length` bytes that come next, without taking them: fewer only at the end. */
  async peek(length: number): Promise<Uint8Array> {
    if (length > MAX_LOOK_AHEAD) throw new RangeError(`a look ahead of ${length} bytes`);
    while (this.#held.byteLength < length && (await this.#more()));
    return this.#held.subarray(0, Math.min(length, this.#held.byteLength));
  }

  /** Exactly `length` bytes; else `Image.Truncated`, which names `what`. */
  async take(length: number, what: string): Promise<Uint8Array> {
    const bytes = await this.peek(length);
    if (bytes.byteLength < length) throw truncated(`${what} is cut off`, { position: this.#position });
    this.#advance(length);
    return bytes;
  }

  /** Whatever comes next, or `undefined` at the end. */
  async takeAny(): Promise<Uint8Array | undefined> {
    if (this.#held.byteLength === 0 && !(await this.#more())) return undefined;
    const bytes = this.#held;
    this.#advance(bytes.byteLength);
    return bytes;
  }

  /** Passes over `length` bytes, however many. */
  async skip(length: number, what: string): Promise<void> {
    for (let left = length; left > 0; ) {
      if (this.#held.byteLength === 0 && !(await this.#more())) {
        throw truncated(`${what} is cut off`, { position: this.#position });
      }
      const step = Math.min(left, this.#held.byteLength);
      this.#advance(step);
      left -= step;
    }
  }

  /** Gives back the last bytes of what was taken last. */
  untake(bytes: Uint8Array): void {
    this.#position -= bytes.byteLength;
    this.#held = this.#held.byteLength === 0 ? bytes : joined(bytes, this.#held);
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (let bytes = await this.takeAny(); bytes !== undefined; bytes = await this.takeAny()) yield bytes;
    } finally {
      await this.close();
    }
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      this.#ended = true;
      return false;
    }
    this.#held = this.#held.byteLength === 0 ? value : joined(this.#held, value);
    return true;
  }

  #advance(length: number): void {
    this.#held = this.#held.subarray(length);
    this.#position += length;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}
