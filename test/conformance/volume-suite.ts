import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES, PAGE_BLOCKS } from "../../src/blockstore/geometry.ts";
import type { DiskImage } from "../../src/blockstore/image-disk.ts";
import { type ImageSource, openImageSource } from "../../src/blockstore/image-source.ts";
import { type OpenVolumeOptions, openVolume, readVolume } from "../../src/blockstore/open-volume.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume, deleteVolume, freezeHead, volumeUsage } from "../../src/blockstore/volumes.ts";
import type { KeyValueStore, OpenStore, StoreKey } from "../../src/store/key-value-store.ts";
import { makeImage, pattern, sameBytes } from "./image-fixture.ts";
import type { StoreBackend } from "./store-suite.ts";

const PAGE_BYTES = PAGE_BLOCKS * BLOCK_BYTES;
const CHUNK = 2 * BLOCK_BYTES;

/** What is asked of a store, as it is asked. */
interface StoreLog {
  reads: StoreKey[];
  commits: number;
}

function logged(openStore: OpenStore, log: StoreLog): OpenStore {
  return async (database) => {
    const store = await openStore(database);
    const spy: KeyValueStore = {
      get: (key) => {
        log.reads.push(key);
        return store.get(key);
      },
      getMany: (keys) => {
        log.reads.push(...keys);
        return store.getMany(keys);
      },
      entries: (range) => store.entries(range),
      keys: (range) => store.keys(range),
      commit: (operations, options) => {
        log.commits++;
        return store.commit(operations, options);
      },
      close: () => store.close(),
    };
    return spy;
  };
}

