import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { InstanceStoreDisk, type StoreBase } from "./instance-store.ts";

const BLOCK = 64 << 10;

/** `isInMemory` says so of each read that asks. */
const baseOf = (content: Uint8Array, isInMemory: () => boolean): StoreBase => ({
  sizeBytes: content.byteLength,
  readCached: (offset, length) => (isInMemory() ? content.slice(offset, offset + length) : undefined),
  read: async (offset, length) => content.slice(offset, offset + length),
  close: async () => {},
});

describe("M11 F44 an instance-store disk", () => {
  it("starts blank and takes memory only for what is written", async () => {
    const disk = new InstanceStoreDisk(2 ** 40);
    expect(disk.readCached(2 ** 40 - 512, 512)).toEqual(new Uint8Array(512));
    await disk.write(2 ** 39, new Uint8Array(3 * BLOCK));
    expect(disk.storedBytes).toBe(0);
    await disk.write(2 ** 39, new Uint8Array(512).fill(1));
    expect(disk.storedBytes).toBe(BLOCK);
    await disk.discard(2 ** 39, BLOCK);
    expect(disk.storedBytes).toBe(0);
  });

  const cases = [1, 2, 3].flatMap((seed) => [false, true].map((hasBase) => ({ seed, hasBase })));
  for (const { seed, hasBase } of cases) {
    it(`is as a plain array, ${hasBase ? "over a base, " : ""}seed ${seed}`, async () => {
      const random = seededRandom(seed);
      const sectors = 1000;
      const below = random.int;
      const content = new Uint8Array(sectors * 512).map(() => (hasBase ? below(256) : 0));
      const make = () =>
        new InstanceStoreDisk(sectors * 512, hasBase ? { base: baseOf(content, () => below(2) === 0) } : {});
      let disk = make();
      const model = content.slice();
      for (let step = 0; step < 1000; step++) {
        const offset = below(sectors) * 512;
        const length = Math.min((1 + below(400)) * 512, model.byteLength - offset);
        const what = below(10);
        if (what < 4) {
          const data = new Uint8Array(length).fill(below(3));
          await disk.write(offset, data);
          model.set(data, offset);
        } else if (what < 6) {
          await disk.discard(offset, length);
          model.fill(0, offset, offset + length);
        } else if (what < 9) {
          expect(Buffer.compare(await disk.read(offset, length), model.subarray(offset, offset + length))).toBe(0);
        } else {
          const saved = structuredClone(disk.saveState());
          await disk.close();
          disk = make();
          disk.restoreState(saved);
        }
      }
      expect(Buffer.compare(await disk.read(0, model.byteLength), model)).toBe(0);
    });
  }

  it("over a base takes memory only for what is written, and never writes to the base", async () => {
    const content = new Uint8Array(4 * BLOCK).fill(3);
    const disk = new InstanceStoreDisk(content.byteLength, { base: baseOf(content, () => false) });
    expect(disk.readCached(0, 512)).toBeUndefined();
    expect(await disk.read(BLOCK - 512, 1024)).toEqual(new Uint8Array(1024).fill(3));
    expect(disk.storedBytes).toBe(0);
    await disk.write(BLOCK, new Uint8Array(512).fill(9));
    await disk.discard(2 * BLOCK, BLOCK);
    expect(disk.storedBytes).toBe(BLOCK);
    expect([...(await disk.read(BLOCK, 1024)).subarray(510, 514)]).toEqual([9, 9, 3, 3]);
    expect(await disk.read(2 * BLOCK, 512)).toEqual(new Uint8Array(512));
    expect(content.every((byte) => byte === 3)).toBe(true);
  });

  it("keeps what is written to a block while the rest of it is being read from the base", async () => {
    const content = new Uint8Array(BLOCK).fill(3);
    const disk = new InstanceStoreDisk(BLOCK, { base: baseOf(content, () => false) });
    const data = new Uint8Array(512).fill(1);
    const first = disk.write(0, data);
    data.fill(7);
    await Promise.all([first, disk.write(512, data)]);
    expect([...(await disk.read(0, 1536))].filter((_, i) => i % 512 === 0)).toEqual([1, 7, 3]);
  });

  it("fails what it needs the base for when that cannot be read, and keeps the rest", async () => {
    const base = {
      sizeBytes: BLOCK,
      readCached: () => undefined,
      read: () => Promise.reject(new Error("the image is gone")),
      close: async () => {},
    };
    const disk = new InstanceStoreDisk(BLOCK, { base });
    await expect(disk.read(0, 512)).rejects.toThrow("gone");
    await expect(disk.write(0, new Uint8Array(512))).rejects.toThrow("gone");
    await disk.write(0, new Uint8Array(BLOCK).fill(5));
    expect(await disk.read(0, 512)).toEqual(new Uint8Array(512).fill(5));
  });

  it("fails a write for which there is no memory, and goes on", async () => {
    let room = 1;
    const disk = new InstanceStoreDisk(2 ** 30, {
      allocate: (bytes) => {
        if (room-- <= 0) throw new RangeError("Array buffer allocation failed");
        return new Uint8Array(bytes);
      },
    });
    const data = new Uint8Array(512).fill(7);
    await disk.write(0, data);
    expect(() => disk.write(BLOCK, data)).toThrow(expect.objectContaining({ code: "InstanceStore.OutOfMemory" }));
    expect(disk.readCached(0, 512)).toEqual(data);
    expect(disk.readCached(BLOCK, 512)).toEqual(new Uint8Array(512));
    room = 1;
    await disk.write(BLOCK, data);
    expect(disk.readCached(BLOCK, 512)).toEqual(data);
  });

  it("refuses the content of a disk of another size", () => {
    const saved = new InstanceStoreDisk(1024).saveState();
    expect(() => new InstanceStoreDisk(2048).restoreState(saved)).toThrow("1024");
  });
});
