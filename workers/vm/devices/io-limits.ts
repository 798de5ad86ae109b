import type { Clock } from "../../../src/base/clock.ts";
import type { VolumeLimits } from "../../../src/protocol/vm-contract.ts";
import { TokenBucket } from "./token-bucket.ts";

/** EBS counts I/O on its SSD types in pieces of up to 256 KiB (EBS user guide, "I/O characteristics"). */
const IO_BYTES = 256 << 10;
export const NO_LIMITS: VolumeLimits = { iops: null, bytesPerSecond: null };

/** How fast a disk may serve: whoever is about to serve asks first, and wakes up when it may again. */
export class IoLimits {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #requests: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #cancelTimer: (() => void) | undefined;

  /** `wake` is called once after every `mayServe` that said no. */
  constructor(limits: VolumeLimits, clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
    this.#fill(limits);
  }

  /** New limits apply at once, with nothing owed. */
  set(limits: VolumeLimits): void {
    this.#fill(limits);
    if (this.#cancelTimer === undefined) return;
    this.#cancel();
    this.#wake();
  }

  /** Whether the next request may be served now. If not, `wake` comes when it may. */
  mayServe(): boolean {
    if (this.#cancelTimer !== undefined) return false;
    const delayMs = Math.max(this.#requests?.delayMs() ?? 0, this.#bytes?.delayMs() ?? 0);
    if (delayMs === 0) return true;
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#wake();
    });
    return false;
  }

  /** A request that moves so many bytes is served. */
  served(bytes: number): void {
    this.#requests?.take(Math.max(1, Math.ceil(bytes / IO_BYTES)));
    this.#bytes?.take(bytes);
  }

  dispose(): void {
    this.#cancel();
  }

  #fill({ iops, bytesPerSecond }: VolumeLimits): void {
    this.#requests = iops === null ? undefined : new TokenBucket(iops, this.#clock);
    this.#bytes = bytesPerSecond === null ? undefined : new TokenBucket(bytesPerSecond, this.#clock);
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
