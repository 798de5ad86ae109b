import { CloudError } from "../base/errors.ts";

/** Lets a few through at a time; the others wait in order. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  readonly #maxWaiting: number;
  #free: number;

  constructor(count: number, maxWaiting: number) {
    this.#free = count;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves with what gives the slot back. Rejects with `RequestLimitExceeded` when too many wait. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else {
      if (this.#waiting.length >= this.#maxWaiting)
        throw new CloudError("RequestLimitExceeded", "The page asks for too much at the same time.");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
