/** A run of blocks: first and how many. */
export interface BlockRun {
  readonly first: number;
  readonly count: number;
}

/** First window after a sequential read was noticed; doubled each time up to the last. 32 blocks are 2 MiB. */
const FIRST_WINDOW = 4;
const LAST_WINDOW = 32;

/**
 * Notices sequential reading and says what to load ahead of it. One transaction of many blocks takes IndexedDB
 * a third of the time that one transaction for each takes.
 */
export class ReadAhead {
  #expected = -1;
  #window = 0;
  /** Blocks below this one have been asked for. */
  #end = 0;

  /** Told of each read, before it is done. Gives what to load beside it. */
  onRead(first: number, last: number): BlockRun | undefined {
    const sequential = first === this.#expected || first === this.#expected - 1;
    this.#expected = last + 1;
    if (!sequential) {
      this.#window = 0;
      this.#end = last + 1;
      return undefined;
    }
    // Half a window is left: the rest can be on its way before it is needed.
    if (this.#window > 0 && this.#end - (last + 1) > this.#window / 2) return undefined;
    this.#window = this.#window === 0 ? FIRST_WINDOW : Math.min(this.#window * 2, LAST_WINDOW);
    const from = Math.max(this.#end, last + 1);
    this.#end = last + 1 + this.#window;
    return from < this.#end ? { first: from, count: this.#end - from } : undefined;
  }
}
