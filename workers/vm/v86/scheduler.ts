/**
 * When the processor runs, within its worker's event loop.
 *
 * v86 yields every millisecond, each time through a round trip to a helper worker. Ours runs several of its slices in
 * a row, yields through a MessageChannel (no clamping, and messages of the page come in between), and sleeps on a
 * timer while the guest idles.
 */

/** Run so long before the event loop gets its turn: long enough to make yielding cheap, short enough to feel prompt. */
const SLICE_MS = 6;
/**
 * With a share s below 1 the processor may save up unused time for so long: bounds the burst, so that the share holds
 * over any tenth of a second.
 */
const SHARE_WINDOW_MS = 40;

export interface SchedulerHost {
  /** Runs the guest for about a millisecond; gives the ms it may sleep now, 0 when it is busy. */
  step(): number;
  /** The step threw: the guest cannot go on. The scheduler has stopped. */
  failed(error: unknown): void;
}

export interface SchedulerTime {
  now(): number;
  /** Calls back soon, after other pending work. */
  post(callback: () => void): void;
  /** Calls back after `ms`; gives the cancel function. */
  after(ms: number, callback: () => void): () => void;
  dispose(): void;
}

export class Scheduler {
  readonly #host: SchedulerHost;
  readonly #time: SchedulerTime;
  #running = false;
  #stepping = false;
  #holds = new Set<string>();
  /** Tells a callback that comes late, after it was superseded. */
  #turn = 0;
  #cancelTimer: (() => void) | undefined;
  #share = 1;
  /** Milliseconds that the guest may run now, when its share is below 1. */
  #credit = 0;
  #creditAt = 0;
  #waiters: (() => void)[] = [];
  /** Called when the guest has run for a while, outside of its code. */
  afterSlice: () => void = () => {};
  /** Milliseconds that the guest has run. */
  busyMs = 0;

  constructor(host: SchedulerHost, time: SchedulerTime = workerTime()) {
    this.#host = host;
    this.#time = time;
  }

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#creditAt = this.#time.now();
    this.#next(0);
  }

  /** Resolves when no guest code runs any more. Safe to call from within a step. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel();
    if (!this.#stepping) return;
    await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Pauses for a named reason; several may hold at once. */
  hold(reason: string): void {
    this.#holds.add(reason);
  }

  release(reason: string): void {
    if (this.#holds.delete(reason) && this.#holds.size === 0 && this.#running && !this.#stepping) this.#next(0);
  }

  /** Something happened that the sleeping guest must see (an interrupt). */
  wake(): void {
    if (this.#running && !this.#stepping && this.#cancelTimer !== undefined) this.#next(0);
  }

  /** A share of one host core, in (0, 1]. */
  setShare(share: number): void {
    this.#share = share;
    this.#credit = 0;
    this.#creditAt = this.#time.now();
  }

  dispose(): void {
    this.#running = false;
    this.#cancel();
    this.#time.dispose();
  }

  #cancel(): void {
    this.#turn++;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #next(sleepMs: number): void {
    this.#cancel();
    if (this.#holds.size > 0) return;
    const turn = this.#turn;
    const go = () => {
      if (turn === this.#turn) this.#slice();
    };
    if (sleepMs < 1) this.#time.post(go);
    else this.#cancelTimer = this.#time.after(sleepMs, go);
  }

  #slice(): void {
    this.#cancelTimer = undefined;
    if (!this.#running || this.#holds.size > 0) return;
    const start = this.#time.now();
    const budget = this.#allowance(start);
    if (budget <= 0) {
      this.#next(Math.max(1, -budget));
      return;
    }
    let sleepMs = 0;
    let now = start;
    this.#stepping = true;
    try {
      do {
        sleepMs = this.#host.step();
        now = this.#time.now();
      } while (sleepMs < 1 && now - start < budget && this.#running && this.#holds.size === 0);
    } catch (error) {
      this.#running = false;
      this.#host.failed(error);
    } finally {
      this.#stepping = false;
    }
    this.afterSlice();
    this.busyMs += now - start;
    this.#credit -= now - start;
    for (const resolve of this.#waiters.splice(0)) resolve();
    if (this.#running) this.#next(sleepMs);
  }

  /** How long this slice may take; when not above zero, how long to wait until it may. */
  #allowance(now: number): number {
    if (this.#share >= 1) return SLICE_MS;
    this.#credit = Math.min(this.#credit + (now - this.#creditAt) * this.#share, SHARE_WINDOW_MS * this.#share);
    this.#creditAt = now;
    // A slice of less than a millisecond is not worth a turn.
    return this.#credit >= 1 ? Math.min(this.#credit, SLICE_MS) : -(1 - this.#credit) / this.#share;
  }
}

/** The event loop of a worker. */
function workerTime(): SchedulerTime {
  const sleep = (ms: number, callback: () => void) => {
    const handle = setTimeout(callback, ms);
    return () => clearTimeout(handle);
  };
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  // Node, in tests: there, a port that always has a message keeps everything else waiting.
  if (setImmediate !== undefined) {
    return { now: () => performance.now(), post: setImmediate, after: sleep, dispose: () => {} };
  }
  const channel = new MessageChannel();
  let posted: (() => void)[] = [];
  channel.port1.onmessage = () => {
    const due = posted;
    posted = [];
    for (const callback of due) callback();
  };
  return {
    now: () => performance.now(),
    post(callback) {
      posted.push(callback);
      if (posted.length === 1) channel.port2.postMessage(null);
    },
    after: sleep,
    dispose: () => channel.port1.close(),
  };
}
