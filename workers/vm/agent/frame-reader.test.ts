import { describe, expect, it } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { FrameReader } from "./frame-reader.ts";
import { FRAME, frame, MAX_DATA_BYTES, numbersFrame } from "./frames.ts";

function readerOf(chunks: Uint8Array[]): FrameReader {
  const left = [...chunks];
  return new FrameReader(async () => left.shift());
}

/** All frames; pieces of one stream frame are joined with those that follow of the same type. */
async function readAll(reader: FrameReader): Promise<[number, number[]][]> {
  const frames: [number, number[]][] = [];
  for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
    const last = frames.at(-1);
    const continues = last?.[0] === next.type && next.type === FRAME.stdout;
    if (continues) last?.[1].push(...next.payload);
    else frames.push([next.type, [...next.payload]]);
  }
  return frames;
}

describe("FrameReader", () => {
  const frames = [
    frame(FRAME.stdout, Uint8Array.from([1, 2, 3, 4, 5])),
    numbersFrame(FRAME.exit, 0, 7),
    frame(FRAME.end),
    frame(FRAME.data),
    frame(FRAME.stdinClosed),
  ];
  const expected = [
    [FRAME.stdout, [1, 2, 3, 4, 5]],
    [FRAME.exit, [0, 0, 0, 0, 7, 0, 0, 0]],
    [FRAME.end, []],
    [FRAME.stdinClosed, []],
  ];

  it("finds frames wherever the stream is cut", async () => {
    const bytes = concat(frames);
    expect(await readAll(readerOf([bytes]))).toEqual(expected);
    for (let cut = 1; cut < bytes.byteLength; cut++) {
      expect(await readAll(readerOf([bytes.subarray(0, cut), bytes.subarray(cut)]))).toEqual(expected);
    }
    expect(await readAll(readerOf([...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(expected);
  });

  it("hands a stream's bytes on as they come", async () => {
    const bytes = frame(FRAME.stderr, new Uint8Array(100));
    const reader = readerOf([bytes.subarray(0, 50), bytes.subarray(50)]);
    expect((await reader.next())?.payload.byteLength).toBe(42);
    expect((await reader.next())?.payload.byteLength).toBe(58);
    expect(await reader.next()).toBeUndefined();
  });

  it("ends when the stream ends, also within a frame", async () => {
    for (const part of [frame(FRAME.ok).subarray(0, 3), numbersFrame(FRAME.exit, 0, 1).subarray(0, 12)]) {
      expect(await readerOf([part]).next()).toBeUndefined();
    }
  });

  it.each([
    ["flags", Uint8Array.from([FRAME.ok, 1, 0, 0, 0, 0, 0, 0])],
    ["a reserved field", Uint8Array.from([FRAME.ok, 0, 0, 9, 0, 0, 0, 0])],
    ["too long a payload", numbersFrame(FRAME.ok).fill(0xff, 4)],
    ["a payload of one byte too many", frame(FRAME.ok, new Uint8Array(MAX_DATA_BYTES + 1))],
  ])("A8: refuses %s", async (_, bytes) => {
    await expect(readerOf([bytes]).next()).rejects.toMatchObject({ code: "Agent.Protocol" });
  });

  it.each([1, 2, 3, 4, 5])("takes any bytes without harm (seed %i)", async (seed) => {
    const rng = seededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const chunks = Array.from({ length: rng.int(10) }, () =>
        rng.int(2) === 0 ? rng.bytes(rng.int(40)) : frame(rng.int(64), rng.bytes(rng.int(200))),
      );
      const outcome = await readAll(readerOf(chunks)).catch((error: unknown) => error);
      if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: "Agent.Protocol" });
    }
  });
});
