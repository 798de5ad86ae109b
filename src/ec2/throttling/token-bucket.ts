/** How many tokens a bucket holds at most, and how many it gets back each second until it has them. */
export interface BucketSize {
  readonly capacity: number;
  readonly perSecond: number;
}

/** A bucket of tokens, full at first. Times are in epoch ms. */
export class TokenBucket {
  readonly #size: BucketSize;
  #tokens: number;
  #filledAt: number;

  constructor(size: BucketSize, now: number) {
    this.#size = size;
    this.#tokens = size.capacity;
    this.#filledAt = now;
  }

  /** Takes so many tokens; false, and takes none, when there are not as many. */
  take(count: number, now: number): boolean {
    this.#fill(now);
    if (count > this.#tokens) return false;
    this.#tokens -= count;
    return true;
  }

  #fill(now: number): void {
    const { capacity, perSecond } = this.#size;
    // A clock that is set back gives nothing.
    const seconds = Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(capacity, this.#tokens + seconds * perSecond);
    this.#filledAt = now;
  }
}
