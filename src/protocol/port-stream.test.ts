import { afterEach, describe, expect, it } from "vitest";
import { settle } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { PortWriter, pumpInto, readAll, readPort, readPortBytes, STREAM_WINDOW_BYTES } from "./port-stream.ts";

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function pair() {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  return { writer: new PortWriter(port1), stream: readPort(port2), writePort: port1 };
}

/** `toEqual` takes seconds over megabytes. */
const equal = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

const blank = (bytes: number) => new Uint8Array(bytes);

describe("port streams", () => {
  it("carry bytes in order and end", async () => {
    const random = seededRandom(1);
    const chunks = Array.from({ length: 200 }, () => new Uint8Array(random.bytes(random.int(30_000))));
    const { writer, stream } = pair();
    const all = readAll(stream, Number.MAX_SAFE_INTEGER);
    for (const chunk of chunks) await writer.write(chunk.slice());
    writer.end();
    expect(equal(await all, new Uint8Array(chunks.flatMap((chunk) => [...chunk])))).toBe(true);
  });

  it("hold the writer back when nobody reads, within the window", async () => {
    const { writer, stream } = pair();
    let written = 0;
    const writing = (async () => {
      for (let i = 0; i < 64; i++) {
        await writer.write(blank(STREAM_WINDOW_BYTES / 16));
        written++;
      }
      writer.end();
    })();
    await settle();
    expect(written).toBe(16);
    expect((await readAll(stream, Number.MAX_SAFE_INTEGER)).byteLength).toBe(4 * STREAM_WINDOW_BYTES);
    await writing;
  });

  it("send a part of a larger buffer, not all of it", async () => {
    const { writer, stream } = pair();
    const whole = new Uint8Array([1, 2, 3, 4]);
    await writer.write(whole.subarray(1, 3));
    writer.end();
    expect([...(await readAll(stream, 10))]).toEqual([2, 3]);
    expect(whole.byteLength).toBe(4);
  });

  it("fill a reader's own buffers, whatever their size, and bring lent ones back", async () => {
    const LENT = 4096;
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const [writer, stream] = [new PortWriter(port1, { lends: LENT }), readPortBytes(port2)];
    const source = seededRandom(3).bytes(40 * LENT + 100);
    let fresh = 0;
    const writing = (async () => {
      for (let offset = 0; offset < source.byteLength; offset += LENT) {
        const chunk = writer.buffer(Math.min(LENT, source.byteLength - offset));
        // What comes back has still what it was sent with.
        if (chunk.every((byte) => byte === 0)) fresh++;
        chunk.set(source.subarray(offset, offset + chunk.byteLength));
        await writer.write(chunk);
        await settle();
      }
      writer.end();
    })();
    const reader = stream.getReader({ mode: "byob" });
    const received: number[] = [];
    for (let buffer = new ArrayBuffer(3000); ; ) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) break;
      received.push(...value);
      buffer = value.buffer;
    }
    await writing;
    expect(equal(new Uint8Array(received), source)).toBe(true);
    // The first, the one behind it, and the last, which is shorter.
    expect(fresh).toBeLessThanOrEqual(3);
  });

  it("carry the writer's error with its code", async () => {
    const { writer, stream } = pair();
    writer.fail(new CloudError("Image.ChunkCorrupt", "bad chunk"));
    await expect(readAll(stream, 10)).rejects.toMatchObject({ code: "Image.ChunkCorrupt" });
  });

  it("let a writer go on, into nothing, when the reader has cancelled", async () => {
    const { writer, stream } = pair();
    await stream.cancel();
    await settle();
    expect(writer.cancelled).toBe(true);
    for (let i = 0; i < 4; i++) await writer.write(blank(STREAM_WINDOW_BYTES));
  });

  it("let go of a source that has nothing to say when the reader cancels", async () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    let cancelled = false;
    const silent = new ReadableStream<Uint8Array<ArrayBuffer>>({
      cancel: () => {
        cancelled = true;
      },
    });
    const pumping = pumpInto(port1, silent);
    await readPort(port2).cancel();
    await pumping;
    expect(cancelled).toBe(true);
  });

  it("wake a writer that waits for credit when the reader cancels", async () => {
    const { writer, stream } = pair();
    await writer.write(blank(STREAM_WINDOW_BYTES));
    const waiting = writer.write(blank(1));
    await settle();
    await stream.cancel();
    await waiting;
  });

  it("readAll refuses more than its limit", async () => {
    const { writer, stream } = pair();
    await writer.write(blank(11));
    await expect(readAll(stream, 10)).rejects.toMatchObject({ code: "Stream.TooLong", details: { limitBytes: 10 } });
  });

  it("pumpInto sends bytes and streams, and a stream's error", async () => {
    const source = seededRandom(2).bytes(3_000_000);
    for (const input of [
      source,
      new Blob([new Uint8Array(source)]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>,
    ]) {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1, port2);
      const [received] = await Promise.all([readAll(readPort(port2), 1 << 24), pumpInto(port1, input)]);
      expect(equal(received, source)).toBe(true);
    }
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const broken = new ReadableStream({ start: (controller) => controller.error(new CloudError("X", "x")) });
    const reading = expect(readAll(readPort(port2), 10)).rejects.toMatchObject({ code: "X" });
    await pumpInto(port1, broken);
    await reading;
  });
});
