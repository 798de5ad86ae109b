import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type FuzzRandom, fuzz } from "../../../test/fuzz/harness.ts";
import { CloudError } from "../../base/errors.ts";
import { crc32 } from "./crc32.ts";
import { ClusterInflater, Inflater } from "./inflate.ts";
import { someContent } from "./testing/content.ts";

/** Unpacks in chunks, through a small output, as a long stream is. */
function inflateStream(packed: Uint8Array, chunkBytes: () => number): { bytes: Uint8Array; rest: number } {
  const inflater = new Inflater(new Uint8Array(4096));
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const stop = inflater.run();
    if (stop === "input") {
      const end = Math.min(packed.byteLength, at + chunkBytes());
      inflater.push(packed.subarray(at, end), at === packed.byteLength);
      at = end;
      continue;
    }
    pieces.push(inflater.output.slice(0, inflater.position));
    inflater.clear();
    if (stop === "end")
      return { bytes: Buffer.concat(pieces), rest: inflater.leftOver().byteLength + packed.byteLength - at };
  }
}

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
] as const;

const packedAtRandom = (random: FuzzRandom, content: Uint8Array) =>
  deflateRawSync(content, {
    level: random.int(10),
    strategy: random.pick(STRATEGIES),
    windowBits: random.between(9, 15),
    memLevel: random.between(1, 9),
  });

describe("CRC-32", () => {
  it("is that of RFC 1952", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  it("goes on from what came before", () => {
    const bytes = new TextEncoder().encode("one two three four five");
    expect(crc32(bytes.subarray(7), crc32(bytes.subarray(0, 7)))).toBe(crc32(bytes));
  });
});

fuzz(
  "deflate data unpacks to what it was made of (I6)",
  { runs: 12, steps: 8, pinned: [] },
  async ({ random, steps }) => {
    for (let step = 0; step < steps; step++) {
      const content = someContent(random, random.int(200_000));
      const packed = Buffer.concat([packedAtRandom(random, content), random.bytes(random.int(40))]);
      const { bytes, rest } = inflateStream(packed, () => random.pick([1, 7, 100, 5_000, 70_000]));
      expect(Buffer.compare(bytes, content)).toBe(0);
      expect(rest).toBeLessThan(40);
      if (content.byteLength === 0) continue;
      const length = random.between(1, content.byteLength);
      const cluster = new ClusterInflater().unpack(packed, length);
      expect(Buffer.compare(cluster, content.subarray(0, length))).toBe(0);
    }
  },
);

fuzz(
  "damaged deflate data is refused exactly where zlib refuses it (I6)",
  { runs: 12, steps: 60, pinned: [] },
  async ({ random, steps, log }) => {
    for (let step = 0; step < steps; step++) {
      const packed = packedAtRandom(random, someContent(random, random.int(3_000)));
      const mutated = random.chance(0.3) ? packed.subarray(0, random.int(packed.byteLength + 1)) : Buffer.from(packed);
      for (let i = random.int(4); i > 0 && mutated.byteLength > 0; i--) {
        const at = random.int(mutated.byteLength);
        mutated[at] = (mutated[at] as number) ^ (1 << random.int(8));
      }
      const theirs = attempt(() => inflateRawSync(mutated, { maxOutputLength: 2 ** 24 }));
      const ours = attempt(() => inflateStream(mutated, () => random.pick([1, 50, 5_000])).bytes);
      log(`${mutated.byteLength} bytes: zlib ${theirs instanceof Error ? theirs.message : theirs.byteLength}`);
      if (ours instanceof Error) {
        expect(ours).toBeInstanceOf(CloudError);
        expect((ours as CloudError).code).toMatch(/^Image\.(Malformed|Truncated)$/);
      }
      if (theirs instanceof Error) expect(ours, theirs.message).toBeInstanceOf(Error);
      else expect(ours instanceof Error ? ours.message : Buffer.compare(ours, theirs)).toBe(0);
    }
  },
);

describe("a cluster of deflate data", () => {
  const content = someContentOf(70_000);

  it("is truncated wherever it is cut off (I6)", () => {
    const packed = deflateRawSync(content);
    for (let length = 0; length < packed.byteLength - 8; length += 97) {
      expect(() => new ClusterInflater().unpack(packed.subarray(0, length), content.byteLength)).toThrow(/cut off/);
    }
  });

  it("is malformed if it has fewer bytes than a cluster (I6)", () => {
    const packed = deflateRawSync(content);
    expect(() => new ClusterInflater().unpack(packed, content.byteLength + 1)).toThrow(/less than 70001 bytes/);
  });
});

function someContentOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * i) >> (i % 7));
}

function attempt<T>(action: () => T): T | Error {
  try {
    return action();
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}
