import { describe, expect, it } from "vitest";
import { settle } from "../../test/support/fake-clock.ts";
import { KeyedQueue } from "./keyed-queue.ts";

function setUp() {
  const queue = new KeyedQueue();
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, ...keys: string[]) =>
    queue.run(keys, async () => {
      log.push(`${name} begins`);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      log.push(`${name} ends`);
      return name;
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await settle();
  };
  return { queue, log, run, end };
}

describe("a queue by keys", () => {
  it("does one piece of work a key at a time, in order, and others beside it", async () => {
    const { log, run, end } = setUp();
    void run("first", "a");
    void run("second", "a");
    void run("elsewhere", "b");
    await settle();
    expect(log).toEqual(["first begins", "elsewhere begins"]);
    await end("first");
    expect(log.slice(2)).toEqual(["first ends", "second begins"]);
  });

  it("takes several keys at once, without a deadlock whatever their order", async () => {
    const { log, run, end } = setUp();
    void run("one", "a", "b");
    void run("two", "b", "a");
    void run("three", "a");
    await settle();
    expect(log).toEqual(["one begins"]);
    await end("one");
    await end("two");
    expect(log.at(-1)).toBe("three begins");
  });

  it("goes on after a failure, which only its caller hears of", async () => {
    const { queue } = setUp();
    const failing = queue.run(["a"], async () => {
      throw new Error("no");
    });
    const next = queue.run(["a"], async () => "done");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("done");
  });

  it("gives what the work gives", async () => {
    expect(await new KeyedQueue().run([], async () => 7)).toBe(7);
  });
});
