import { describe, expect, it } from "vitest";
import type { VolumeLimits } from "../../../src/protocol/vm-contract.ts";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { IoLimits, NO_LIMITS } from "./io-limits.ts";

/** Serves requests of one size as fast as the limits let it. */
function setUp(limits: VolumeLimits, bytes: number, { atMost = 1_000_000, gap = 1 << 20 } = {}) {
  const clock = new FakeClock();
  const state = { served: 0, clock };
  const serve = () => {
    while (state.served < atMost && it.mayServe()) {
      it.served(bytes, state.served * (bytes + gap));
      state.served++;
    }
  };
  const it = new IoLimits(limits, clock, serve);
  return { ...state, state, serve, limits: it };
}

describe("M10 F39 F47 limits of a disk", () => {
  it("counts requests", () => {
    const { serve, state, clock } = setUp({ iops: 100, bytesPerSecond: null }, 4096);
    serve();
    clock.advanceAtOnce(10_000);
    expect(state.served).toBeGreaterThanOrEqual(1000);
    expect(state.served).toBeLessThanOrEqual(1012);
  });

  it("counts a request of more than 256 KiB as several", () => {
    const { serve, state, clock } = setUp({ iops: 100, bytesPerSecond: null }, (256 << 10) * 3 + 1);
    serve();
    clock.advanceAtOnce(10_000);
    expect(state.served).toBeGreaterThanOrEqual(250);
    expect(state.served).toBeLessThanOrEqual(254);
  });

  it("counts requests that follow each other as what they fill, from 32 KiB each on", () => {
    const limits = { iops: 100, bytesPerSecond: null };
    const served = (bytes: number) => {
      const { serve, state, clock } = setUp(limits, bytes, { gap: 0 });
      serve();
      clock.advanceAtOnce(10_000);
      return state.served;
    };
    expect(served(32 << 10)).toBeGreaterThanOrEqual(8000);
    expect(served(32 << 10)).toBeLessThanOrEqual(8096);
    expect(served(16 << 10)).toBeLessThanOrEqual(1012);
  });

  it("F39 gives an HDD volume, whose operations have up to 1 MiB, its throughput with few of them", () => {
    // standard: 100 operations and 60 MiB a second.
    const limits = { iops: 100, bytesPerSecond: 60 << 20, ioBytes: 1 << 20 };
    const { serve, state, clock } = setUp(limits, 1 << 20);
    serve();
    clock.advanceAtOnce(10_000);
    expect(state.served).toBeGreaterThanOrEqual(600);
    expect(state.served).toBeLessThanOrEqual(607);
  });

  it("counts bytes, and what is scarcer decides", () => {
    const { serve, state, clock } = setUp({ iops: 1000, bytesPerSecond: 1 << 20 }, 64 << 10);
    serve();
    clock.advanceAtOnce(10_000);
    expect(state.served).toBeGreaterThanOrEqual(160);
    expect(state.served).toBeLessThanOrEqual(163);
  });

  it("lets new limits apply to what waits", () => {
    const { serve, state, clock, limits } = setUp({ iops: 1, bytesPerSecond: null }, 512, { atMost: 1000 });
    serve();
    expect(state.served).toBe(1);
    limits.set(NO_LIMITS);
    expect(state.served).toBe(1000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("wakes nobody after it was disposed of", () => {
    const { serve, state, clock, limits } = setUp({ iops: 1, bytesPerSecond: null }, 512);
    serve();
    limits.dispose();
    clock.advanceAtOnce(10_000);
    expect(state.served).toBe(1);
  });
});
