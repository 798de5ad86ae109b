/** Before anything is measured (RFC 6298 §2.1). */
const INITIAL_MS = 1000;
/** RFC 6298 §2.4 says a second; Linux takes 200 ms, and our clock and paths are finer than those of 1988. */
const SHORTEST_MS = 200;
/** RFC 6298 §2.5 allows a bound of a minute or more. */
const LONGEST_MS = 60_000;
/** What a timestamp of the clock may be off by: its granularity, G in RFC 6298. */
const GRANULARITY_MS = 1;
/** After a SYN had to be repeated nothing is known of the path (RFC 6298 §5.7). */
const AFTER_LOST_SYN_MS = 3000;

/** How long to wait for an acknowledgement: RFC 6298. */
export class RetransmissionTimeout {
  #smoothed: number | undefined;
  #variation = 0;
  #base = INITIAL_MS;
  #backedOff = 0;

  /** Milliseconds. */
  get ms(): number {
    return Math.min(this.#base * 2 ** this.#backedOff, LONGEST_MS);
  }

  /** A round trip, in milliseconds, of what was sent once only (Karn's algorithm). */
  measured(roundTrip: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTrip;
      this.#variation = roundTrip / 2;
    } else {
      this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - roundTrip);
      this.#smoothed = 0.875 * this.#smoothed + 0.125 * roundTrip;
    }
    const wanted = this.#smoothed + Math.max(GRANULARITY_MS, 4 * this.#variation);
    this.#base = Math.max(SHORTEST_MS, Math.min(wanted, LONGEST_MS));
    this.#backedOff = 0;
  }

  backOff(): void {
    if (this.ms < LONGEST_MS) this.#backedOff += 1;
  }

  /** The other side has been heard of again: what was waited for was not lost. */
  forgetBackOff(): void {
    this.#backedOff = 0;
  }

  synWasLost(): void {
    this.#base = AFTER_LOST_SYN_MS;
    this.#backedOff = 0;
  }
}
