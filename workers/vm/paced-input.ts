interface Waiting<T> {
  /** What of it has not been taken. */
  piece: T;
  readonly taken: () => void;
}

/** What is typed, handed on piece by piece at the pace at which a guest takes it. */
export class PacedInput<T> {
  readonly #intervalMs: number;
  readonly #hand: (piece: T) => T | undefined;
  #waiting: Waiting<T>[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `hand` gives the guest what it takes now of a piece, and returns the rest; undefined when it has taken all of it. */
  constructor(intervalMs: number, hand: (piece: T) => T | undefined) {
    this.#intervalMs = intervalMs;
    this.#hand = hand;
  }

  /** Resolves when all of it has been taken, or nobody takes it any more. */
  write(piece: T): Promise<void> {
    return new Promise((taken) => {
      this.#waiting.push({ piece, taken });
      this.#feed();
    });
  }

  saveState(): T[] {
    return this.#waiting.map(({ piece }) => piece);
  }

  restoreState(pieces: readonly T[]): void {
    this.#waiting = [...pieces.map((piece) => ({ piece, taken: () => {} })), ...this.#waiting];
    this.#feed();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { taken } of this.#waiting.splice(0)) taken();
  }

  #feed(): void {
    if (this.#timer !== undefined) return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const rest = this.#hand(next.piece);
      if (rest !== undefined) {
        next.piece = rest;
        break;
      }
      this.#waiting.shift();
      next.taken();
    }
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#feed();
    }, this.#intervalMs);
  }
}
