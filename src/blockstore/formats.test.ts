import { describe, expect, it } from "vitest";
import { checksum } from "./checksum.ts";
import { PAGE_BLOCKS } from "./geometry.ts";
import { DATA, decodeMapPage, emptyMapPage, encodeMapPage, ZERO } from "./map-page.ts";
import { ReadAhead } from "./read-ahead.ts";

/** Words of the test buffer of the reference implementation (xxhash, tests/sanity_test.c). */
function sanityWords(bytes: number): Int32Array {
  const PRIME32 = 2654435761n;
  const PRIME64 = 11400714785074694797n;
  let generator = PRIME32;
  const buffer = Uint8Array.from({ length: bytes }, () => {
    const byte = Number(generator >> 56n);
    generator = (generator * PRIME64) & 0xffffffffffffffffn;
    return byte;
  });
  return new Int32Array(buffer.buffer);
}

describe("the checksum", () => {
  it.each([
    [0, 0, 0x02cc5d05],
    [0, 0x9e3779b1, 0x36b78ae7],
    [4, 0, 0xa9de7ce9],
    [12, 0x9e3779b1, 0x05a6c4b5],
    [16, 0, 0x93ba3759],
    [16, 0x9e3779b1, 0xa94fc1e1],
    [64, 0, 0x02e95dbb],
    [100, 0x9e3779b1, 0x83d48124],
    [65536, 0, 0xc5af821e],
    [65536, 0x9e3779b1, 0xfede145e],
  ])("of %i bytes with seed %i is the reference implementation's XXH32", (bytes, seed, sum) => {
    expect(checksum(sanityWords(bytes), seed)).toBe(sum);
  });

  it("notices any flipped bit, an exchange, and another seed", () => {
    const words = sanityWords(64);
    const sums = new Set([checksum(words, 0), checksum(words, 1), checksum(words.toReversed(), 0)]);
    for (let bit = 0; bit < 64 * 8; bit++) {
      const flipped = words.slice();
      flipped[bit >> 5] = (flipped[bit >> 5] as number) ^ (1 << (bit & 31));
      sums.add(checksum(flipped, 0));
    }
    expect(sums.size).toBe(3 + 64 * 8);
  });
});

describe("a stored map page", () => {
  it("has the form that earlier versions wrote", () => {
    const page = emptyMapPage();
    page.states.set([DATA, ZERO, 0, DATA]);
    page.sums.set([0x11223344, 0, 0, 0xdeadbeef]);
    const stored = encodeMapPage(page);
    expect(stored.byteLength).toBe(16 + PAGE_BLOCKS * 5);
    expect([...new Uint8Array(stored, 0, 12)]).toEqual([...new TextEncoder().encode("TVMP"), 1, 0, 0, 0, 0, 4, 0, 0]);
    expect([...new Uint8Array(stored, 16, 4)]).toEqual([2, 1, 0, 2]);
    expect([...new Uint8Array(stored, 16 + PAGE_BLOCKS, 4)]).toEqual([0x44, 0x33, 0x22, 0x11]);
    expect(decodeMapPage(stored, "layer", 0)).toEqual(page);
  });
});

describe("read-ahead", () => {
  it("asks for nothing at random", () => {
    const ahead = new ReadAhead();
    expect([5, 90, 3, 700, 30].map((block) => ahead.onRead(block, block + 1))).toEqual(Array(5).fill(undefined));
  });

  it("asks for each block of a sequential run once, in windows that grow to 32 blocks", () => {
    const ahead = new ReadAhead();
    const asked: number[] = [];
    for (let block = 100; block < 400; block += 4) {
      const run = ahead.onRead(block, block + 3);
      if (run === undefined) continue;
      expect(run.count).toBeLessThanOrEqual(32);
      for (let i = 0; i < run.count; i++) asked.push(run.first + i);
    }
    expect(asked).toEqual(Array.from({ length: asked.length }, (_, i) => 108 + i));
    expect(asked.at(-1)).toBeGreaterThanOrEqual(400);
  });

  it("takes a read that begins in the block where the last one ended for sequential", () => {
    const ahead = new ReadAhead();
    ahead.onRead(10, 12);
    expect(ahead.onRead(12, 14)).toEqual({ first: 15, count: 4 });
  });
});
