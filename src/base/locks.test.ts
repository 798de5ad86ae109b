import { describe, expect, it } from "vitest";
import { MemoryLocks, withLock } from "./locks.ts";

describe("locks in one thread", () => {
  it("have one holder at a time, in the order of asking", async () => {
    const locks = new MemoryLocks();
    const log: string[] = [];
    const first = await locks.acquire("a");
    const later = ["b", "c"].map((name) =>
      withLock(locks, "a", async () => {
        log.push(`${name} in`);
        await Promise.resolve();
        log.push(`${name} out`);
      }),
    );
    await Promise.resolve();
    expect(log).toEqual([]);
    first?.();
    first?.();
    await Promise.all(later);
    expect(log).toEqual(["b in", "b out", "c in", "c out"]);
  });

  it("are given up at once, or when aborted", async () => {
    const locks = new MemoryLocks();
    const release = await locks.acquire("a");
    expect(await locks.acquire("a", { ifAvailable: true })).toBeUndefined();
    const controller = new AbortController();
    const waiting = locks.acquire("a", { signal: controller.signal });
    const next = locks.acquire("a");
    controller.abort();
    expect(await waiting).toBeUndefined();
    expect(await locks.acquire("a", { signal: controller.signal })).toBeUndefined();
    release?.();
    expect(await next).toBeInstanceOf(Function);
  });

  it("are shared by those who only share, and nobody overtakes who waits to have one alone", async () => {
    const locks = new MemoryLocks();
    const shared = { mode: "shared" } as const;
    const [one, two] = [await locks.acquire("a", shared), await locks.acquire("a", shared)];
    const alone = locks.acquire("a");
    expect(await locks.acquire("a", { ...shared, ifAvailable: true })).toBeUndefined();
    one?.();
    two?.();
    const release = await alone;
    expect(release).toBeInstanceOf(Function);
    release?.();
    expect(await locks.acquire("a", { ...shared, ifAvailable: true })).toBeInstanceOf(Function);
  });
});
