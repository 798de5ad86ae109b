const FIRST_CAPACITY = 16 * 1024;

/**
 * Bytes of a stream from some place on, in memory that grows with what is in it. Places are counted from the ring's
 * beginning, which `drop` moves on. What nobody has written reads as anything: who uses it knows what is there.
 */
export class ByteRing {
  readonly #limit: number;
  #bytes = new Uint8Array(0);
  #start = 0;

  /** `limit`: bytes that it may hold at most; a power of two. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  write(at: number, source: Uint8Array): void {
    if (source.length === 0) return;
    this.#reserve(at + source.length);
    const from = (this.#start + at) & (this.#bytes.length - 1);
    const first = Math.min(source.length, this.#bytes.length - from);
    this.#bytes.set(first === source.length ? source : source.subarray(0, first), from);
    if (first < source.length) this.#bytes.set(source.subarray(first), 0);
  }

  /** Fills `target` with what is from `at` on. */
  read(at: number, target: Uint8Array): void {
    if (target.length === 0) return;
    const from = (this.#start + at) & (this.#bytes.length - 1);
    const first = Math.min(target.length, this.#bytes.length - from);
    target.set(this.#bytes.subarray(from, from + first));
    if (first < target.length) target.set(this.#bytes.subarray(0, target.length - first), first);
  }

  drop(count: number): void {
    if (this.#bytes.length > 0) this.#start = (this.#start + count) & (this.#bytes.length - 1);
  }

  /** Gives its memory back; what was in it is gone. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#start = 0;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    if (size > this.#limit) throw new RangeError(`a ring of ${this.#limit} bytes cannot hold ${size}`);
    let capacity = Math.max(this.#bytes.length, Math.min(FIRST_CAPACITY, this.#limit));
    while (capacity < size) capacity *= 2;
    const grown = new Uint8Array(capacity);
    this.read(0, grown.subarray(0, this.#bytes.length));
    this.#bytes = grown;
    this.#start = 0;
  }
}
