import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";
import { PAGE_BLOCKS } from "./geometry.ts";
import { DATA, decodeMapPage, emptyMapPage, encodeMapPage, ZERO } from "./map-page.ts";
import { ReadAhead } from "./read-ahead.ts";

describe("CRC-32C", () => {
  it.each([
    ["32 bytes of zeros", () => 0x00, 0x8a9136aa],
    ["32 bytes of ones", () => 0xff, 0x62a8ab43],
    ["32 incrementing bytes", (i: number) => i, 0x46dd794e],
    ["32 decrementing bytes", (i: number) => 31 - i, 0x113fdb5c],
  ])("of %s is as in RFC 3720 §B.4", (_what, byte, sum) => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => byte(i));
    expect(crc32c(new Int32Array(bytes.buffer))).toBe(sum);
  });

  it("goes on from what comes before", () => {
    const words = Int32Array.from({ length: 64 }, (_, i) => i * 0x01234567);
    expect(crc32c(words.slice(32), crc32c(words.slice(0, 32)))).toBe(crc32c(words));
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
