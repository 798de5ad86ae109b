import { describe, expect, it } from "vitest";
import { CloudError } from "../../../src/base/errors.ts";
import { FrameReader } from "./frame-reader.ts";
import { FRAME, MAX_DATA_BYTES, STDIN_WINDOW_BYTES } from "./frames.ts";
import { InputPump } from "./input-pump.ts";
import { type ByteSink, OUTPUT_WINDOW_BYTES, OutputPump } from "./output-pump.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve));

/** Moves chunks away as a port does; takes one at a time when told to. */
class Sink implements ByteSink {
  cancelled = false;
  readonly sizes: number[] = [];
  take: () => void = () => {};
  slow = false;
  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    this.sizes.push(chunk.byteLength);
    structuredClone(chunk, { transfer: [chunk.buffer] });
    if (!this.slow) return;
    await new Promise<void>((resolve) => {
      this.take = resolve;
    });
  }
}

describe("OutputPump", () => {
  const grantsOf = (sink: ByteSink) => {
    const grants: number[] = [];
    return { pump: new OutputPump(sink, (bytes) => grants.push(bytes)), grants };
  };

  it("merges what gathers while the sink is busy", async () => {
    const sink = new Sink();
    sink.slow = true;
    const { pump } = grantsOf(sink);
    pump.push(new Uint8Array(10));
    await settle();
    for (let index = 0; index < 5; index++) pump.push(new Uint8Array(100));
    sink.take();
    await settle();
    expect(sink.sizes).toEqual([10, 500]);
    sink.take();
    await pump.drained();
  });

  it("merges up to a bound, and passes a larger piece whole", async () => {
    const sink = new Sink();
    const { pump } = grantsOf(sink);
    pump.push(new Uint8Array(200_000));
    pump.push(new Uint8Array(100_000));
    pump.push(new Uint8Array(400_000));
    await pump.drained();
    expect(sink.sizes).toEqual([200_000, 100_000, 400_000]);
  });

  it("A13: grants what the sink has taken, and no sooner", async () => {
    const sink = new Sink();
    sink.slow = true;
    const { pump, grants } = grantsOf(sink);
    const quarter = OUTPUT_WINDOW_BYTES / 4;
    pump.push(new Uint8Array(quarter));
    await settle();
    expect(grants).toEqual([]);
    sink.take();
    await pump.drained();
    expect(grants).toEqual([quarter]);
    pump.push(new Uint8Array(quarter - 1));
    await settle();
    sink.take();
    await pump.drained();
    expect(grants).toEqual([quarter]);
  });

  it("drops, and still grants, what nobody reads", async () => {
    const sink = new Sink();
    sink.cancelled = true;
    const { pump, grants } = grantsOf(sink);
    pump.push(new Uint8Array(OUTPUT_WINDOW_BYTES));
    await pump.drained();
    expect(sink.sizes).toEqual([]);
    expect(grants).toEqual([OUTPUT_WINDOW_BYTES]);
  });

  it("reports the sink's error when it is awaited", async () => {
    const failing: ByteSink = {
      cancelled: false,
      write: () => Promise.reject(new CloudError("Test.Sink", "broken")),
    };
    const { pump } = grantsOf(failing);
    pump.push(new Uint8Array(1));
    pump.push(new Uint8Array(1));
    await settle();
    await expect(pump.drained()).rejects.toMatchObject({ code: "Test.Sink" });
  });
});

describe("InputPump", () => {
  function pumpInto() {
    const sent: Uint8Array[] = [];
    const pump = new InputPump(async (bytes) => {
      sent.push(bytes);
    });
    const frames = async () => {
      const left = [...sent];
      const reader = new FrameReader(async () => left.shift());
      const lengths: [number, number][] = [];
      for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
        lengths.push([next.type, next.payload.byteLength]);
      }
      return lengths;
    };
    return { pump, frames };
  }
  const streamOf = (...sizes: number[]) =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const size of sizes) controller.enqueue(new Uint8Array(size));
        controller.close();
      },
    });

  it("A8, A12: sends frames of at most 64 KiB, then END", async () => {
    const { pump, frames } = pumpInto();
    await pump.run(streamOf(10, 0, MAX_DATA_BYTES + 1));
    expect(await frames()).toEqual([
      [FRAME.data, 10],
      [FRAME.data, MAX_DATA_BYTES],
      [FRAME.data, 1],
      [FRAME.end, 0],
    ]);
  });

  it("A12: waits for the agent's grants", async () => {
    const { pump, frames } = pumpInto();
    const running = pump.run(streamOf(STDIN_WINDOW_BYTES + 100));
    const total = async () => (await frames()).reduce((sum, [, length]) => sum + length, 0);
    await settle();
    expect(await total()).toBe(STDIN_WINDOW_BYTES);
    pump.grant(60);
    await settle();
    expect(await total()).toBe(STDIN_WINDOW_BYTES + 60);
    pump.grant(1000);
    await running;
    expect((await frames()).slice(-2)).toEqual([
      [FRAME.data, 40],
      [FRAME.end, 0],
    ]);
  });

  it("stops while it waits, for grants or for the source, and cancels the source", async () => {
    for (const sizes of [[STDIN_WINDOW_BYTES + 1], []]) {
      let cancelled = false;
      const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => {
          for (const size of sizes) controller.enqueue(new Uint8Array(size));
        },
        cancel: () => {
          cancelled = true;
        },
      });
      const { pump, frames } = pumpInto();
      const running = pump.run(source);
      await settle();
      pump.stop();
      pump.stop();
      await running;
      expect(cancelled).toBe(true);
      expect((await frames()).some(([type]) => type === FRAME.end)).toBe(false);
    }
  });

  it("cancels a source that comes after the stop", async () => {
    let cancelled = false;
    const { pump } = pumpInto();
    pump.stop();
    await pump.run(
      new ReadableStream({
        cancel: () => {
          cancelled = true;
        },
      }),
    );
    expect(cancelled).toBe(true);
  });

  it("rejects with the source's error", async () => {
    const { pump } = pumpInto();
    const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.error(new CloudError("Test.Source", "broken")),
    });
    await expect(pump.run(failing)).rejects.toMatchObject({ code: "Test.Source" });
  });
});
