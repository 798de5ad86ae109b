import type { Clock } from "../../src/base/clock.ts";

/** A clock that a test moves by hand. */
export class FakeClock implements Clock {
  #now: number;
  #timers = new Set<{ at: number; callback: () => void }>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves the time on, firing timers in order; promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await settle();
    while (this.#fireNext(end));
    this.#now = end;
    await settle();
  }

  /** As `advance`, for what only reacts to timers: nothing settles, and a minute of many timers passes at once. */
  advanceAtOnce(ms: number): void {
    const end = this.#now + ms;
    while (this.#fireNext(end));
    this.#now = end;
  }

  /** Moves the time on as when the computer sleeps: what is due meanwhile fires when the time goes on. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  /** Fires the next timer up to a time; says whether there was one. */
  #fireNext(end: number): boolean {
    const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }
}

/** Lets everything run that waits for nothing but promises and messages. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
