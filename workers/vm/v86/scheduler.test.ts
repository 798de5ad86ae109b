import { describe, expect, it } from "vitest";
import { Scheduler, type SchedulerTime } from "./scheduler.ts";

/** A thread's time: it passes while the guest runs, and while the thread sleeps. */
class FakeTime implements SchedulerTime {
  #now = 0;
  #posted: (() => void)[] = [];
  #timers: { at: number; callback: () => void }[] = [];

  now() {
    return this.#now;
  }
  pass(ms: number) {
    this.#now += ms;
  }
  post(callback: () => void) {
    this.#posted.push(callback);
  }
  after(ms: number, callback: () => void) {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  dispose() {}

  /** Runs the event loop until `end`; sleeps when nothing is due. */
  run(end: number) {
    while (this.#now < end) {
      const due = this.#posted.shift() ?? this.#takeTimer(end);
      if (due === undefined) this.#now = end;
      else due();
    }
  }

  #takeTimer(end: number): (() => void) | undefined {
    const next = this.#timers.sort((a, b) => a.at - b.at)[0];
    if (next === undefined || next.at > end) return undefined;
    this.#timers.shift();
    this.#now = Math.max(this.#now, next.at);
    return next.callback;
  }
}

function setUp(step: (time: FakeTime, scheduler: Scheduler) => number) {
  const time = new FakeTime();
  const seen = { steps: 0, failed: undefined as unknown };
  const scheduler: Scheduler = new Scheduler(
    {
      step: () => {
        seen.steps++;
        return step(time, scheduler);
      },
      failed: (error) => {
        seen.failed = error;
      },
    },
    time,
  );
  return { time, scheduler, seen };
}

const busy = (time: FakeTime) => {
  time.pass(1);
  return 0;
};

describe("Scheduler", () => {
  it("runs a busy guest all the time, yielding every few milliseconds", () => {
    const { time, scheduler } = setUp(busy);
    let slices = 0;
    scheduler.afterSlice = () => slices++;
    scheduler.start();
    time.run(600);
    expect(scheduler.busyMs).toBe(600);
    expect(slices).toBe(100);
  });

  it("sleeps while the guest idles, until its next timer", () => {
    const { time, scheduler, seen } = setUp((time) => {
      time.pass(0.1);
      return 20;
    });
    scheduler.start();
    time.run(1000);
    expect(seen.steps).toBeLessThanOrEqual(50);
    expect(seen.steps).toBeGreaterThanOrEqual(48);
  });

  it("wakes at once when an interrupt comes in", () => {
    const { time, scheduler, seen } = setUp(() => 100);
    scheduler.start();
    time.run(10);
    expect(seen.steps).toBe(1);
    scheduler.wake();
    time.run(11);
    expect(seen.steps).toBe(2);
  });

  for (const share of [0.25, 0.5, 0.9]) {
    it(`gives a busy guest ${share} of the time, over every 100 ms`, () => {
      const { time, scheduler } = setUp(busy);
      scheduler.setShare(share);
      scheduler.start();
      time.run(200);
      for (let window = 0; window < 20; window++) {
        const before = scheduler.busyMs;
        time.run(time.now() + 100);
        expect((scheduler.busyMs - before) / 100).toBeGreaterThan(share * 0.9);
        expect((scheduler.busyMs - before) / 100).toBeLessThan(share * 1.1);
      }
    });
  }

  it("does not let a guest save up its share for long", () => {
    let idle = true;
    const { time, scheduler } = setUp((time) => {
      time.pass(idle ? 0.01 : 1);
      return idle ? 50 : 0;
    });
    scheduler.setShare(0.25);
    scheduler.start();
    time.run(5000);
    idle = false;
    const before = scheduler.busyMs;
    time.run(time.now() + 100);
    // 25 of the window's 100 ms, and at most what the scheduler lets it save (a quarter of 40 ms).
    expect(scheduler.busyMs - before).toBeLessThan(25 + 10 + 2);
  });

  it("holds for a reason and goes on without it", () => {
    const { time, scheduler } = setUp(busy);
    scheduler.start();
    time.run(10);
    scheduler.hold("console");
    scheduler.hold("other");
    const before = scheduler.busyMs;
    time.run(100);
    scheduler.release("console");
    time.run(200);
    expect(scheduler.busyMs).toBe(before);
    scheduler.release("other");
    time.run(300);
    expect(scheduler.busyMs - before).toBeGreaterThan(95);
  });

  it("holds in the middle of a slice when asked to by the guest's output", () => {
    const { time, scheduler, seen } = setUp((time: FakeTime, scheduler: Scheduler): number => {
      time.pass(1);
      scheduler.hold("console");
      return 0;
    });
    scheduler.start();
    time.run(50);
    expect(seen.steps).toBe(1);
  });

  it("stops for good: no step after stop has resolved", async () => {
    const { time, scheduler, seen } = setUp(busy);
    scheduler.start();
    time.run(10);
    await scheduler.stop();
    const before = seen.steps;
    scheduler.wake();
    time.run(100);
    expect(seen.steps).toBe(before);
    scheduler.start();
    time.run(110);
    expect(seen.steps).toBeGreaterThan(before);
  });

  it("resolves a stop from within a step when the step is over", async () => {
    let stopped = false;
    const { time, scheduler, seen } = setUp((time: FakeTime, scheduler: Scheduler): number => {
      void scheduler.stop().then(() => {
        stopped = true;
      });
      time.pass(1);
      return 0;
    });
    scheduler.start();
    time.run(20);
    await Promise.resolve();
    await Promise.resolve();
    expect([stopped, seen.steps, scheduler.running]).toEqual([true, 1, false]);
  });

  it("stops and reports when a step throws", () => {
    const error = new Error("unreachable");
    const { time, scheduler, seen } = setUp(() => {
      throw error;
    });
    scheduler.start();
    time.run(20);
    expect([seen.failed, seen.steps, scheduler.running]).toEqual([error, 1, false]);
  });
});
