import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";

/**
 * A timer that is put off far more often than it fires: putting it off costs nothing, since the clock's own timer is left to
 * run, and set anew when it finds that it came too early.
 */
export class Timer implements Disposable {
  readonly #clock: Clock;
  readonly #callback: () => void;
  #due: number | undefined;
  #wakesAt = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  get isSet(): boolean {
    return this.#due !== undefined;
  }

  /** Calls back after `ms`, and not at what was said before. */
  set(ms: number): void {
    this.#due = this.#clock.now() + ms;
    if (this.#cancel !== undefined && this.#wakesAt <= this.#due) return;
    this.#cancel?.();
    this.#wake(ms);
  }

  clear(): void {
    this.#due = undefined;
  }

  dispose(): void {
    this.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wake(ms: number): void {
    this.#wakesAt = this.#clock.now() + ms;
    this.#cancel = this.#clock.setTimer(ms, () => {
      this.#cancel = undefined;
      if (this.#due === undefined) return;
      const left = this.#due - this.#clock.now();
      if (left > 0) return this.#wake(left);
      this.#due = undefined;
      this.#callback();
    });
  }
}
