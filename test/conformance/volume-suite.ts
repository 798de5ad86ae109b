import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES } from "../../src/blockstore/geometry.ts";
import { volumeUsage } from "../../src/blockstore/usage.ts";
import { freezeHead } from "../../src/blockstore/volumes.ts";
import { pattern } from "./image-fixture.ts";
import type { StoreBackend } from "./store-suite.ts";
import { CHUNK, CONTENT, expectSame, PAGE_BYTES, SIZE, VolumeLab } from "./volume-lab.ts";

/** What every volume does, whatever the store: run in memory and in the browser's IndexedDB. The rules are those of SPEC.md. */
export function describeVolume(name: string, backend: StoreBackend): void {
  describe(`a volume in ${name}`, () => {
    let lab: VolumeLab;
    beforeEach(async () => {
      lab = await VolumeLab.make(backend);
    });
    afterEach(() => lab.dispose());

    it("B1 B5 reads the image, then what was written over it, then zeros beyond it", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      expect(volume.sizeBytes).toBe(SIZE);
      expectSame(await volume.read(0, CONTENT.byteLength + 4096), lab.expected(0, CONTENT.byteLength + 4096));
      const data = pattern(3 * BLOCK_BYTES, 9);
      await volume.write(BLOCK_BYTES + 512, data);
      const want = lab.expected(0, 6 * BLOCK_BYTES);
      want.set(data, BLOCK_BYTES + 512);
      expectSame(await volume.read(0, 6 * BLOCK_BYTES), want);
      expectSame(volume.readCached(BLOCK_BYTES + 512, data.byteLength), data);
      await volume.close();
      expectSame(await (await lab.open("vol-1")).read(0, 6 * BLOCK_BYTES), want);
    });

    it("B1 writes the last sectors of a disk that ends within a block", async () => {
      await lab.make("vol-1", false);
      const volume = await lab.open("vol-1");
      const data = pattern(1024);
      await volume.write(SIZE - 1024, data);
      await volume.close();
      const again = await lab.open("vol-1");
      expectSame(await again.read(SIZE - 1024, 1024), data);
      await again.discard(SIZE - 512, 512);
      expectSame(await again.read(SIZE - 512, 512), new Uint8Array(512));
      await again.close();
      expect(await lab.stored("block"), "discarded up to the end, the last block is whole").toEqual([
        SIZE / BLOCK_BYTES - 512 / BLOCK_BYTES - 1,
      ]);
    });

    it("B2 B31 reads each block once from the store, through any number of layers", async () => {
      await lab.make("vol-1");
      const want = lab.expected(0, 16 * BLOCK_BYTES);
      const layers: string[] = [];
      for (let layer = 0; layer < 5; layer++) {
        const volume = await lab.open("vol-1");
        const data = pattern(2 * BLOCK_BYTES, 20 + layer);
        await volume.write(layer * BLOCK_BYTES, data);
        want.set(data, layer * BLOCK_BYTES);
        await volume.discard((10 + layer) * BLOCK_BYTES, BLOCK_BYTES);
        want.fill(0, (10 + layer) * BLOCK_BYTES, (11 + layer) * BLOCK_BYTES);
        await volume.close();
        lab.log.commits = 0;
        layers.push(await freezeHead(lab.address("vol-1"), { openStore: lab.openStore }));
        expect(lab.log.commits).toBe(1);
      }
      const volume = await lab.open("vol-1");
      lab.log.reads = [];
      expectSame(await volume.read(0, 16 * BLOCK_BYTES), want);
      const blocks = lab.log.reads.filter(([what]) => what === "block");
      expect(blocks.toSorted((a, b) => Number(a[2]) - Number(b[2]))).toEqual([
        ["block", layers[0], 0],
        ["block", layers[1], 1],
        ["block", layers[2], 2],
        ["block", layers[3], 3],
        ["block", layers[4], 4],
        ["block", layers[4], 5],
      ]);
      await volume.write(0, pattern(512));
      await volume.discard(4 * BLOCK_BYTES, BLOCK_BYTES);
      await volume.flush();
      want.set(pattern(512), 0);
      want.fill(0, 4 * BLOCK_BYTES, 5 * BLOCK_BYTES);
      await volume.close();
      expectSame(await (await lab.open("vol-1")).read(0, 16 * BLOCK_BYTES), want);
    });

    it("B3 opens without reading a block or a page", async () => {
      await lab.make("vol-1");
      const first = await lab.open("vol-1");
      await first.write(0, pattern(40 * BLOCK_BYTES));
      await first.close();
      lab.log.reads = [];
      await lab.open("vol-1");
      expect(lab.log.reads.map(([what]) => what)).toEqual(Array(6).fill("record"));
      expect(lab.fetches).toBe(0);
    });

    it.each([
      [-512, 512],
      [1, 512],
      [0, 100],
      [SIZE - 512, 1024],
      [SIZE, 512],
    ])("B4 refuses the range %i + %i", async (offset, length) => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      const error = { code: "Volume.OutOfRange" };
      expect(volume.readCached(offset, length)).toBeUndefined();
      await expect(volume.read(offset, length)).rejects.toMatchObject(error);
      await expect(volume.write(offset, new Uint8Array(length))).rejects.toMatchObject(error);
      await expect(volume.discard(offset, length)).rejects.toMatchObject(error);
    });

    it("B7 knows from memory what was written, what is zeros, and what it has read; else does no I/O", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      lab.log.reads = [];
      expectSame(volume.readCached(3 * CHUNK, CHUNK), new Uint8Array(CHUNK));
      expect(volume.readCached(0, 512)).toBeUndefined();
      expect(lab.log.reads).toEqual([]);
      await volume.read(0, 512);
      expectSame(volume.readCached(0, CHUNK), lab.expected(0, CHUNK));
    });

    it("B8 acknowledges at once what needs no I/O, and has copied it", async () => {
      await lab.make("vol-1", false);
      const volume = await lab.open("vol-1");
      const data = pattern(4096);
      expect(volume.write(4096, data)).toBeUndefined();
      data.fill(0);
      expectSame(await volume.read(4096, 4096), pattern(4096));
    });

    it("B9 B10 B16 gives back the space of what is discarded or written with zeros", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      await volume.write(0, pattern(8 * BLOCK_BYTES));
      await volume.flush();
      expect(await lab.stored("block")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(volume.stats().storedBytes).toBe(8 * BLOCK_BYTES);
      await volume.discard(BLOCK_BYTES - 512, 2 * BLOCK_BYTES + 1024);
      await volume.write(5 * BLOCK_BYTES, new Uint8Array(BLOCK_BYTES));
      await volume.flush();
      expect(await lab.stored("block")).toEqual([0, 3, 4, 6, 7]);
      const want = pattern(8 * BLOCK_BYTES);
      want.fill(0, BLOCK_BYTES - 512, 3 * BLOCK_BYTES + 512);
      want.fill(0, 5 * BLOCK_BYTES, 6 * BLOCK_BYTES);
      expectSame(await volume.read(0, 8 * BLOCK_BYTES), want);
      await volume.close();
      expectSame(await (await lab.open("vol-1")).read(0, 8 * BLOCK_BYTES), want);
      expect(await volumeUsage(lab.address("vol-1"), { openStore: lab.openStore })).toEqual({
        sizeBytes: SIZE,
        storedBytes: 5 * BLOCK_BYTES,
      });
    });

    it("B9 discards a whole disk, and passes over what was never written", async () => {
      const huge = 2 ** 41;
      await lab.make("vol-1", true, huge);
      const volume = await lab.open("vol-1");
      await volume.write(huge - BLOCK_BYTES, pattern(BLOCK_BYTES));
      await volume.write(0, pattern(BLOCK_BYTES));
      await volume.flush();
      await volume.discard(0, huge);
      await volume.flush();
      expect(await lab.stored("block")).toEqual([]);
      expect((await lab.stored("map")).toSorted((a, b) => a - b)).toEqual([0, huge / PAGE_BYTES - 1]);
      expectSame(await volume.read(0, 4 * CHUNK), new Uint8Array(4 * CHUNK));
      await volume.close();
      expectSame(await (await lab.open("vol-1")).read(0, 4 * CHUNK), new Uint8Array(4 * CHUNK));
    });

    it("B10 stores nothing for zeros over zeros", async () => {
      await lab.make("vol-1", false);
      const volume = await lab.open("vol-1");
      await volume.write(0, new Uint8Array(4 * BLOCK_BYTES));
      await volume.discard(PAGE_BYTES, 2 * BLOCK_BYTES);
      await volume.close();
      expect(await lab.stored("block")).toEqual([]);
      expect(await lab.stored("map")).toEqual([]);
    });

    it("B11 B14 stores a long run of writes without a flush, in bounded memory", async () => {
      await lab.make("vol-1", false);
      const limits = { cacheBytes: 4 * BLOCK_BYTES, writeBackBytes: 8 * BLOCK_BYTES, dirtyBytes: 16 * BLOCK_BYTES };
      const volume = await lab.open("vol-1", { limits });
      const data = pattern(200 * BLOCK_BYTES);
      for (let offset = 0; offset < data.byteLength; offset += 2 * BLOCK_BYTES) {
        await volume.write(offset, data.subarray(offset, offset + 2 * BLOCK_BYTES));
        const { unstoredBytes, cachedBytes } = volume.stats();
        expect(unstoredBytes).toBeLessThanOrEqual(18 * BLOCK_BYTES);
        expect(cachedBytes).toBeLessThanOrEqual(4 * BLOCK_BYTES);
      }
      expect(volume.stats().commits).toBeGreaterThan(5);
      await volume.flush();
      expect(volume.stats()).toMatchObject({ unstoredBytes: 0, storedBytes: data.byteLength, flushes: 1 });
      expectSame(await volume.read(0, data.byteLength), data);
    });

    it("B13 shares commits among flushes, and makes none for nothing", async () => {
      await lab.make("vol-1", false);
      const volume = await lab.open("vol-1");
      lab.log.commits = 0;
      await volume.flush();
      expect(lab.log.commits).toBe(0);
      await volume.write(0, pattern(512));
      const first = volume.flush();
      await volume.write(BLOCK_BYTES, pattern(512));
      await Promise.all([first, volume.flush(), volume.flush(), volume.flush()]);
      expect(lab.log.commits).toBe(2);
      expect(await lab.stored("block")).toEqual([0, 1]);
    });

    it("B17 stores what is acknowledged while it closes, and nothing works afterwards", async () => {
      await lab.make("vol-1", false);
      const volume = await lab.open("vol-1");
      await volume.write(0, pattern(512));
      const closing = volume.close();
      await volume.write(BLOCK_BYTES, pattern(512));
      await Promise.all([closing, volume.close()]);
      const closed = { code: "Volume.Closed" };
      expect(volume.readCached(0, 512)).toBeUndefined();
      await expect(volume.read(0, 512)).rejects.toMatchObject(closed);
      await expect(volume.write(0, pattern(512))).rejects.toMatchObject(closed);
      await expect(volume.discard(0, 512)).rejects.toMatchObject(closed);
      await expect(volume.flush()).rejects.toMatchObject(closed);
      await volume.close();
      expect(await lab.stored("block")).toEqual([0, 1]);
    });

    it("B17 loses what was not stored when abandoned", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      await volume.write(0, new Uint8Array(512));
      await volume.abandon();
      expectSame(await (await lab.open("vol-1")).read(0, 512), lab.expected(0, 512));
    });

    it("B18 keeps two volumes over one image apart", async () => {
      await lab.make("vol-1");
      await lab.make("vol-2");
      const [one, two] = [await lab.open("vol-1"), await lab.open("vol-2")];
      await Promise.all([one.write(512, pattern(CHUNK, 1)), two.write(1024, pattern(CHUNK, 2))]);
      await Promise.all([one.discard(5 * CHUNK, 4 * CHUNK), one.flush(), two.flush()]);
      await Promise.all([one.close(), two.close()]);
      const [first, second] = [lab.expected(0, CONTENT.byteLength), lab.expected(0, CONTENT.byteLength)];
      first.set(pattern(CHUNK, 1), 512);
      first.fill(0, 5 * CHUNK);
      second.set(pattern(CHUNK, 2), 1024);
      expectSame(await (await lab.open("vol-1")).read(0, CONTENT.byteLength), first);
      expectSame(await (await lab.open("vol-2")).read(0, CONTENT.byteLength), second);
      await lab.make("vol-3");
      expectSame(await (await lab.open("vol-3")).read(0, CONTENT.byteLength), lab.expected(0, CONTENT.byteLength));
    });
  });
}
