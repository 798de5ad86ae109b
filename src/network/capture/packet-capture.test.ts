import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { PacketCapture } from "./packet-capture.ts";

const start = (options: ConstructorParameters<typeof PacketCapture>[1] = {}) => {
  const clock = new FakeClock();
  const ended: PacketCapture[] = [];
  const capture = new PacketCapture("eni-a", options, clock, (each) => ended.push(each));
  return { clock, ended, capture };
};

async function fileOf(capture: PacketCapture): Promise<Uint8Array> {
  return new Uint8Array(await new Response(capture.readable).arrayBuffer());
}

interface Block {
  readonly type: number;
  readonly body: DataView;
}

/** The blocks of a file; throws where their lengths do not fit. */
function blocksOf(bytes: Uint8Array): Block[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Block[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (length % 4 !== 0 || view.getUint32(at + length - 4, true) !== length) throw new Error(`block at ${at} is torn`);
    blocks.push({
      type: view.getUint32(at, true),
      body: new DataView(bytes.buffer, bytes.byteOffset + at + 8, length - 12),
    });
    at += length;
  }
  return blocks;
}

/** The options of a block, from `at` on, as text or as the first byte. */
function optionsOf({ body }: Block, from: number): Record<number, string> {
  const options: Record<number, string> = {};
  for (let at = from; body.getUint16(at, true) !== 0; ) {
    const length = body.getUint16(at + 2, true);
    options[body.getUint16(at, true)] = new TextDecoder().decode(
      new Uint8Array(body.buffer, body.byteOffset + at + 4, length),
    );
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return options;
}

const only = <T>(items: readonly T[], index: number): T => {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no ${index}`);
  return item;
};

describe("capture of an interface", () => {
  it("F-N10: a file of nothing: section header and interface, byte by byte", async () => {
    const { capture } = start();
    capture.stop();
    const bytes = await fileOf(capture);
    expect(Array.from(bytes.subarray(0, 28), (byte) => byte.toString(16).padStart(2, "0")).join("")).toBe(
      // Type, length 44, byte order, version 1.0, length of the section unknown, option 4 of 8 bytes.
      "0a0d0d0a2c0000004d3c2b1a01000000ffffffffffffffff04000800",
    );
    const [section, description, statistics, ...more] = blocksOf(bytes);
    expect([section?.type, description?.type, statistics?.type, more.length]).toEqual([0x0a0d0d0a, 1, 5, 0]);
    if (section === undefined || description === undefined) throw new Error("blocks");
    expect(optionsOf(section, 16)).toEqual({ 4: "tabvisor" });
    // Ethernet, 262 144 bytes of each frame, microseconds.
    expect([description.body.getUint16(0, true), description.body.getUint32(4, true)]).toEqual([1, 262_144]);
    expect(optionsOf(description, 8)).toEqual({ 2: "eni-a", 3: "Interface eni-a", 9: "\x06" });
  });

  it("F-N10: frames with time, direction, length and comment", async () => {
    const { capture, clock } = start();
    clock.advanceAtOnce(1234.567);
    capture.write("in", Uint8Array.of(1, 2, 3, 4, 5));
    capture.write("out", Uint8Array.of(6), "dropped: no rule");
    capture.stop();
    const blocks = blocksOf(await fileOf(capture)).filter(({ type }) => type === 6);
    const [first, second] = [only(blocks, 0), only(blocks, 1)];
    const microseconds = (BigInt(first.body.getUint32(4, true)) << 32n) | BigInt(first.body.getUint32(8, true));
    expect(microseconds).toBe(BigInt(Date.UTC(2026, 0, 1)) * 1000n + 1_234_567n);
    expect([first.body.getUint32(12, true), first.body.getUint32(16, true)]).toEqual([5, 5]);
    expect(Array.from({ length: 8 }, (_, i) => first.body.getUint8(20 + i))).toEqual([1, 2, 3, 4, 5, 0, 0, 0]);
    // The guest's own frames are outbound (2), those for it inbound (1).
    expect(optionsOf(first, 28)).toEqual({ 2: "\x02\0\0\0" });
    expect(optionsOf(second, 24)).toEqual({ 2: "\x01\0\0\0", 1: "dropped: no rule" });
  });

  it("F-N10: of long frames the beginning is kept, and their length told", async () => {
    const { capture } = start({ snapLength: 64 });
    capture.write("in", new Uint8Array(1514));
    capture.stop();
    const packet = only(blocksOf(await fileOf(capture)), 2);
    expect([packet.body.getUint32(12, true), packet.body.getUint32(16, true)]).toEqual([64, 1514]);
  });

  it("F-N10: what nobody reads takes no more memory than was said; what had no room is counted", async () => {
    const { capture } = start({ bufferBytes: 65_536 });
    for (let i = 0; i < 100; i++) capture.write("in", new Uint8Array(1500));
    const { captured, dropped } = capture.counters;
    expect(captured + dropped).toBe(100);
    expect(captured).toBe(42);
    capture.stop();
    const file = await fileOf(capture);
    expect(file.length).toBeLessThan(65_536 + 1600);
    const statistics = only(
      blocksOf(file).filter(({ type }) => type === 5),
      0,
    );
    expect([statistics.body.getBigUint64(16, true), statistics.body.getBigUint64(28, true)]).toEqual([100n, 58n]);
  });

  it("F-N10: who reads gets room for more", async () => {
    const { capture } = start({ bufferBytes: 65_536 });
    const reader = capture.readable.getReader();
    for (let i = 0; i < 100; i++) {
      capture.write("in", new Uint8Array(1500));
      await reader.read();
    }
    expect(capture.counters).toEqual({ captured: 100, dropped: 0 });
  });

  it("F-N10: it ends once, whoever ends it, and takes nothing more", async () => {
    const { capture, ended } = start();
    capture.stop();
    capture.stop();
    capture.write("in", new Uint8Array(60));
    expect([ended, capture.counters.captured]).toEqual([[capture], 0]);
    const other = start();
    await other.capture.readable.cancel();
    other.capture.write("in", new Uint8Array(60));
    expect(other.ended).toEqual([other.capture]);
  });

  it.each([
    { snapLength: 63 },
    { snapLength: 262_145 },
    { snapLength: 64.5 },
    { bufferBytes: 0 },
    { bufferBytes: 2 ** 30 },
  ])("F-N10: %o is InvalidParameterValue", (options) => {
    expect(() => start(options)).toThrow(expect.objectContaining({ code: "InvalidParameterValue" }));
  });
});
