import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectGarbage } from "../../src/blockstore/collect-garbage.ts";
import { BLOCK_BYTES } from "../../src/blockstore/geometry.ts";
import { openSnapshot, readSnapshot } from "../../src/blockstore/open-volume.ts";
import { deleteSnapshot, rollbackVolume, snapshotVolume } from "../../src/blockstore/snapshots.ts";
import { databaseUsage, snapshotUsage, volumeChain, volumeUsage } from "../../src/blockstore/usage.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume, deleteVolume, freezeHead, resizeVolume } from "../../src/blockstore/volumes.ts";
import { pattern } from "./image-fixture.ts";
import type { StoreBackend } from "./store-suite.ts";
import { CHUNK, CONTENT, expectSame, PAGE_BYTES, SIZE, VolumeLab } from "./volume-lab.ts";

const B = BLOCK_BYTES;

/** What snapshots keep, and what the collection of garbage leaves, whatever the store. Rows F39, F42, F49, F50. */
export function describeSnapshots(name: string, backend: StoreBackend): void {
  describe(`snapshots in ${name}`, () => {
    let lab: VolumeLab;
    beforeEach(async () => {
      lab = await VolumeLab.make(backend);
    });
    afterEach(() => lab.dispose());

    const surroundings = () => ({ openStore: lab.openStore });
    const database = () => ({ database: lab.database });
    const snapshot = (volumeId: string, snapshotId: string) =>
      snapshotVolume({ ...lab.address(volumeId), snapshotId }, surroundings());
    const unsnapshot = (snapshotId: string) => deleteSnapshot({ ...database(), snapshotId }, surroundings());
    const collect = () => collectGarbage(database(), surroundings());
    const clone = (volumeId: string, snapshotId: string, sizeBytes = SIZE) =>
      createVolume({ ...lab.address(volumeId), sizeBytes, image: null, snapshotId }, surroundings());
    /** Opens, changes and closes a volume. */
    const change = async (volumeId: string, work: (volume: Volume) => Promise<unknown> | undefined) => {
      const volume = await lab.open(volumeId);
      await work(volume);
      await volume.close();
    };
    const write = (volumeId: string, block: number, seed: number, blocks = 1) =>
      change(volumeId, (volume) => volume.write(block * B, pattern(blocks * B, seed)));
    const expectBlock = async (disk: Volume, block: number, seed: number) =>
      expectSame(await disk.read(block * B, B), seed === 0 ? new Uint8Array(B) : pattern(B, seed));
    const openOf = (snapshotId: string) =>
      openSnapshot({ ...database(), snapshotId, ...surroundings(), image: lab.source });

    it("B33 B34 F49 keeps a volume as it was, for any number of volumes, which never see each other", async () => {
      await lab.make("vol-1");
      await write("vol-1", 0, 1);
      lab.log.commits = 0;
      await snapshot("vol-1", "snap-1");
      expect(lab.log.commits).toBe(1);
      await write("vol-1", 0, 2);
      await clone("vol-2", "snap-1");
      await clone("vol-3", "snap-1", SIZE + B);
      await write("vol-2", 1, 3);
      const [one, two, three] = [await lab.open("vol-1"), await lab.open("vol-2"), await lab.open("vol-3")];
      await expectBlock(one, 0, 2);
      await expectBlock(two, 0, 1);
      await expectBlock(two, 1, 3);
      await expectBlock(three, 0, 1);
      expectSame(await three.read(B, CONTENT.byteLength - B), lab.expected(B, CONTENT.byteLength - B));
      expect(three.sizeBytes).toBe(SIZE + B);
      const kept = await openOf("snap-1");
      await expectBlock(kept, 0, 1);
      await expect(kept.write(0, pattern(512))).rejects.toMatchObject({ code: "Volume.ReadOnly" });
      await expect(kept.snapshot("snap-2")).rejects.toMatchObject({ code: "Volume.ReadOnly" });
      expect(kept.sizeBytes).toBe(SIZE);
      await kept.close();
    });

    it("B33 streams a snapshot from first byte to last", async () => {
      await lab.make("vol-1", true, CONTENT.byteLength);
      await write("vol-1", 1, 1);
      await snapshot("vol-1", "snap-1");
      await write("vol-1", 1, 2);
      const want = lab.expected(0, CONTENT.byteLength);
      want.set(pattern(B, 1), B);
      const parts: Uint8Array[] = [];
      for await (const part of readSnapshot({
        ...database(),
        snapshotId: "snap-1",
        ...surroundings(),
        image: lab.source,
      }))
        parts.push(part);
      expectSame(new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer()), want);
    });

    it("B34 F39 refuses a volume that is smaller than its snapshot, or begins with two things, or with none", async () => {
      await lab.make("vol-1");
      await snapshot("vol-1", "snap-1");
      await expect(clone("vol-2", "snap-1", SIZE - 512)).rejects.toMatchObject({ code: "InvalidParameterValue" });
      await expect(clone("vol-2", "snap-9")).rejects.toMatchObject({ code: "InvalidSnapshot.NotFound" });
      await expect(clone("vol-1", "snap-1")).rejects.toMatchObject({ code: "Volume.AlreadyExists" });
      const image = { url: "https://x.test/", manifest: { name: "x", version: "1", disk: noDisk } };
      const both = { ...lab.address("vol-2"), sizeBytes: SIZE, image, snapshotId: "snap-1" };
      await expect(createVolume(both, surroundings())).rejects.toMatchObject({ code: "InvalidParameterCombination" });
      for (const attempt of [unsnapshot, openOf]) {
        await expect(attempt("snap-9")).rejects.toMatchObject({ code: "InvalidSnapshot.NotFound" });
      }
    });

    it("B35 F49 has everything acknowledged before the call, and nothing after", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      await volume.write(0, pattern(4 * B, 1));
      await volume.flush();
      await volume.write(B, pattern(B, 2));
      await volume.discard(3 * B, B);
      const made = volume.snapshot("snap-1");
      // All of them touch what the snapshot has yet to store.
      await volume.write(B + 512, pattern(512, 3));
      await volume.write(2 * B, pattern(B, 4));
      await volume.discard(0, B);
      await volume.write(3 * B, pattern(B, 5));
      await made;
      const want = lab.expected(0, 5 * B);
      want.set(pattern(4 * B, 1));
      want.set(pattern(B, 2), B);
      want.fill(0, 3 * B, 4 * B);
      const kept = await openOf("snap-1");
      expectSame(await kept.read(0, 5 * B), want);
      want.fill(0, 0, B);
      want.set(pattern(512, 3), B + 512);
      want.set(pattern(B, 4), 2 * B);
      want.set(pattern(B, 5), 3 * B);
      expectSame(await volume.read(0, 5 * B), want);
      await volume.close();
      expectSame(await (await lab.open("vol-1")).read(0, 5 * B), want);
      expect((await volumeChain(lab.address("vol-1"), surroundings())).layers).toMatchObject([
        { frozen: false, storedBytes: 3 * B, snapshotIds: [] },
        { frozen: true, storedBytes: 3 * B, snapshotIds: ["snap-1"] },
      ]);
      await kept.close();
    });

    it("B35 F50 takes several volumes at one moment, though the guest goes on writing to both", async () => {
      const volumes: Volume[] = [];
      for (const id of ["vol-1", "vol-2"]) {
        await lab.make(id, false);
        volumes.push(await lab.open(id));
      }
      let count = 0;
      const both = () => {
        count++;
        return Promise.all(volumes.map((volume) => volume.write(0, new Uint8Array(512).fill(count))));
      };
      await both();
      for (let round = 0; round < 5; round++) {
        await both();
        const made = volumes.map((volume, i) => volume.snapshot(`snap-${round}-${i}`));
        await both();
        await Promise.all(made);
      }
      for (let round = 0; round < 5; round++) {
        const disks = [await openOf(`snap-${round}-0`), await openOf(`snap-${round}-1`)];
        const found = await Promise.all(disks.map(async (disk) => (await disk.read(0, 512))[0]));
        expect(found).toEqual([2 + 2 * round, 2 + 2 * round]);
        await Promise.all(disks.map((disk) => disk.close()));
      }
    });

    it("B36 B38 leaves everything as it was when the name is taken, or another snapshot is under way", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      await volume.write(0, pattern(B, 1));
      await volume.snapshot("snap-1");
      await volume.write(0, pattern(B, 2));
      const taken = volume.snapshot("snap-1");
      await volume.write(B, pattern(B, 3));
      await volume.discard(0, B);
      const flush = volume.flush();
      await expect(volume.snapshot("snap-2")).rejects.toMatchObject({ code: "SnapshotCreationPerVolumeRateExceeded" });
      await expect(taken).rejects.toMatchObject({ code: "Snapshot.AlreadyExists" });
      await flush;
      expect(volume.stats().unstoredBytes).toBe(0);
      await volume.close();
      await expect(snapshot("vol-1", "snap-1")).rejects.toMatchObject({ code: "Snapshot.AlreadyExists" });
      const again = await lab.open("vol-1");
      await expectBlock(again, 0, 0);
      await expectBlock(again, 1, 3);
      expect((await volumeChain(lab.address("vol-1"), surroundings())).layers.length).toBe(2);
    });

    it("B39 F50 rolls a volume back, which keeps its size, and may be rolled forth again", async () => {
      await lab.make("vol-1");
      await write("vol-1", 0, 1);
      await snapshot("vol-1", "snap-1");
      await write("vol-1", 0, 2);
      await write("vol-1", 9, 2);
      await snapshot("vol-1", "snap-2");
      await write("vol-1", 0, 3);
      await resizeVolume({ ...lab.address("vol-1"), sizeBytes: SIZE + B }, surroundings());
      await change("vol-1", (volume) => volume.write(SIZE - 512, pattern(1024)));
      const back = (snapshotId: string) => rollbackVolume({ ...lab.address("vol-1"), snapshotId }, surroundings());
      await back("snap-1");
      await collect();
      const volume = await lab.open("vol-1");
      expect(volume.sizeBytes).toBe(SIZE + B);
      await expectBlock(volume, 0, 1);
      expectSame(await volume.read(9 * B, B), lab.expected(9 * B, B));
      expectSame(await volume.read(SIZE - 512, 1024), new Uint8Array(1024));
      await volume.close();
      await back("snap-2");
      await expect(back("snap-9")).rejects.toMatchObject({ code: "InvalidSnapshot.NotFound" });
      const forth = await lab.open("vol-1");
      await expectBlock(forth, 0, 2);
      await expectBlock(forth, 9, 2);
    });

    it("B40 F42 grows at once, open or closed, and never shrinks", async () => {
      await lab.make("vol-1");
      const volume = await lab.open("vol-1");
      await volume.write(SIZE - 512, pattern(512, 1));
      await volume.resize(SIZE + 1024);
      await volume.resize(SIZE + 1024);
      await volume.write(SIZE, pattern(512, 2));
      await volume.discard(SIZE + 512, 512);
      const invalid = { code: "InvalidParameterValue" };
      await expect(volume.resize(SIZE)).rejects.toMatchObject(invalid);
      await expect(volume.resize(SIZE + 1025)).rejects.toMatchObject(invalid);
      await expect(volume.read(SIZE + 1024, 512)).rejects.toMatchObject({ code: "Volume.OutOfRange" });
      await volume.close();
      const resize = (sizeBytes: number) => resizeVolume({ ...lab.address("vol-1"), sizeBytes }, surroundings());
      await expect(resize(SIZE)).rejects.toMatchObject(invalid);
      await resize(SIZE + 2 * B);
      const again = await lab.open("vol-1");
      expect(again.sizeBytes).toBe(SIZE + 2 * B);
      expectSame(await again.read(SIZE - 512, 512), pattern(512, 1));
      expectSame(await again.read(SIZE, 512), pattern(512, 2));
      expectSame(await again.read(SIZE + 512, 2 * B - 512), new Uint8Array(2 * B - 512));
    });

    it("B41 B42 F49 deletes any snapshot of a chain, and the others and the volumes stay whole", async () => {
      for (const gone of [1, 2, 3]) {
        const id = `vol-${gone}`;
        const name = (n: number) => `snap-${gone}-${n}`;
        await lab.make(id);
        for (let n = 1; n <= 3; n++) {
          await write(id, 0, n);
          await write(id, n, n);
          if (n === 2) await change(id, (volume) => volume.discard(1 * B, B));
          await snapshot(id, name(n));
        }
        await unsnapshot(name(gone));
        const collected = await collect();
        expect(collected).toMatchObject({ layersDeleted: 0, layersMerged: 1 });
        expect(await collect()).toMatchObject({ layersMerged: 0, blocksMoved: 0 });
        for (const n of [1, 2, 3].filter((kept) => kept !== gone)) {
          const disk = await openOf(name(n));
          await expectBlock(disk, 0, n);
          await expectBlock(disk, n, n);
          await expectBlock(disk, 1, n === 1 ? 1 : 0);
          await disk.close();
        }
        const volume = await lab.open(id);
        await expectBlock(volume, 0, 3);
        await expectBlock(volume, 1, 0);
        await expectBlock(volume, 3, 3);
        expectSame(await volume.read(6 * CHUNK, CHUNK), lab.expected(6 * CHUNK, CHUNK));
        await volume.close();
        await deleteVolume(lab.address(id), surroundings());
        for (const n of [1, 2, 3].filter((kept) => kept !== gone)) await unsnapshot(name(n));
        await collect();
        expect(await lab.stored("block")).toEqual([]);
        expect(await lab.stored("map")).toEqual([]);
      }
      const store = await backend.open(lab.database);
      const kinds = (await store.keys({ prefix: ["record"] })).map(([, kind]) => kind);
      expect(kinds, "images that nothing stands on have gone too").toEqual(["blockstore.collection"]);
      await store.close();
    });

    it("B43 moves many blocks in many steps, each of which leaves everything readable", {
      timeout: 30_000,
    }, async () => {
      await lab.make("vol-1");
      const blocks = 90;
      await write("vol-1", 0, 1, blocks);
      await change("vol-1", (volume) => volume.write(PAGE_BYTES, pattern(4 * B, 2)));
      await snapshot("vol-1", "snap-1");
      await write("vol-1", 10, 3, 5);
      await change("vol-1", (volume) => volume.discard(20 * B, 5 * B));
      await snapshot("vol-1", "snap-2");
      await unsnapshot("snap-1");
      const want = pattern(blocks * B, 1);
      want.set(pattern(5 * B, 3), 10 * B);
      want.fill(0, 20 * B, 25 * B);
      const readers = [await openOf("snap-2"), await lab.open("vol-1")];
      const total = { layersDeleted: 0, layersMerged: 0, blocksMoved: 0, bytesFreed: 0 };
      for (let rounds = 0; total.layersMerged === 0; rounds++) {
        expect(rounds).toBeLessThan(100);
        const controller = new AbortController();
        const step = { moves: 7, pages: 1 };
        const running = collectGarbage(
          { ...database(), signal: controller.signal, step },
          { openStore: async (name) => stopAfterCommit(await lab.openStore(name), controller) },
        );
        const { layersMerged, blocksMoved, bytesFreed } = await running;
        total.layersMerged += layersMerged;
        total.blocksMoved += blocksMoved;
        total.bytesFreed += bytesFreed;
        for (const disk of [...readers, await openOf("snap-2")]) {
          const at = (rounds * 13) % (blocks - 30);
          expectSame(await disk.read(at * B, 30 * B), want.slice(at * B, (at + 30) * B));
          if (!readers.includes(disk)) await disk.close();
        }
      }
      expect(total).toEqual({ layersDeleted: 0, layersMerged: 1, blocksMoved: 84, bytesFreed: 10 * B });
      for (const disk of readers) {
        expectSame(await disk.read(0, blocks * B), want);
        expectSame(await disk.read(PAGE_BYTES, 4 * B), pattern(4 * B, 2));
        await disk.close();
      }
      const { layers } = await volumeChain(lab.address("vol-1"), surroundings());
      expect(layers).toMatchObject([
        { storedBytes: 0, snapshotIds: [] },
        { storedBytes: 89 * B, snapshotIds: ["snap-2"] },
      ]);
    });

    it("B44 keeps volumes readable that were open, with their maps in memory, when their layers were merged", async () => {
      await lab.make("vol-1");
      await write("vol-1", 0, 1, 8);
      await freezeHead(lab.address("vol-1"), surroundings());
      await write("vol-1", 2, 2, 2);
      await freezeHead(lab.address("vol-1"), surroundings());
      const volume = await lab.open("vol-1", { limits: { cacheBytes: 0 } });
      await expectBlock(volume, 2, 2);
      expect(await collect()).toMatchObject({ layersMerged: 1, blocksMoved: 6, bytesFreed: 2 * B });
      const want = pattern(8 * B, 1);
      want.set(pattern(2 * B, 2), 2 * B);
      expectSame(await volume.read(0, 8 * B), want);
      await volume.write(0, pattern(512, 7));
      want.set(pattern(512, 7));
      expectSame(await volume.read(0, 8 * B), want);
      const { layers } = await volumeChain(lab.address("vol-1"), surroundings());
      expect(layers.length, "the head is its writer's: what is below it stays").toBe(2);
      await volume.close();
      expect(await collect()).toMatchObject({ layersMerged: 1 });
      expect((await volumeChain(lab.address("vol-1"), surroundings())).layers.length).toBe(1);
      expectSame(await (await lab.open("vol-1")).read(0, 8 * B), want);
    });

    it("B47 says where the space is, and what a deletion would give back", async () => {
      await lab.make("vol-1");
      await write("vol-1", 0, 1, 4);
      await snapshot("vol-1", "snap-1");
      await write("vol-1", 0, 2, 3);
      await snapshot("vol-1", "snap-2");
      await write("vol-1", 0, 3);
      await clone("vol-2", "snap-1");
      await write("vol-2", 8, 4);
      const usage = await databaseUsage(database(), surroundings());
      expect(usage).toEqual({
        storedBytes: 9 * B,
        volumes: [
          { volumeId: "vol-1", sizeBytes: SIZE, storedBytes: B },
          { volumeId: "vol-2", sizeBytes: SIZE, storedBytes: B },
        ],
        snapshots: [
          { snapshotId: "snap-1", sizeBytes: SIZE, storedBytes: 4 * B },
          { snapshotId: "snap-2", sizeBytes: SIZE, storedBytes: 3 * B },
        ],
        garbageBytes: 0,
        damagedRecords: 0,
      });
      const of = (snapshotId: string) => snapshotUsage({ ...database(), snapshotId }, surroundings());
      expect(await of("snap-2")).toEqual({ sizeBytes: SIZE, storedBytes: 7 * B, ownBytes: B });
      expect(await of("snap-1"), "two stand on it").toEqual({ sizeBytes: SIZE, storedBytes: 4 * B, ownBytes: 0 });
      await deleteVolume(lab.address("vol-2"), surroundings());
      expect(await of("snap-1")).toMatchObject({ ownBytes: 3 * B });
      expect(await volumeUsage(lab.address("vol-1"), surroundings())).toMatchObject({ storedBytes: B });
      for (const [snapshotId, ownBytes] of [
        ["snap-2", B],
        ["snap-1", 3 * B],
      ] as const) {
        await unsnapshot(snapshotId);
        expect(await collect()).toMatchObject({ bytesFreed: ownBytes, layersMerged: 1 });
      }
      expect(await databaseUsage(database(), surroundings())).toMatchObject({ storedBytes: 4 * B, snapshots: [] });
      const { image } = await volumeChain(lab.address("vol-1"), surroundings());
      expect(image).toEqual({ name: "tiny", version: "1" });
    });
  });
}

const noDisk = { bytes: 512, chunkBytes: 512, compression: "gzip" as const, chunks: [null] };

/** Aborts after the first commit that goes through it: as if the collection were killed between two steps. */
function stopAfterCommit(store: Awaited<ReturnType<VolumeLab["openStore"]>>, controller: AbortController) {
  return {
    ...store,
    commit: async (...commit: Parameters<typeof store.commit>) => {
      await store.commit(...commit);
      controller.abort();
    },
  };
}
