import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { delay, withDeadline } from "./clock.ts";
import { DisposableStore, toDisposable } from "./disposable.ts";
import { Emitter } from "./event.ts";
import { isId, newId, parseId } from "./ids.ts";
import { seededRandom } from "./random.ts";

describe("ids", () => {
  it("have EC2's form", () => {
    const id = newId("vol", seededRandom(1));
    expect(id).toMatch(/^vol-[0-9a-f]{17}$/);
    expect(isId("vol", id)).toBe(true);
    expect(isId("i", id)).toBe(false);
    expect(isId("i", "i-12345678")).toBe(true);
    expect(isId("i", "i-123456789")).toBe(false);
  });

  it("are refused with the code asked for", () => {
    for (const bad of ["", "i-", "i-XYZ", 5, null, undefined, "vol-0123456789abcdef0"]) {
      expect(() => parseId("i", bad, "InvalidInstanceID.Malformed")).toThrow(
        expect.objectContaining({ code: "InvalidInstanceID.Malformed" }),
      );
    }
  });
});

describe("disposables", () => {
  it("are disposed of once, in reverse order, and at once when added late", () => {
    const log: string[] = [];
    const store = new DisposableStore();
    const twice = store.add(toDisposable(() => log.push("a")));
    store.defer(() => log.push("b"));
    store.dispose();
    store.dispose();
    twice.dispose();
    store.defer(() => log.push("late"));
    expect(log).toEqual(["b", "a", "late"]);
    expect(store.isDisposed).toBe(true);
  });

  it("are all disposed of even when one throws", () => {
    const log: string[] = [];
    const store = new DisposableStore();
    store.defer(() => log.push("first"));
    store.defer(() => {
      throw new Error("boom");
    });
    expect(() => store.dispose()).toThrow("boom");
    expect(log).toEqual(["first"]);
  });
});

describe("events", () => {
  it("reach every listener, even when one throws or leaves on the way", () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<number>((error) => errors.push(error));
    const heard: string[] = [];
    emitter.event(() => {
      throw new Error("boom");
    });
    const leaving = emitter.event((n) => {
      heard.push(`leaving ${n}`);
      leaving.dispose();
    });
    emitter.event((n) => heard.push(`staying ${n}`));
    emitter.fire(1);
    emitter.fire(2);
    expect(heard).toEqual(["leaving 1", "staying 1", "staying 2"]);
    expect(errors).toHaveLength(2);
    emitter.dispose();
    expect(emitter.hasListeners).toBe(false);
  });

  it("count the same listener as often as it subscribed", () => {
    const emitter = new Emitter<void>();
    let calls = 0;
    const listener = () => {
      calls++;
    };
    const first = emitter.event(listener);
    emitter.event(listener);
    emitter.fire();
    first.dispose();
    emitter.fire();
    expect(calls).toBe(3);
  });
});

describe("deadlines", () => {
  it("reject with their code when the time is over, and leave no timer behind when it is not", async () => {
    const clock = new FakeClock();
    const late = expect(withDeadline(clock, 100, new Promise(() => {}), "the work", "TooLate")).rejects.toMatchObject({
      code: "TooLate",
      details: { timeoutMs: 100 },
    });
    await clock.advance(100);
    await late;
    expect(await withDeadline(clock, 100, Promise.resolve(5), "the work")).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it("delay resolves after its time", async () => {
    const clock = new FakeClock();
    let done = false;
    const waiting = delay(clock, 10).then(() => {
      done = true;
    });
    await clock.advance(9);
    expect(done).toBe(false);
    await clock.advance(1);
    await waiting;
  });
});

describe("seeded randomness", () => {
  it("repeats itself", () => {
    expect(seededRandom(7).bytes(32)).toEqual(seededRandom(7).bytes(32));
    expect(seededRandom(7).bytes(32)).not.toEqual(seededRandom(8).bytes(32));
    const random = seededRandom(1);
    for (let i = 0; i < 1000; i++) expect(random.int(10)).toBeLessThan(10);
  });
});
