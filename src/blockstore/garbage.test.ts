import { beforeEach, describe, expect, it } from "vitest";
import { flip, pattern, sameBytes } from "../../test/conformance/image-fixture.ts";
import {
  ADDRESS,
  abortAfterCommit,
  afterCommit,
  expectBlocks,
  MemoryLab,
  SIZE,
} from "../../test/conformance/memory-lab.ts";
import { CloudError } from "../base/errors.ts";
import { put, type StoreKey } from "../store/key-value-store.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { BLOCK_BYTES as B, PAGE_BLOCKS } from "./geometry.ts";
import { openSnapshot } from "./open-volume.ts";
import { databaseUsage, volumeChain } from "./usage.ts";
import type { Volume } from "./volume.ts";
import { createVolume, deleteVolume, freezeHead } from "./volumes.ts";

const broken = new CloudError("Store.Failed", "broken");

describe("the collection of garbage", () => {
  let lab: MemoryLab;

  beforeEach(async () => {
    lab = await MemoryLab.make();
  });

  it.each(["layer", "volume", "snapshot", "collection"])(
    "B46 with a %s that cannot be read, the collection touches nothing",
    async (kind) => {
      await lab.twoSnapshots();
      await lab.unsnapshot("snap-1");
      const key: StoreKey = ["record", `blockstore.${kind}`, kind === "collection" ? "database" : "damaged"];
      const store = await lab.disk.open("d");
      await store.commit([put(key, { version: 1, value: "damaged" })]);
      const before = lab.database.dump();
      await expect(lab.collect()).rejects.toMatchObject({ code: "Store.RecordCorrupt" });
      expect(lab.database.dump()).toEqual(before);
      if (kind !== "collection") {
        expect((await databaseUsage({ database: "d" }, lab.surroundings)).damagedRecords).toBe(1);
        await store.commit([put(key, { version: 99, value: {} })]);
        await expect(lab.collect()).rejects.toMatchObject({ code: "Store.RecordTooNew" });
      }
      const volume = await lab.open();
      await expectBlocks(volume, 0, pattern(B, 3));
    },
  );

  it.each(["block", "map"] as const)(
    "B46 a layer with a damaged %s stays as it is, and others are merged",
    async (what) => {
      await lab.twoSnapshots();
      await createVolume(
        { ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, snapshotId: "snap-2" },
        lab.surroundings,
      );
      const other = await lab.open({ volumeId: "vol-2" });
      await other.snapshot("snap-3");
      await other.close();
      await lab.unsnapshot("snap-1");
      await lab.unsnapshot("snap-3");
      const store = await lab.disk.open("d");
      const layerOf = async (at: number) =>
        (await volumeChain(ADDRESS, lab.surroundings)).layers.at(at)?.layerId as string;
      const lowest = await layerOf(-1);
      const key: StoreKey = [what, lowest, what === "block" ? 1 : 0];
      const bytes = (await store.get(key)) as ArrayBuffer;
      flip(new Uint8Array(bytes), 100);
      await store.commit([put(key, bytes)]);
      const before = await store.entries({ prefix: [what, lowest] });
      expect(await lab.collect()).toMatchObject({ layersMerged: 1, layersDeleted: 0, blocksMoved: 0 });
      expect(await store.entries({ prefix: [what, lowest] })).toEqual(before);
      const volume = await lab.open();
      const corrupt = { code: what === "block" ? "Volume.BlockCorrupt" : "Volume.MapCorrupt" };
      await expect(volume.read(B, 512)).rejects.toMatchObject(corrupt);
    },
  );

  it("B42 a collection that fails says so, and the next one goes on", async () => {
    await lab.twoSnapshots();
    await lab.unsnapshot("snap-1");
    lab.database.failNext("commit", broken);
    await expect(lab.collect()).rejects.toMatchObject({ code: "Store.Failed" });
    expect(await lab.collect()).toMatchObject({ layersMerged: 1, blocksMoved: 1, bytesFreed: 2 * B });
    await lab.kept("snap-2", async (snapshot) => {
      await expectBlocks(snapshot, 0, pattern(B, 2));
      await expectBlocks(snapshot, 1, pattern(3 * B, 1).slice(B, 2 * B));
      await expectBlocks(snapshot, 2, new Uint8Array(B));
    });
  });

  it("B43 two collections do not meet", async () => {
    await lab.twoSnapshots();
    await lab.unsnapshot("snap-1");
    const [one, two] = await Promise.all([lab.collect(), lab.collect()]);
    expect(one).toMatchObject({ layersMerged: 1 });
    expect(two).toMatchObject({ layersMerged: 0, blocksMoved: 0 });
    const controller = new AbortController();
    controller.abort();
    const aborted = collectGarbage({ database: "d", signal: controller.signal }, lab.surroundings);
    expect(await aborted).toMatchObject({ layersMerged: 0 });
  });

  it("B45 what a head takes over stays zeros that its writer made zeros in the middle of the merge", async () => {
    const first = await lab.open();
    await first.write(0, pattern(6 * B, 1));
    await first.snapshot("snap-1"); // The layer below, kept: what must not come back.
    await first.discard(0, 3 * B);
    await first.write(3 * B, pattern(3 * B, 2));
    await first.close();
    await freezeHead(ADDRESS, lab.surroundings);
    const controller = new AbortController();
    const stop = {
      ...lab.surroundings,
      openStore: async (name: string) => abortAfterCommit(await lab.disk.open(name), controller),
    };
    await collectGarbage({ database: "d", signal: controller.signal, step: { moves: 1, pages: 1 } }, stop);
    expect((await volumeChain(ADDRESS, lab.surroundings)).layers.length, "half merged").toBe(3);
    const volume = await lab.open();
    await volume.write(B, pattern(B, 3));
    await volume.flush();
    await volume.discard(B, B);
    await volume.discard(3 * B, B);
    await volume.close();
    expect(await lab.collect()).toMatchObject({ layersMerged: 1 });
    const want = pattern(6 * B, 1);
    want.set(pattern(3 * B, 2), 3 * B);
    want.fill(0, 0, 4 * B);
    await expectBlocks(await lab.open(), 0, want);
  });

  it("B44 finds a block that was merged into a head which the store has frozen and the volume not yet", async () => {
    for (const seed of [1, 2]) {
      const volume = await lab.open();
      await volume.write(0, pattern(2 * B, seed));
      await volume.snapshot(`snap-${seed}`);
      await volume.close();
    }
    await lab.unsnapshot("snap-2"); // Below it is an older block with a checksum of its own.
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let late = false;
    const openStore = async (name: string) =>
      afterCommit(await lab.disk.open(name), () => (late ? answered : Promise.resolve()));
    const volume = await lab.open({ openStore, limits: { cacheBytes: 0 } });
    await volume.read(0, 512);
    late = true;
    const made = volume.snapshot("snap-3");
    while (lab.database.atRisk === 0) await Promise.resolve();
    expect(await lab.collect()).toMatchObject({ layersMerged: 1, blocksMoved: 2 });
    await expectBlocks(volume, 0, pattern(2 * B, 2));
    answer();
    await made;
    await expectBlocks(volume, 0, pattern(2 * B, 2));
  });

  it("B33 a reader of a snapshot that is being removed step by step never gets what is below it", async () => {
    const volume = await lab.open();
    await volume.write(0, pattern(B, 1));
    await volume.snapshot("snap-1");
    await volume.write(0, pattern(B, 2));
    for (const page of [1, 2]) await volume.write(page * PAGE_BLOCKS * B, pattern(B, 2));
    await volume.snapshot("snap-2");
    await volume.close();
    await deleteVolume(ADDRESS, lab.surroundings);
    const readers: Volume[] = [];
    for (let i = 0; i < 8; i++)
      readers.push(await openSnapshot({ database: "d", snapshotId: "snap-2", ...lab.surroundings }));
    await lab.unsnapshot("snap-2");
    const outcomes: string[] = [];
    const readOne = async () => {
      const reader = readers.pop();
      if (reader === undefined) return;
      const read = reader.read(0, B).then((bytes) => (sameBytes(bytes, pattern(B, 2)) ? "its own" : "other bytes"));
      outcomes.push(await read.catch((error: CloudError) => error.code));
      await reader.close();
    };
    const openStore = async (name: string) => afterCommit(await lab.disk.open(name), readOne);
    await collectGarbage({ database: "d", step: { moves: 1, pages: 1 } }, { ...lab.surroundings, openStore });
    expect(outcomes.filter((outcome) => outcome !== "its own").length, "steps of the removal").toBeGreaterThan(2);
    expect(new Set(outcomes)).not.toContain("other bytes");
    await lab.kept("snap-1", (kept) => expectBlocks(kept, 0, pattern(B, 1)));
  });

  it("B45 nothing is merged into a layer that is being merged", async () => {
    const layers: [number, number][] = [
      [0, 5],
      [1, PAGE_BLOCKS],
    ];
    for (const blocks of layers) {
      const volume = await lab.open();
      for (const block of blocks) await volume.write(block * B, pattern(B, 1 + block));
      await volume.close();
      await freezeHead(ADDRESS, lab.surroundings);
    }
    const controller = new AbortController();
    const openStore = async (name: string) => abortAfterCommit(await lab.disk.open(name), controller);
    const step = { moves: 1, pages: 1 };
    await collectGarbage({ database: "d", signal: controller.signal, step }, { ...lab.surroundings, openStore });
    const volume = await lab.open();
    expect(await lab.collect(), "the upper one is half in the head, which is in use").toMatchObject({
      layersMerged: 0,
    });
    await volume.close();
    expect(await lab.collect()).toMatchObject({ layersMerged: 2 });
    const again = await lab.open();
    for (const block of layers.flat()) await expectBlocks(again, block, pattern(B, 1 + block));
  });

  it("B45 a collection leaves the head of an open volume alone, and waits for nobody", async () => {
    const volume = await lab.open();
    await volume.write(0, pattern(B, 1));
    await volume.snapshot("snap-1");
    await lab.unsnapshot("snap-1");
    expect(await lab.collect()).toEqual({ layersDeleted: 0, layersMerged: 0, blocksMoved: 0, bytesFreed: 0 });
    await volume.close();
    expect(await lab.collect()).toMatchObject({ layersMerged: 1, blocksMoved: 1 });
  });
});
