import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { GarbageCollector } from "./garbage-collector.ts";

function setUp() {
  const clock = new FakeClock();
  const ends: (() => void)[] = [];
  const collect = () => new Promise<void>((resolve) => ends.push(resolve));
  const collector = new GarbageCollector(collect, clock);
  return { clock, ends, collector };
}

describe("collecting garbage in the background", () => {
  it("waits a while, and takes many deletes together", async () => {
    const { clock, ends, collector } = setUp();
    for (let i = 0; i < 5; i++) collector.kick();
    await clock.advance(4_999);
    expect(ends).toHaveLength(0);
    await clock.advance(1);
    expect(ends).toHaveLength(1);
  });

  it("goes over it again when something was deleted meanwhile, and never twice at a time", async () => {
    const { clock, ends, collector } = setUp();
    collector.kick();
    await clock.advance(5_000);
    collector.kick();
    await clock.advance(60_000);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await clock.advance(5_000);
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await clock.advance(60_000);
    expect(ends).toHaveLength(2);
  });

  it("ends with the cloud", async () => {
    const { clock, ends, collector } = setUp();
    collector.kick();
    collector.dispose();
    collector.kick();
    await clock.advance(60_000);
    expect(ends).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });
});
