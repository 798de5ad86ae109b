import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { Timer } from "./timer.ts";

/** How to find out that the other side is gone (RFC 9293 §3.8.4). */
export interface KeepAlive {
  /** Silence before the first probe, in milliseconds. */
  readonly idleMs: number;
  /** Between probes. */
  readonly intervalMs: number;
  /** Unanswered ones after which the connection is given up. */
  readonly probes: number;
}

/** Asks a silent peer whether it is still there. */
export class KeepAliveProbe implements Disposable {
  readonly #settings: KeepAlive;
  readonly #actions: { probe(): void; fail(): void };
  readonly #timer: Timer;
  #unanswered = 0;
  #started = false;

  constructor(clock: Clock, settings: KeepAlive, actions: { probe(): void; fail(): void }) {
    this.#settings = settings;
    this.#actions = actions;
    this.#timer = new Timer(clock, () => this.#onTimer());
  }

  start(): void {
    this.#started = true;
    this.heard();
  }

  /** Something has come. */
  heard(): void {
    this.#unanswered = 0;
    if (this.#started) this.#timer.set(this.#settings.idleMs);
  }

  dispose(): void {
    this.#started = false;
    this.#timer.dispose();
  }

  #onTimer(): void {
    if (this.#unanswered >= this.#settings.probes) {
      this.#actions.fail();
      return;
    }
    this.#unanswered += 1;
    this.#timer.set(this.#settings.intervalMs);
    this.#actions.probe();
  }
}
