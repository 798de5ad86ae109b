/** Segments that may be on their way before anything is known (RFC 6928). */
const INITIAL_SEGMENTS = 10;
/** Equal acknowledgements that are taken for a loss (RFC 5681 §3.2). */
const DUPLICATES = 3;

/** How much may be on its way without harm: slow start, congestion avoidance, NewReno's recovery (RFC 5681, RFC 6582). */
export class Congestion {
  readonly #segmentSize: number;
  readonly #limit: number;
  #window: number;
  #threshold = Number.POSITIVE_INFINITY;
  #duplicates = 0;
  #recovering = false;
  /** What had been sent when the last loss was seen; until it is acknowledged, no other loss is taken for one. */
  #recover = 0;

  /** `limit`: bytes that can be on their way at most, so that the window does not grow for nothing. */
  constructor(segmentSize: number, limit: number) {
    this.#segmentSize = segmentSize;
    this.#limit = limit;
    this.#window = INITIAL_SEGMENTS * segmentSize;
  }

  /** Bytes. */
  get window(): number {
    return this.#window;
  }

  /** What to send again at once where something is missing: what was lost may have been one large frame. */
  get resendSize(): number {
    return Math.max(this.#segmentSize, Math.min(this.#threshold, this.#limit));
  }

  /** `acknowledged` more bytes have arrived, all up to `place`. True: what follows them is missing as well. */
  onProgress(acknowledged: number, place: number, flight: number): boolean {
    if (!this.#recovering) {
      this.#duplicates = 0;
      this.#grow(acknowledged);
      return false;
    }
    if (place >= this.#recover) {
      this.#recovering = false;
      this.#duplicates = 0;
      // RFC 6582 §3.2, step 3, option 1: no burst after recovery.
      this.#window = Math.min(this.#threshold, Math.max(flight, this.#segmentSize) + this.#segmentSize);
      return false;
    }
    const kept = acknowledged >= this.#segmentSize ? this.#segmentSize : 0;
    this.#window = Math.max(this.#window - acknowledged, this.#segmentSize) + kept;
    return true;
  }

  /** The same was acknowledged again. True: it is time to send again what is missing. */
  onDuplicate(place: number, sent: number, flight: number): boolean {
    this.#duplicates += 1;
    if (this.#recovering) {
      this.#window = Math.min(this.#window + this.#segmentSize, this.#limit);
      return false;
    }
    if (this.#duplicates !== DUPLICATES || place <= this.#recover) return false;
    this.#recovering = true;
    this.#recover = sent;
    this.#threshold = this.#halfOf(flight);
    this.#window = this.#threshold + DUPLICATES * this.#segmentSize;
    return true;
  }

  /** Nothing was acknowledged in time. `again`: what had been sent again already. */
  onTimeout(sent: number, flight: number, again: boolean): void {
    if (!again) this.#threshold = this.#halfOf(flight);
    this.#window = this.#segmentSize;
    this.#recover = sent;
    this.#recovering = false;
    this.#duplicates = 0;
  }

  #halfOf(flight: number): number {
    return Math.max(flight / 2, 2 * this.#segmentSize);
  }

  /** In slow start all that was acknowledged counts, as in Linux: acknowledgements cover large frames here. */
  #grow(acknowledged: number): void {
    const step =
      this.#window < this.#threshold
        ? acknowledged
        : Math.max(1, Math.floor((this.#segmentSize * acknowledged) / this.#window));
    this.#window = Math.min(this.#window + step, this.#limit);
  }
}
