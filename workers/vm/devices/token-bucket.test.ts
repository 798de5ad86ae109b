import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Takes `tokens` as often as it may in so long; gives how often. */
function takenIn(ms: number, bucket: TokenBucket, clock: FakeClock, tokens: number): number {
  const end = clock.now() + ms;
  let count = 0;
  for (;;) {
    const delay = bucket.delayMs();
    if (clock.now() + delay >= end) return count;
    clock.advanceAtOnce(delay);
    bucket.take(tokens);
    count++;
  }
}

describe("a token bucket", () => {
  for (const [perSecond, tokens] of [
    [100, 1],
    [3000, 1],
    [1, 1],
    [125_000_000, 65_536],
    [500_000, 1 << 20],
  ] as const) {
    it(`gives ${perSecond} a second, taken ${tokens} at a time, whatever their size`, () => {
      const clock = new FakeClock();
      const bucket = new TokenBucket(perSecond, clock);
      const taken = takenIn(60_000, bucket, clock, tokens) * tokens;
      // The bucket was full, and the last take may leave a debt.
      const burst = Math.max(1, perSecond / 10);
      expect(taken).toBeGreaterThanOrEqual(perSecond * 60 - tokens);
      expect(taken).toBeLessThanOrEqual(perSecond * 60 + burst + tokens + perSecond / 1000);
    });
  }

  it("keeps no more than a short burst", () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(1000, clock);
    clock.advanceAtOnce(3_600_000);
    expect(takenIn(1, bucket, clock, 1)).toBe(100);
  });

  it("takes nothing back when the clock is set back", () => {
    let now = 1000;
    const bucket = new TokenBucket(1000, { now: () => now, setTimer: () => () => {} });
    now = 0;
    expect(bucket.delayMs()).toBe(0);
    bucket.take(101);
    expect(bucket.delayMs()).toBe(1);
    now = 2;
    expect(bucket.delayMs()).toBe(0);
  });
});