/** What every volume does, whatever the store: run in memory and in the browser's IndexedDB. The rules are those of SPEC.md. */
export function describeVolume(name: string, backend: StoreBackend): void {
  describe(`a volume in ${name}`, () => {
    const content = new Uint8Array(8 * CHUNK + 1024);
    content.set(pattern(3 * CHUNK), 0);
    content.set(pattern(2 * CHUNK + 1024, 5), 6 * CHUNK);
    const size = 2 * PAGE_BYTES + 3 * BLOCK_BYTES + 512;
    let counter = 0;
    let database: string;
    let log: StoreLog;
    let openStore: OpenStore;
    let image: DiskImage;
    let source: ImageSource;
    let fetches: number;
    const opened: Volume[] = [];

    const open = async (volumeId: string, options: Partial<OpenVolumeOptions> = {}): Promise<Volume> => {
      const volume = await openVolume({ database, volumeId, openStore, image: source, ...options });
      opened.push(volume);
      return volume;
    };
    const make = (volumeId: string, onImage = true, sizeBytes = size) =>
      createVolume({ database, volumeId, sizeBytes, image: onImage ? image : null }, { openStore });
    const expected = (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      bytes.set(content.subarray(offset, offset + length));
      return bytes;
    };
    const expectSame = (got: Uint8Array | undefined, want: Uint8Array) =>
      expect(got !== undefined && sameBytes(got, want)).toBe(true);
    const stored = async (what: "block" | "map") => {
      const store = await backend.open(database);
      const keys = await store.keys({ prefix: [what] });
      await store.close();
      return keys.map((key) => Number(key[2]));
    };

    beforeEach(async () => {
      database = `volumes-${Date.now()}-${counter++}`;
      log = { reads: [], commits: 0 };
      openStore = logged(backend.open, log);
      const fixture = await makeImage(content, CHUNK);
      image = fixture.image;
      fetches = 0;
      source = await openImageSource(image, {
        openStore: (cache) => backend.open(`${database}-${cache}`),
        fetch: async (url) => {
          fetches++;
          return new Response(fixture.files.get(String(url)));
        },
      });
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((volume) => volume.close()));
      await source.close();
      await backend.destroy(database);
      await backend.destroy(`${database}-tabvisor-image-cache`);
    });

    it("B1 B5 reads the image, then what was written over it, then zeros beyond it", async () => {
      await make("vol-1");
      const volume = await open("vol-1");
      expect(volume.sizeBytes).toBe(size);
      expectSame(await volume.read(0, content.byteLength + 4096), expected(0, content.byteLength + 4096));
      const data = pattern(3 * BLOCK_BYTES, 9);
      await volume.write(BLOCK_BYTES + 512, data);
      const want = expected(0, 6 * BLOCK_BYTES);
      want.set(data, BLOCK_BYTES + 512);
      expectSame(await volume.read(0, 6 * BLOCK_BYTES), want);
      expectSame(volume.readCached(BLOCK_BYTES + 512, data.byteLength), data);
      await volume.close();
      expectSame(await (await open("vol-1")).read(0, 6 * BLOCK_BYTES), want);
    });

    it("B1 writes the last sectors of a disk that ends within a block", async () => {
      await make("vol-1", false);
      const volume = await open("vol-1");
      const data = pattern(1024);
      await volume.write(size - 1024, data);
      await volume.close();
      const again = await open("vol-1");
      expectSame(await again.read(size - 1024, 1024), data);
      await again.discard(size - 512, 512);
      expectSame(await again.read(size - 512, 512), new Uint8Array(512));
      await again.close();
      expect(await stored("block"), "discarded up to the end, the last block is whole").toEqual([
        size / BLOCK_BYTES - 512 / BLOCK_BYTES - 1,
      ]);
    });

    it("B2 B31 reads each block once from the store, through any number of layers", async () => {
      await make("vol-1");
      const want = expected(0, 16 * BLOCK_BYTES);
      const layers: string[] = [];
      for (let layer = 0; layer < 5; layer++) {
        const volume = await open("vol-1");
        const data = pattern(2 * BLOCK_BYTES, 20 + layer);
        await volume.write(layer * BLOCK_BYTES, data);
        want.set(data, layer * BLOCK_BYTES);
        await volume.discard((10 + layer) * BLOCK_BYTES, BLOCK_BYTES);
        want.fill(0, (10 + layer) * BLOCK_BYTES, (11 + layer) * BLOCK_BYTES);
        await volume.close();
        log.commits = 0;
        layers.push(await freezeHead({ database, volumeId: "vol-1" }, { openStore }));
        expect(log.commits).toBe(1);
      }
      const volume = await open("vol-1");
      log.reads = [];
      expectSame(await volume.read(0, 16 * BLOCK_BYTES), want);
      const blocks = log.reads.filter(([what]) => what === "block");
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
      expectSame(await (await open("vol-1")).read(0, 16 * BLOCK_BYTES), want);
    });

    it("B3 opens without reading a block or a page", async () => {
      await make("vol-1");
      const first = await open("vol-1");
      await first.write(0, pattern(40 * BLOCK_BYTES));
      await first.close();
      log.reads = [];
      await open("vol-1");
      expect(log.reads.map(([what]) => what)).toEqual(["record", "record", "record"]);
      expect(fetches).toBe(0);
    });

    it.each([
      [-512, 512],
      [1, 512],
      [0, 100],
      [size - 512, 1024],
      [size, 512],
    ])("B4 refuses the range %i + %i", async (offset, length) => {
      await make("vol-1");
      const volume = await open("vol-1");
      const error = { code: "Volume.OutOfRange" };
      expect(volume.readCached(offset, length)).toBeUndefined();
      await expect(volume.read(offset, length)).rejects.toMatchObject(error);
      await expect(volume.write(offset, new Uint8Array(length))).rejects.toMatchObject(error);
      await expect(volume.discard(offset, length)).rejects.toMatchObject(error);
    });

    it("B7 knows from memory what was written, what is zeros, and what it has read; else does no I/O", async () => {
      await make("vol-1");
      const volume = await open("vol-1");
      log.reads = [];
      expectSame(volume.readCached(3 * CHUNK, CHUNK), new Uint8Array(CHUNK));
      expect(volume.readCached(0, 512)).toBeUndefined();
      expect(log.reads).toEqual([]);
      await volume.read(0, 512);
      expectSame(volume.readCached(0, CHUNK), expected(0, CHUNK));
    });

    it("B8 acknowledges at once what needs no I/O, and has copied it", async () => {
      await make("vol-1", false);
      const volume = await open("vol-1");
      const data = pattern(4096);
      expect(volume.write(4096, data)).toBeUndefined();
      data.fill(0);
      expectSame(await volume.read(4096, 4096), pattern(4096));
    });

    it("B9 B10 B16 gives back the space of what is discarded or written with zeros", async () => {
      await make("vol-1");
      const volume = await open("vol-1");
      await volume.write(0, pattern(8 * BLOCK_BYTES));
      await volume.flush();
      expect(await stored("block")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(volume.stats().storedBytes).toBe(8 * BLOCK_BYTES);
      await volume.discard(BLOCK_BYTES - 512, 2 * BLOCK_BYTES + 1024);
      await volume.write(5 * BLOCK_BYTES, new Uint8Array(BLOCK_BYTES));
      await volume.flush();
      expect(await stored("block")).toEqual([0, 3, 4, 6, 7]);
      const want = pattern(8 * BLOCK_BYTES);
      want.fill(0, BLOCK_BYTES - 512, 3 * BLOCK_BYTES + 512);
      want.fill(0, 5 * BLOCK_BYTES, 6 * BLOCK_BYTES);
      expectSame(await volume.read(0, 8 * BLOCK_BYTES), want);
      await volume.close();
      expectSame(await (await open("vol-1")).read(0, 8 * BLOCK_BYTES), want);
      expect(await volumeUsage({ database, volumeId: "vol-1" }, { openStore })).toEqual({
        sizeBytes: size,
        storedBytes: 5 * BLOCK_BYTES,
      });
    });

    it("B9 discards a whole disk, and passes over what was never written", async () => {
      const huge = 2 ** 41;
      await make("vol-1", true, huge);
      const volume = await open("vol-1");
      await volume.write(huge - BLOCK_BYTES, pattern(BLOCK_BYTES));
      await volume.write(0, pattern(BLOCK_BYTES));
      await volume.flush();
      await volume.discard(0, huge);
      await volume.flush();
      expect(await stored("block")).toEqual([]);
      expect((await stored("map")).toSorted((a, b) => a - b)).toEqual([0, huge / PAGE_BYTES - 1]);
      expectSame(await volume.read(0, 4 * CHUNK), new Uint8Array(4 * CHUNK));
      await volume.close();
      expectSame(await (await open("vol-1")).read(0, 4 * CHUNK), new Uint8Array(4 * CHUNK));
    });

    it("B10 stores nothing for zeros over zeros", async () => {
      await make("vol-1", false);
      const volume = await open("vol-1");
      await volume.write(0, new Uint8Array(4 * BLOCK_BYTES));
      await volume.discard(PAGE_BYTES, 2 * BLOCK_BYTES);
      await volume.close();
      expect(await stored("block")).toEqual([]);
      expect(await stored("map")).toEqual([]);
    });

    it("B11 B14 stores a long run of writes without a flush, in bounded memory", async () => {
      await make("vol-1", false);
      const limits = { cacheBytes: 4 * BLOCK_BYTES, writeBackBytes: 8 * BLOCK_BYTES, dirtyBytes: 16 * BLOCK_BYTES };
      const volume = await open("vol-1", { limits });
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
      await make("vol-1", false);
      const volume = await open("vol-1");
      log.commits = 0;
      await volume.flush();
      expect(log.commits).toBe(0);
      await volume.write(0, pattern(512));
      const first = volume.flush();
      await volume.write(BLOCK_BYTES, pattern(512));
      await Promise.all([first, volume.flush(), volume.flush(), volume.flush()]);
      expect(log.commits).toBe(2);
      expect(await stored("block")).toEqual([0, 1]);
    });

    it("B17 stores what is acknowledged while it closes, and nothing works afterwards", async () => {
      await make("vol-1", false);
      const volume = await open("vol-1");
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
      expect(await stored("block")).toEqual([0, 1]);
    });

    it("B17 loses what was not stored when abandoned", async () => {
      await make("vol-1");
      const volume = await open("vol-1");
      await volume.write(0, new Uint8Array(512));
      await volume.abandon();
      expectSame(await (await open("vol-1")).read(0, 512), expected(0, 512));
    });

    it("B18 keeps two volumes over one image apart", async () => {
      await make("vol-1");
      await make("vol-2");
      const [one, two] = [await open("vol-1"), await open("vol-2")];
      await Promise.all([one.write(512, pattern(CHUNK, 1)), two.write(1024, pattern(CHUNK, 2))]);
      await Promise.all([one.discard(5 * CHUNK, 4 * CHUNK), one.flush(), two.flush()]);
      await Promise.all([one.close(), two.close()]);
      const [first, second] = [expected(0, content.byteLength), expected(0, content.byteLength)];
      first.set(pattern(CHUNK, 1), 512);
      first.fill(0, 5 * CHUNK);
      second.set(pattern(CHUNK, 2), 1024);
      expectSame(await (await open("vol-1")).read(0, content.byteLength), first);
      expectSame(await (await open("vol-2")).read(0, content.byteLength), second);
      await make("vol-3");
      expectSame(await (await open("vol-3")).read(0, content.byteLength), expected(0, content.byteLength));
    });

    it("B19 deletes a volume with all it stored, and nothing of another", async () => {
      await make("vol-1");
      await make("vol-2");
      for (const id of ["vol-1", "vol-2"]) {
        const volume = await open(id);
        await volume.write(0, pattern(2 * BLOCK_BYTES));
        await volume.close();
      }
      await freezeHead({ database, volumeId: "vol-1" }, { openStore });
      log.commits = 0;
      await deleteVolume({ database, volumeId: "vol-1" }, { openStore });
      expect(log.commits).toBe(1);
      expect(await stored("block")).toEqual([0, 1]);
      await expect(open("vol-1")).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
      expectSame(await (await open("vol-2")).read(0, 512), pattern(512));
      await Promise.all(opened.splice(0).map((volume) => volume.close()));
      await deleteVolume({ database, volumeId: "vol-2" }, { openStore });
      const store = await backend.open(database);
      expect(await store.keys({ prefix: [] })).toEqual([]);
      await store.close();
    });

    it("B19 refuses sizes that no disk can have, and what does not exist or exists already", async () => {
      const invalid = { code: "InvalidParameterValue" };
      for (const bytes of [0, -512, 513, 1.5, Number.NaN, 2 ** 41 + 512]) {
        await expect(make("vol-1", false, bytes)).rejects.toMatchObject(invalid);
      }
      await expect(make("vol-1", true, content.byteLength - 512)).rejects.toMatchObject(invalid);
      await make("vol-1", true, content.byteLength);
      await expect(make("vol-1")).rejects.toMatchObject({ code: "Volume.AlreadyExists" });
      const address = { database, volumeId: "vol-9" };
      for (const attempt of [deleteVolume, volumeUsage, freezeHead]) {
        await expect(attempt(address, { openStore })).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
      }
    });

    it("B28 stands on the image it was made from, whatever image it is opened with", async () => {
      await make("vol-1");
      const other = await makeImage(pattern(content.byteLength, 77), CHUNK);
      const newer = await openImageSource(other.image, { openStore: backend.open });
      const fetched: string[] = [];
      const { fetch } = globalThis;
      globalThis.fetch = async (url) => {
        fetched.push(String(url));
        return new Response("", { status: 404 });
      };
      try {
        const cached = await open("vol-1"); // Puts what it reads into the cache…
        await cached.read(0, 512);
        const volume = await open("vol-1", {
          image: newer,
          imageUrl: "https://moved.test/",
          openStore: (db) => openStore(db.startsWith("tabvisor") ? `${database}-${db}` : db),
        });
        await source.close();
        expectSame(await volume.read(0, 512), expected(0, 512)); // … from where another source of the same image takes it.
        expect(fetched).toEqual([]);
      } finally {
        globalThis.fetch = fetch;
      }
      await newer.close();
    });

    it("B30 refuses to write when open for reading", async () => {
      await make("vol-1");
      const volume = await open("vol-1", { readOnly: true });
      expect(volume.readOnly).toBe(true);
      await expect(volume.write(0, pattern(512))).rejects.toMatchObject({ code: "Volume.ReadOnly" });
      await expect(volume.discard(0, 512)).rejects.toMatchObject({ code: "Volume.ReadOnly" });
      await volume.flush();
      expectSame(await volume.read(0, 512), expected(0, 512));
    });

    it("streams a volume from first byte to last", async () => {
      await make("vol-1", true, content.byteLength + 512);
      const volume = await open("vol-1");
      await volume.write(4096, pattern(4096, 3));
      await volume.close();
      const want = expected(0, content.byteLength + 512);
      want.set(pattern(4096, 3), 4096);
      const got = new Uint8Array(want.byteLength);
      let offset = 0;
      for await (const part of readVolume({ database, volumeId: "vol-1", openStore, image: source })) {
        got.set(part, offset);
        offset += part.byteLength;
      }
      expect(offset).toBe(want.byteLength);
      expectSame(got, want);
    });
  });
}
