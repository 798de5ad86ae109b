import type { Clock } from "../base/clock.ts";
import type { Disposable } from "../base/disposable.ts";
import { reportBackground } from "./background.ts";

/** A launch or a guest's boot comes before what can wait. */
const PAUSE_MS = 5_000;

/** Has the block store give back what nothing needs any more: in the background, a while after there may be something. */
export class GarbageCollector implements Disposable {
  readonly #collect: () => Promise<unknown>;
  readonly #clock: Clock;
  #timer: (() => void) | undefined;
  #running = false;
  #again = false;
  #disposed = false;

  /** `collect` may be cut off at any point, and goes on at its next call. */
  constructor(collect: () => Promise<unknown>, clock: Clock) {
    this.#collect = collect;
    this.#clock = clock;
  }

  /** There may be something to collect. */
  readonly kick = (): void => {
    if (this.#disposed) return;
    if (this.#running) this.#again = true;
    else this.#timer ??= this.#clock.setTimer(PAUSE_MS, () => void this.#run());
  };

  dispose(): void {
    this.#disposed = true;
    this.#timer?.();
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#again = false;
    try {
      await this.#collect();
    } catch (error) {
      // Space stays taken until the next delete, or the next page. Once the cloud is gone there is nobody to tell.
      if (!this.#disposed) reportBackground(error);
    } finally {
      this.#running = false;
    }
    if (this.#again) this.kick();
  }
}
