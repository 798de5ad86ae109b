import { describe, expect, it } from "vitest";
import { hasCode } from "../../base/errors.ts";
import { seededRandom } from "../../base/random.ts";
import { InputQueue } from "./input-queue.ts";
import { writeInSlices } from "./output.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const neverFails = (thrown: unknown) => {
  throw thrown;
};

describe("output", () => {
  it("goes to the terminal in slices, whole, and is done when the last has been written", async () => {
    const written: string[] = [];
    let finishLast = () => {};
    const sink = {
      write(text: string, onWritten?: () => void) {
        written.push(text);
        if (onWritten) finishLast = onWritten;
      },
    };
    const text = "x".repeat(100_000);
    let done = false;
    const writing = writeInSlices(sink, text).then(() => {
      done = true;
    });
    await Promise.resolve();
    expect(done).toBe(false);
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(16_384);
    expect(written.join("")).toBe(text);
    finishLast();
    await writing;
  });

  it("has nothing to wait for when there is none", async () => {
    await writeInSlices({ write: () => neverFails(new Error("not called")) }, "");
  });
});

describe("input", () => {
  it("arrives in order, whole, one piece at a time", async () => {
    const random = seededRandom(7);
    const pieces = Array.from({ length: 200 }, () => random.bytes(random.int(3000)));
    const received: Uint8Array[] = [];
    let sending = 0;
    const queue = new InputQueue(async (bytes) => {
      expect(++sending).toBe(1);
      await Promise.resolve();
      received.push(bytes);
      sending--;
    }, neverFails);
    for (const piece of pieces) {
      queue.push(piece);
      if (random.int(4) === 0) await Promise.resolve();
    }
    await queue.idle();
    expect(Buffer.concat(received).equals(Buffer.concat(pieces))).toBe(true);
    expect(Math.max(...received.map(({ length }) => length))).toBeLessThanOrEqual(4096);
  });

  it("forgets a long paste on demand, and takes what comes after", async () => {
    const received: Uint8Array[] = [];
    const queue = new InputQueue(async (bytes) => {
      received.push(bytes);
      if (received.length === 1) {
        queue.clear();
        queue.push(encode("\x03"));
      }
    }, neverFails);
    queue.push(encode("a".repeat(100_000)));
    await queue.idle();
    expect(received.map(({ length }) => length)).toEqual([4096, 1]);
    expect(queue.waitingBytes).toBe(0);
  });

  it("reports a failure once, drops the rest, and goes on with the next", async () => {
    const errors: unknown[] = [];
    const received: string[] = [];
    let fail = true;
    const queue = new InputQueue(
      async (bytes) => {
        if (fail) throw new Error("not running");
        received.push(new TextDecoder().decode(bytes));
      },
      (thrown) => errors.push(thrown),
    );
    queue.push(encode("a".repeat(10_000)));
    await queue.idle();
    expect(errors).toEqual([new Error("not running")]);
    fail = false;
    queue.push(encode("ls\r"));
    await queue.idle();
    expect(received).toEqual(["ls\r"]);
  });

  it("refuses as a whole what is too long", async () => {
    const errors: unknown[] = [];
    const received: Uint8Array[] = [];
    const queue = new InputQueue(
      async (bytes) => {
        received.push(bytes);
      },
      (thrown) => errors.push(thrown),
    );
    queue.push(new Uint8Array(5 * 1024 * 1024));
    await queue.idle();
    expect(received).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(hasCode(errors[0], "Console.InputTooLong")).toBe(true);
  });
});
