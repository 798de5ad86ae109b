import type { Clock } from "../../../src/base/clock.ts";
import type { VolumeLimits } from "../../../src/protocol/vm-contract.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * EBS counts what moves in pieces of up to 256 KiB on its SSD types, 1024 KiB on its HDD types: a larger request is several
 * of them, and requests that follow each other on the disk are together as many as their bytes fill, from 32 KiB each on
 * (EBS user guide, "I/O characteristics"; AWS knowledge center, "optimal I/O size").
 */
const IO_BYTES = 256 << 10;
const MERGED_BYTES = 32 << 10;
export const NO_LIMITS: VolumeLimits = { iops: null, bytesPerSecond: null };

/** How fast a disk may serve: whoever is about to serve asks first, and wakes up when it may again. */
export class IoLimits {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #requests: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #cancelTimer: (() => void) | undefined;
  #ioBytes = IO_BYTES;
  /** Of the requests that follow each other on the disk: their bytes, and where the next one would begin. */
  #run = { bytes: 0, end: -1 };

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

  /** A request that moves so many bytes from `offset` on is served. */
  served(bytes: number, offset: number): void {
    this.#requests?.take(this.#operations(bytes, offset));
    this.#bytes?.take(bytes);
  }

  dispose(): void {
    this.#cancel();
  }

  #operations(bytes: number, offset: number): number {
    const pieces = (total: number) => Math.ceil(total / this.#ioBytes);
    const before = offset === this.#run.end && bytes >= MERGED_BYTES ? this.#run.bytes : 0;
    this.#run = { bytes: before + bytes, end: offset + bytes };
    return before === 0 ? Math.max(1, pieces(bytes)) : pieces(before + bytes) - pieces(before);
  }

  #fill({ iops, bytesPerSecond, ioBytes = IO_BYTES }: VolumeLimits): void {
    this.#ioBytes = ioBytes;
    this.#requests = iops === null ? undefined : new TokenBucket(iops, this.#clock);
    this.#bytes = bytesPerSecond === null ? undefined : new TokenBucket(bytesPerSecond, this.#clock);
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
