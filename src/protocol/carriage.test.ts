import { afterEach, describe, expect, it } from "vitest";
import { CloudError } from "../base/errors.ts";
import { Carriage } from "./carriage.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** The two ends of one call: what is packed here arrives there as a message does. */
function call() {
  const [hereGone, thereGone] = [new AbortController(), new AbortController()];
  const here = new Carriage(hereGone.signal);
  const there = new Carriage(thereGone.signal);
  cleanUps.push(() => {
    here.dispose();
    there.dispose();
  });
  const send = (value: unknown) => structuredClone(value, { transfer: portsIn(value) });
  return {
    here,
    there,
    hereGone,
    thereGone,
    carry: <T>(value: T): T => there.unpack(send(here.pack(value))) as T,
    bringBack: <T>(value: T): T => here.unpack(send(there.pack(value, true)), true) as T,
  };
}

function portsIn(value: unknown): MessagePort[] {
  if (value instanceof MessagePort) return [value];
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return [];
  return Object.values(value).flatMap(portsIn);
}

const stream = (...chunks: string[]) =>
  new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

const gone = new CloudError("Cloud.OwnerGone", "gone");

describe("Carriage", () => {
  it("copies what can be copied as it is: dates, bytes, blobs, nested and undefined", async () => {
    const { carry } = call();
    const value = {
      at: new Date(5),
      bytes: Uint8Array.of(1, 2),
      list: [{ a: undefined }, null, "x"],
      blob: new Blob(["b"]),
    };
    const carried = carry(value);
    expect(carried).toEqual(value);
    expect(await carried.blob.text()).toBe("b");
  });

  it("calls a function at the other end, in order, and waits for what it does", async () => {
    const { carry, there } = call();
    const heard: string[] = [];
    let release = () => {};
    const { onData } = carry({
      onData: async (text: string): Promise<void> => {
        heard.push(text);
        if (text === "slow") await new Promise<void>((resolve) => (release = resolve));
      },
    });
    await onData("one");
    let taken = false;
    const slow = onData("slow").then(() => (taken = true));
    await expect.poll(() => heard).toEqual(["one", "slow"]);
    expect(taken).toBe(false);
    release();
    await slow;
    void onData("last");
    await there.delivered();
    expect(heard).toEqual(["one", "slow", "last"]);
  });

  it("brings the error of a function back with code and details", async () => {
    const { carry } = call();
    const { onData } = carry({
      onData: async (): Promise<void> => {
        throw new CloudError("Disk.Full", "full", { left: 0 });
      },
    });
    await expect(onData()).rejects.toMatchObject({ code: "Disk.Full", details: { left: 0 } });
  });

  it("aborts a signal at the other end, also one that was aborted before", async () => {
    const { carry } = call();
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort();
    const carried = carry({ early: early.signal, late: late.signal });
    expect(carried.early.aborted).toBe(true);
    expect(carried.late.aborted).toBe(false);
    late.abort();
    await expect.poll(() => carried.late.aborted).toBe(true);
  });

  it("carries streams both ways; one of a result goes on after the call, with the functions that belong to it", async () => {
    const { carry, bringBack, here, there } = call();
    const heard: number[] = [];
    const { input, onProgress } = carry({
      input: stream("to ", "you"),
      onProgress: (done: number) => void heard.push(done),
    });
    expect(await new Response(input).text()).toBe("to you");
    let end = () => {};
    const result = bringBack(
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("to me"));
          end = () => controller.close();
        },
      }),
    );
    here.finish();
    there.finish();
    onProgress(2);
    await there.delivered();
    expect(heard).toEqual([2]);
    end();
    expect(await new Response(result).text()).toBe("to me");
    await expect(onProgress(3)).rejects.toMatchObject({ code: "Cloud.CallEnded" });
  });

  it("cancels the source when the reader cancels", async () => {
    const { bringBack } = call();
    let cancelled = false;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    const reader = bringBack(source).getReader();
    await reader.read();
    await reader.cancel();
    await expect.poll(() => cancelled).toBe(true);
  });

  it("when the other end is gone, its functions reject, its signals abort, and its streams fail instead of ending", async () => {
    const { carry, thereGone } = call();
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(300_000)),
    });
    const carried = carry({ f: () => new Promise<void>(() => {}), signal: new AbortController().signal, endless });
    const pending = carried.f();
    const reader = carried.endless.getReader();
    await reader.read();
    thereGone.abort(gone);
    await expect(pending).rejects.toBe(gone);
    expect(carried.signal.aborted).toBe(true);
    await expect(
      (async () => {
        for (;;) if ((await reader.read()).done) return "ended";
      })(),
    ).rejects.toBe(gone);
  });

  it("gives a source up when whoever reads it is gone", async () => {
    const { bringBack, thereGone } = call();
    let cancelled = false;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(600_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    // Nobody reads: the pump waits for room.
    bringBack(source);
    thereGone.abort(gone);
    await expect.poll(() => cancelled).toBe(true);
  });
});
