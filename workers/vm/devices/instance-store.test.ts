import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { InstanceStoreDisk } from "./instance-store.ts";

const BLOCK = 64 << 10;

describe("M11 F44 an instance-store disk", () => {
  it("starts blank and takes memory only for what is written", () => {
    const disk = new InstanceStoreDisk(2 ** 40);
    expect(disk.readCached(2 ** 40 - 512, 512)).toEqual(new Uint8Array(512));
    disk.write(2 ** 39, new Uint8Array(3 * BLOCK));
    expect(disk.storedBytes).toBe(0);
    disk.write(2 ** 39, new Uint8Array(512).fill(1));
    expect(disk.storedBytes).toBe(BLOCK);
    disk.discard(2 ** 39, BLOCK);
    expect(disk.storedBytes).toBe(0);
  });

  for (const seed of [1, 2, 3]) {
    it(`is as a plain array, seed ${seed}`, async () => {
      const random = seededRandom(seed);
      const sectors = 1000;
      const below = random.int;
      let disk = new InstanceStoreDisk(sectors * 512);
      const model = new Uint8Array(sectors * 512);
      for (let step = 0; step < 1000; step++) {
        const offset = below(sectors) * 512;
        const length = Math.min((1 + below(400)) * 512, model.byteLength - offset);
        const what = below(10);
        if (what < 4) {
          const data = new Uint8Array(length).fill(below(3));
          disk.write(offset, data);
          model.set(data, offset);
        } else if (what < 6) {
          disk.discard(offset, length);
          model.fill(0, offset, offset + length);
        } else if (what < 9) {
          expect(Buffer.compare(await disk.read(offset, length), model.subarray(offset, offset + length))).toBe(0);
        } else {
          const saved = structuredClone(disk.saveState());
          await disk.close();
          disk = new InstanceStoreDisk(sectors * 512);
          disk.restoreState(saved);
        }
      }
      expect(Buffer.compare(disk.readCached(0, model.byteLength), model)).toBe(0);
    });
  }

  it("fails a write for which there is no memory, and goes on", () => {
    let room = 1;
    const disk = new InstanceStoreDisk(2 ** 30, (bytes) => {
      if (room-- <= 0) throw new RangeError("Array buffer allocation failed");
      return new Uint8Array(bytes);
    });
    const data = new Uint8Array(512).fill(7);
    disk.write(0, data);
    expect(() => disk.write(BLOCK, data)).toThrow(expect.objectContaining({ code: "InstanceStore.OutOfMemory" }));
    expect(disk.readCached(0, 512)).toEqual(data);
    expect(disk.readCached(BLOCK, 512)).toEqual(new Uint8Array(512));
    room = 1;
    disk.write(BLOCK, data);
    expect(disk.readCached(BLOCK, 512)).toEqual(data);
  });

  it("refuses the content of a disk of another size", () => {
    const saved = new InstanceStoreDisk(1024).saveState();
    expect(() => new InstanceStoreDisk(2048).restoreState(saved)).toThrow("1024");
  });
});
