import { truncated } from "./errors.ts";

/** The most that is looked at ahead at once: the head of an image, or a block of zstd (RFC 8878 §3.1.1.2: 128 KiB). */
const MAX_LOOK_AHEAD = 256 * 1024;

/**
 * Reads a stream of chunks in other portions than it comes in. Holds what was looked at ahead and not taken. What it gives
 * is part of the stream's own chunks where it can be, and as long valid as those are.
 */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What comes next; none is empty. */
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
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
    while (this.#heldBytes < length && (await this.#more()));
    const [first] = this.#held;
    if (first !== undefined && first.byteLength >= length) return first.subarray(0, length);
    const bytes = this.#gather(Math.min(length, this.#heldBytes));
    if (bytes.byteLength > 0) this.untake(bytes);
    return bytes;
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
    if (this.#heldBytes === 0 && !(await this.#more())) return undefined;
    const [first] = this.#held as [Uint8Array];
    this.#advance(first.byteLength);
    return first;
  }

  /** Passes over `length` bytes, however many. */
  async skip(length: number, what: string): Promise<void> {
    for (let left = length; left > 0; ) {
      if (this.#heldBytes === 0 && !(await this.#more())) {
        throw truncated(`${what} is cut off`, { position: this.#position });
      }
      const step = Math.min(left, this.#heldBytes);
      this.#advance(step);
      left -= step;
    }
  }

  /** Gives back the last bytes of what was taken last. */
  untake(bytes: Uint8Array): void {
    this.#position -= bytes.byteLength;
    this.#heldBytes += bytes.byteLength;
    if (bytes.byteLength > 0) this.#held.unshift(bytes);
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
    // A chunk need not outlive the next one.
    if (this.#heldBytes > 0) this.#held.splice(0, this.#held.length, this.#copyOfHeld());
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      this.#ended = true;
      return false;
    }
    this.#held.push(value);
    this.#heldBytes += value.byteLength;
    return true;
  }

  /** Takes the next `length` bytes, which are held, out of several chunks. */
  #gather(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const part = (this.#held[0] as Uint8Array).subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.byteLength;
      this.#advance(part.byteLength);
    }
    return bytes;
  }

  #copyOfHeld(): Uint8Array {
    const bytes = this.#gather(this.#heldBytes);
    this.#position -= bytes.byteLength;
    this.#heldBytes = bytes.byteLength;
    return bytes;
  }

  #advance(length: number): void {
    this.#position += length;
    this.#heldBytes -= length;
    for (let left = length; left > 0; ) {
      const first = this.#held[0] as Uint8Array;
      if (first.byteLength > left) {
        this.#held[0] = first.subarray(left);
        return;
      }
      this.#held.shift();
      left -= first.byteLength;
    }
  }
}
