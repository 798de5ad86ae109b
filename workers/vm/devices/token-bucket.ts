import type { Clock } from "../../../src/base/clock.ts";

/** A bucket holds what comes in so long: bursts beyond the rate are shorter than a guest can tell. */
const BURST_MS = 100;

/**
 * A rate. Whoever takes may take more than there is, and leaves a debt: what comes next waits until it is paid. So a
 * request's size need not be known before it is served, and one larger than the bucket passes.
 */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt: number;

  /** `perSecond` tokens a second. It starts full. */
  constructor(perSecond: number, clock: Clock) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, this.#perMs * BURST_MS);
    this.#tokens = this.#capacity;
    this.#filledAt = clock.now();
  }

  /** Milliseconds until something may be taken again; 0: now. */
  delayMs(): number {
    this.#fill();
    return this.#tokens > 0 ? 0 : Math.max(1, Math.ceil(-this.#tokens / this.#perMs));
  }

  take(tokens: number): void {
    this.#fill();
    this.#tokens -= tokens;
  }

  /** A clock that was set back pays nothing, and takes nothing back. */
  #fill(): void {
    const now = this.#clock.now();
    const elapsed = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsed * this.#perMs);
  }
}
