/** A page that computes for longer is felt to stand still at its next frame. */
const LONGEST_MS = 10;

/**
 * Lets others run. Work that never waits for anything but promises keeps its thread to itself, however often it awaits: who
 * does much of it takes a breath between two pieces.
 */
export class Breather {
  readonly #now: () => number;
  #last: number;

  /** `now`: in milliseconds, as `performance.now`. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#last = now();
  }

  /** Resolves at once, or, when the last breath is more than 10 ms ago, after what else waits for the thread. */
  async breathe(): Promise<void> {
    if (this.#now() - this.#last <= LONGEST_MS) return;
    await nextTask();
    this.#last = this.#now();
  }
}

/** Resolves after what else waits for the thread. A message is a task of its own; timers would be held back by 4 ms (HTML §8.6). */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
