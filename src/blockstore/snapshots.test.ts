import { beforeEach, describe, expect, it } from "vitest";
import { flip, pattern, sameBytes } from "../../test/conformance/image-fixture.ts";
import { describeSnapshots } from "../../test/conformance/snapshots-suite.ts";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import { MemoryLocks } from "../base/locks.ts";
import { put, type StoreKey } from "../store/key-value-store.ts";
import { type MemoryDatabase, MemoryDisk } from "../store/memory-store.ts";
import { checksum } from "./checksum.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { BLOCK_BYTES as B, PAGE_BLOCKS } from "./geometry.ts";
import { decodeMapPage, encodeMapPage } from "./map-page.ts";
import { type OpenVolumeOptions, openSnapshot, openVolume } from "./open-volume.ts";
import { deleteSnapshot, rollbackVolume, snapshotVolume } from "./snapshots.ts";
import { databaseUsage, volumeChain } from "./usage.ts";
import type { Volume } from "./volume.ts";
import { createVolume, deleteVolume, freezeHead, resizeVolume } from "./volumes.ts";

const conformanceDisk = new MemoryDisk();
describeSnapshots("memory", {
  open: conformanceDisk.open,
  destroy: (database: string) => conformanceDisk.destroy(database),
});

const makeKey = () =>
  crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]) as Promise<CryptoKey>;
const ADDRESS = { database: "d", volumeId: "vol-1" };
const SIZE = 3 * PAGE_BLOCKS * B;

describe("snapshots whose store misbehaves", () => {
  const broken = new CloudError("Store.Failed", "broken");
  let disk: MemoryDisk;
  let database: MemoryDatabase;
  let locks: MemoryLocks;

  const surroundings = () => ({ openStore: disk.open, locks });
  const open = (options: Partial<OpenVolumeOptions> = {}) => openVolume({ ...ADDRESS, ...surroundings(), ...options });
  const collect = () => collectGarbage({ database: "d" }, surroundings());
  const expectBlocks = async (volume: Volume, first: number, want: Uint8Array) => {
    expect(sameBytes(await volume.read(first * B, want.byteLength), want)).toBe(true);
  };
  const kept = async (snapshotId: string, work: (volume: Volume) => Promise<void>) => {
    const volume = await openSnapshot({ database: "d", snapshotId, ...surroundings() });
    await work(volume);
    await volume.close();
  };
  const powerCut = (keep: number) => {
    database.powerCut(keep);
    locks = new MemoryLocks();
  };
  /** Holds commits, or reads, until the result is called. */
  const hold = (what: "commit" | "read") => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    database.latency = (kind) => (kind === what ? held : undefined);
    return () => {
      database.latency = () => undefined;
      release();
    };
  };
  /** Two snapshots, and a head: block 0 in all, 1 in the first only, 2 zeros over data in the second. */
  const twoSnapshots = async () => {
    const volume = await open();
    await volume.write(0, pattern(3 * B, 1));
    await volume.snapshot("snap-1");
    await volume.write(0, pattern(B, 2));
    await volume.discard(2 * B, B);
    await volume.snapshot("snap-2");
    await volume.write(0, pattern(B, 3));
    await volume.close();
  };
  const unsnapshot = (snapshotId: string) => deleteSnapshot({ database: "d", snapshotId }, surroundings());

  beforeEach(async () => {
    disk = new MemoryDisk();
    database = disk.database("d");
    locks = new MemoryLocks();
    await createVolume({ ...ADDRESS, sizeBytes: SIZE, image: null }, surroundings());
  });

  it.each([
    ["lands", undefined],
    ["fails", broken],
  ])("B35 B36 has what the commit under way was to store, when that %s", async (_what, failure) => {
    const volume = await open();
    await volume.write(0, pattern(4 * B, 1));
    await volume.flush();
    const release = hold("commit");
    await volume.write(0, pattern(3 * B, 2));
    await volume.discard(3 * B, B);
    const flush = volume.flush();
    if (failure !== undefined) database.failNext("commit", failure);
    await volume.write(B, pattern(B, 3)); // In the commit under way, and written to before the snapshot.
    const made = volume.snapshot("snap-1");
    await volume.write(0, pattern(512, 4)); // In the commit under way, and written to after it.
    await volume.discard(2 * B, B);
    const later = volume.flush();
    release();
    if (failure === undefined) await flush;
    else await expect(flush).rejects.toMatchObject({ code: "Store.Failed" });
    await made;
    await later;
    powerCut(0);
    const want = pattern(4 * B, 2);
    want.set(pattern(B, 3), B);
    want.fill(0, 3 * B);
    await kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, want));
    want.set(pattern(512, 4));
    want.fill(0, 2 * B, 3 * B);
    const again = await open();
    await expectBlocks(again, 0, want);
    await again.close();
    expect(await databaseUsage({ database: "d" }, surroundings())).toMatchObject({
      storedBytes: 4 * B,
      snapshots: [{ storedBytes: 3 * B }],
    });
  });

  it("B36 a snapshot for which there is no room leaves the volume as it was, with everything still to be stored", async () => {
    const volume = await open();
    await volume.write(0, pattern(4 * B, 1));
    await volume.flush();
    await volume.write(B, pattern(2 * B, 2));
    database.quotaBytes = 4 * B;
    const made = volume.snapshot("snap-1");
    await volume.write(B, pattern(512, 3));
    await volume.discard(2 * B, B);
    await volume.discard(0, B);
    await volume.write(PAGE_BLOCKS * B, pattern(512, 4));
    await expect(made).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    const want = pattern(4 * B, 1);
    want.set(pattern(B, 2), B);
    want.set(pattern(512, 3), B);
    want.fill(0, 2 * B, 3 * B);
    want.fill(0, 0, B);
    await expectBlocks(volume, 0, want);
    expect(volume.stats().unstoredBytes, "nothing is kept for the snapshot any more").toBe(2 * B);
    expect((await volumeChain(ADDRESS, surroundings())).layers.length).toBe(1);
    await expect(kept("snap-1", () => Promise.resolve())).rejects.toMatchObject({ code: "InvalidSnapshot.NotFound" });
    database.quotaBytes = Number.POSITIVE_INFINITY;
    await volume.flush();
    await expectBlocks(volume, 0, want);
    await volume.snapshot("snap-1");
    powerCut(0);
    await kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, want));
    await expectBlocks(await open(), 0, want);
    expect((await databaseUsage({ database: "d" }, surroundings())).storedBytes).toBe(3 * B);
  });

  it("B36 a snapshot that was stored, though the browser said that it was not, is one", async () => {
    let fail = false;
    const openStore = async (name: string) =>
      afterCommit(await disk.open(name), () => {
        if (fail) throw broken;
      });
    const volume = await open({ openStore });
    await volume.write(0, pattern(2 * B, 1));
    fail = true;
    await volume.snapshot("snap-1");
    fail = false;
    await volume.write(0, pattern(B, 2));
    await volume.close();
    await kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, pattern(2 * B, 1)));
    await expectBlocks(await open(), 0, pattern(B, 2));
  });

  it("B36 a snapshot that fails behind a commit that lands loses nothing that was written between them", async () => {
    const volume = await open({ limits: { cacheBytes: 0 } });
    await volume.write(0, pattern(2 * B, 1));
    const release = hold("commit");
    const flush = volume.flush();
    await volume.write(0, pattern(512, 2));
    const made = volume.snapshot("snap-1");
    release();
    await flush;
    database.failNext("commit", broken);
    await expect(made).rejects.toMatchObject({ code: "Store.Failed" });
    const want = pattern(2 * B, 1);
    want.set(pattern(512, 2));
    await expectBlocks(volume, 0, want);
    await volume.flush();
    powerCut(0);
    await expectBlocks(await open(), 0, want);
  });

  it("B36 a power cut leaves all of a snapshot or nothing, and what was flushed before in any case", async () => {
    for (const keep of [0, 1]) {
      const volume = await open();
      await volume.write(0, pattern(2 * B, 1));
      await volume.flush();
      await volume.write(0, pattern(B, 2 + keep));
      const release = hold("commit");
      const cut = expect(volume.snapshot("snap-1")).rejects.toMatchObject({ code: "Store.Closed" });
      for (let i = 0; i < 20 && database.atRisk === 0; i++) await Promise.resolve();
      expect(database.atRisk).toBe(1);
      powerCut(keep);
      release();
      await cut;
      const again = await open();
      const want = pattern(2 * B, 1);
      if (keep === 1) want.set(pattern(B, 3));
      await expectBlocks(again, 0, want);
      await again.close();
      const layers = (await volumeChain(ADDRESS, surroundings())).layers.map(({ snapshotIds }) => snapshotIds);
      expect(layers).toEqual(keep === 1 ? [[], ["snap-1"]] : [[]]);
    }
  });

  it("B37 writers go on while a snapshot is stored, and wait when too much is not", async () => {
    const volume = await open({ limits: { writeBackBytes: 8 * B, dirtyBytes: 4 * B } });
    await volume.write(0, pattern(4 * B, 1));
    const release = hold("commit");
    const made = volume.snapshot("snap-1");
    expect(volume.write(0, pattern(3 * B, 2))).toBeUndefined();
    expect(volume.write(3 * B, pattern(512, 2))).toBeUndefined();
    expect(volume.stats().unstoredBytes, "both as they were and as they are").toBe(8 * B);
    const held = volume.write(4 * B, pattern(B, 2));
    expect(held).toBeInstanceOf(Promise);
    release();
    await Promise.all([made, held]);
    await kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, pattern(4 * B, 1)));
  });

  it("B40 a discard up to the end that waits does not reach beyond it when the disk grows meanwhile", async () => {
    await resizeVolume({ ...ADDRESS, sizeBytes: SIZE + 512 }, surroundings());
    const first = await open();
    await first.write(SIZE - B, pattern(B + 512, 1));
    await first.close();
    const volume = await open();
    await volume.read(SIZE, 512);
    const release = hold("read");
    const discard = volume.discard(SIZE - 512, 1024);
    expect(discard).toBeInstanceOf(Promise);
    await volume.resize(SIZE + 1024);
    expect(volume.write(SIZE + 512, pattern(512, 2))).toBeUndefined();
    release();
    await discard;
    expect(sameBytes(await volume.read(SIZE - 512, 1024), new Uint8Array(1024))).toBe(true);
    expect(sameBytes(await volume.read(SIZE + 512, 512), pattern(512, 2))).toBe(true);
  });

  it("B40 a resize that cannot be stored changes nothing", async () => {
    const volume = await open();
    database.failNext("commit", broken);
    await expect(volume.resize(SIZE + 512)).rejects.toMatchObject({ code: "Store.Failed" });
    expect(volume.sizeBytes).toBe(SIZE);
    await volume.resize(SIZE + 512);
    expect(volume.sizeBytes).toBe(SIZE + 512);
  });

  it.each(["layer", "volume", "snapshot", "collection"])(
    "B46 with a %s that cannot be read, the collection touches nothing",
    async (kind) => {
      await twoSnapshots();
      await unsnapshot("snap-1");
      const key: StoreKey = ["record", `blockstore.${kind}`, kind === "collection" ? "database" : "damaged"];
      const store = await disk.open("d");
      await store.commit([put(key, { version: 1, value: "damaged" })]);
      const before = database.dump();
      await expect(collect()).rejects.toMatchObject({ code: "Store.RecordCorrupt" });
      expect(database.dump()).toEqual(before);
      if (kind !== "collection") {
        expect((await databaseUsage({ database: "d" }, surroundings())).damagedRecords).toBe(1);
        await store.commit([put(key, { version: 99, value: {} })]);
        await expect(collect()).rejects.toMatchObject({ code: "Store.RecordTooNew" });
      }
      const volume = await open();
      await expectBlocks(volume, 0, pattern(B, 3));
    },
  );

  it.each(["block", "map"] as const)(
    "B46 a layer with a damaged %s stays as it is, and others are merged",
    async (what) => {
      await twoSnapshots();
      await createVolume(
        { ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, snapshotId: "snap-2" },
        surroundings(),
      );
      const other = await open({ volumeId: "vol-2" });
      await other.snapshot("snap-3");
      await other.close();
      await unsnapshot("snap-1");
      await unsnapshot("snap-3");
      const store = await disk.open("d");
      const layerOf = async (at: number) =>
        (await volumeChain(ADDRESS, surroundings())).layers.at(at)?.layerId as string;
      const lowest = await layerOf(-1);
      const key: StoreKey = [what, lowest, what === "block" ? 1 : 0];
      const bytes = (await store.get(key)) as ArrayBuffer;
      flip(new Uint8Array(bytes), 100);
      await store.commit([put(key, bytes)]);
      const before = await store.entries({ prefix: [what, lowest] });
      expect(await collect()).toMatchObject({ layersMerged: 1, layersDeleted: 0, blocksMoved: 0 });
      expect(await store.entries({ prefix: [what, lowest] })).toEqual(before);
      const volume = await open();
      const corrupt = { code: what === "block" ? "Volume.BlockCorrupt" : "Volume.MapCorrupt" };
      await expect(volume.read(B, 512)).rejects.toMatchObject(corrupt);
    },
  );

  it("B42 a collection that fails says so, and the next one goes on", async () => {
    await twoSnapshots();
    await unsnapshot("snap-1");
    database.failNext("commit", broken);
    await expect(collect()).rejects.toMatchObject({ code: "Store.Failed" });
    expect(await collect()).toMatchObject({ layersMerged: 1, blocksMoved: 1, bytesFreed: 2 * B });
    await kept("snap-2", async (snapshot) => {
      await expectBlocks(snapshot, 0, pattern(B, 2));
      await expectBlocks(snapshot, 1, pattern(3 * B, 1).slice(B, 2 * B));
      await expectBlocks(snapshot, 2, new Uint8Array(B));
    });
  });

  it("B43 two collections do not meet", async () => {
    await twoSnapshots();
    await unsnapshot("snap-1");
    const [one, two] = await Promise.all([collect(), collect()]);
    expect(one).toMatchObject({ layersMerged: 1 });
    expect(two).toMatchObject({ layersMerged: 0, blocksMoved: 0 });
    const controller = new AbortController();
    controller.abort();
    const aborted = collectGarbage({ database: "d", signal: controller.signal }, surroundings());
    expect(await aborted).toMatchObject({ layersMerged: 0 });
  });

  it("B45 what a head takes over stays zeros that its writer made zeros in the middle of the merge", async () => {
    const first = await open();
    await first.write(0, pattern(6 * B, 1));
    await first.snapshot("snap-1"); // The layer below, kept: what must not come back.
    await first.discard(0, 3 * B);
    await first.write(3 * B, pattern(3 * B, 2));
    await first.close();
    await freezeHead(ADDRESS, surroundings());
    const controller = new AbortController();
    const stop = {
      ...surroundings(),
      openStore: async (name: string) => abortAfterCommit(await disk.open(name), controller),
    };
    await collectGarbage({ database: "d", signal: controller.signal, step: { moves: 1, pages: 1 } }, stop);
    expect((await volumeChain(ADDRESS, surroundings())).layers.length, "half merged").toBe(3);
    const volume = await open();
    await volume.write(B, pattern(B, 3));
    await volume.flush();
    await volume.discard(B, B);
    await volume.discard(3 * B, B);
    await volume.close();
    expect(await collect()).toMatchObject({ layersMerged: 1 });
    const want = pattern(6 * B, 1);
    want.set(pattern(3 * B, 2), 3 * B);
    want.fill(0, 0, 4 * B);
    await expectBlocks(await open(), 0, want);
  });

  it("B44 finds a block that was merged into a head which the store has frozen and the volume not yet", async () => {
    for (const seed of [1, 2]) {
      const volume = await open();
      await volume.write(0, pattern(2 * B, seed));
      await volume.snapshot(`snap-${seed}`);
      await volume.close();
    }
    await unsnapshot("snap-2"); // Below it is an older block with a checksum of its own.
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let late = false;
    const openStore = async (name: string) =>
      afterCommit(await disk.open(name), () => (late ? answered : Promise.resolve()));
    const volume = await open({ openStore, limits: { cacheBytes: 0 } });
    await volume.read(0, 512);
    late = true;
    const made = volume.snapshot("snap-3");
    while (database.atRisk === 0) await Promise.resolve();
    expect(await collect()).toMatchObject({ layersMerged: 1, blocksMoved: 2 });
    await expectBlocks(volume, 0, pattern(2 * B, 2));
    answer();
    await made;
    await expectBlocks(volume, 0, pattern(2 * B, 2));
  });

  it("B45 nothing is merged into a layer that is being merged", async () => {
    const layers: [number, number][] = [
      [0, 5],
      [1, PAGE_BLOCKS],
    ];
    for (const blocks of layers) {
      const volume = await open();
      for (const block of blocks) await volume.write(block * B, pattern(B, 1 + block));
      await volume.close();
      await freezeHead(ADDRESS, surroundings());
    }
    const controller = new AbortController();
    const openStore = async (name: string) => abortAfterCommit(await disk.open(name), controller);
    const step = { moves: 1, pages: 1 };
    await collectGarbage({ database: "d", signal: controller.signal, step }, { ...surroundings(), openStore });
    const volume = await open();
    expect(await collect(), "the upper one is half in the head, which is in use").toMatchObject({ layersMerged: 0 });
    await volume.close();
    expect(await collect()).toMatchObject({ layersMerged: 2 });
    const again = await open();
    for (const block of layers.flat()) await expectBlocks(again, block, pattern(B, 1 + block));
  });

  it("B45 a collection leaves the head of an open volume alone, and waits for nobody", async () => {
    const volume = await open();
    await volume.write(0, pattern(B, 1));
    await volume.snapshot("snap-1");
    await unsnapshot("snap-1");
    expect(await collect()).toEqual({ layersDeleted: 0, layersMerged: 0, blocksMoved: 0, bytesFreed: 0 });
    await volume.close();
    expect(await collect()).toMatchObject({ layersMerged: 1, blocksMoved: 1 });
  });

  it("B32 refuses whoever wants an open volume for themselves, after a moment, and lets readers in", async () => {
    const volume = await open();
    const clock = new FakeClock();
    const inUse = { code: "VolumeInUse", details: { volumeId: "vol-1" } };
    const patient = { ...surroundings(), clock };
    const attempts = [
      openVolume({ ...ADDRESS, ...patient }),
      deleteVolume(ADDRESS, patient),
      snapshotVolume({ ...ADDRESS, snapshotId: "snap-1" }, patient),
      rollbackVolume({ ...ADDRESS, snapshotId: "snap-1" }, patient),
      resizeVolume({ ...ADDRESS, sizeBytes: 2 * SIZE }, patient),
    ].map((attempt) => expect(attempt).rejects.toMatchObject(inUse));
    await clock.advance(2_000);
    await Promise.all(attempts);
    await (await open({ readOnly: true })).close();
    const next = openVolume({ ...ADDRESS, ...patient });
    await clock.advance(1_000);
    await volume.abandon();
    await (await next).close();
    expect(clock.pendingTimers).toBe(0);
    const missing = openVolume({ ...ADDRESS, volumeId: "vol-9", ...patient });
    await expect(missing).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
    expect(await locks.acquire("tabvisor-volume d/vol-9", { ifAvailable: true })).toBeDefined();
  });

  it.each([
    [1, {}],
    [2, { drained: null }],
  ])("B48 reads what version %i of the layers stored, and writes it anew", async (version, extra) => {
    const store = await disk.open("d");
    const [[key, stored]] = (await store.entries({ prefix: ["record", "blockstore.layer"] })) as [[StoreKey, unknown]];
    const { value: now } = stored as { value: { drained: null; keyCheck: null } };
    const { drained, keyCheck, ...value } = now;
    expect([drained, keyCheck]).toEqual([null, null]);
    await store.commit([put(key, { version, value: { ...value, ...extra } })]);
    const volume = await open();
    await volume.write(0, pattern(B, 1));
    await volume.snapshot("snap-1");
    await volume.close();
    expect(await store.get(key)).toEqual({ version: 3, value: { ...now, frozen: true, storedBlocks: 1 } });
    await kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, pattern(B, 1)));
  });

  it("B49 F48 stores nothing of an encrypted volume in clear, nor of its snapshots and what is made from them", async () => {
    const key = await makeKey();
    const text = new TextEncoder().encode("nobody may read this; ".repeat(40)).slice(0, 512);
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, surroundings());
    const volume = await open({ volumeId: "vol-2", key });
    await volume.write(0, text);
    await volume.flush();
    await volume.write(B, text);
    await volume.snapshot("snap-1");
    await volume.write(2 * B, text);
    await volume.discard(0, B);
    await volume.close();
    const from = { ...ADDRESS, volumeId: "vol-3", sizeBytes: SIZE, image: null, snapshotId: "snap-1" };
    await createVolume(from, surroundings());
    const clone = await open({ volumeId: "vol-3", key });
    expect(sameBytes(await clone.read(0, 512), text)).toBe(true);
    await clone.write(3 * B, text);
    await clone.close();
    await rollbackVolume({ ...ADDRESS, volumeId: "vol-2", snapshotId: "snap-1" }, surroundings());
    const back = await open({ volumeId: "vol-2", key });
    expect(sameBytes(await back.read(B, 512), text)).toBe(true);
    await back.write(3 * B, text);
    await back.close();
    await deleteVolume({ ...ADDRESS, volumeId: "vol-3" }, surroundings());
    await unsnapshot("snap-1");
    expect(await collect()).toMatchObject({ layersMerged: 1 });
    const again = await open({ volumeId: "vol-2", key });
    for (const block of [0, 1, 3]) expect(sameBytes(await again.read(block * B, 512), text)).toBe(true);
    await again.close();
    const needle = Buffer.from(text.subarray(0, 22));
    const stored = database.dump().filter(([[what]]) => what === "block");
    expect(stored.length).toBe(3);
    for (const [name, value] of database.dump()) {
      const bytes = value instanceof ArrayBuffer ? Buffer.from(value) : Buffer.from(JSON.stringify(value));
      expect(bytes.includes(needle), String(name)).toBe(false);
    }
  });

  it("B49 F48 without the key, or with another one, is not opened", async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const noKey = { code: "Volume.KeyUnavailable" };
    const encrypted = { ...ADDRESS, volumeId: "vol-2" };
    await createVolume({ ...encrypted, sizeBytes: SIZE, image: null, key }, surroundings());
    await snapshotVolume({ ...encrypted, snapshotId: "snap-1" }, surroundings());
    await expect(open({ volumeId: "vol-2" })).rejects.toMatchObject(noKey);
    await expect(open({ volumeId: "vol-2", key: other })).rejects.toMatchObject(noKey);
    const snapshot = { database: "d", snapshotId: "snap-1", ...surroundings() };
    await expect(openSnapshot(snapshot)).rejects.toMatchObject(noKey);
    await expect(openSnapshot({ ...snapshot, key: other })).rejects.toMatchObject(noKey);
    await (await openSnapshot({ ...snapshot, key })).close();
    const from = { ...ADDRESS, volumeId: "vol-3", sizeBytes: SIZE, image: null };
    const attempt = createVolume({ ...from, snapshotId: "snap-1", key: other }, surroundings());
    await expect(attempt).rejects.toMatchObject(noKey);
    await snapshotVolume({ ...ADDRESS, snapshotId: "snap-2" }, surroundings());
    const mixed = createVolume({ ...from, snapshotId: "snap-2", key }, surroundings());
    await expect(mixed).rejects.toMatchObject({ code: "InvalidParameterCombination" });
    await (await open({ volumeId: "vol-2", key })).close();
  });

  it("B49 an encrypted block that was changed, or put in another's place, is an error", async () => {
    const key = await makeKey();
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, surroundings());
    const volume = await open({ volumeId: "vol-2", key });
    await volume.write(0, pattern(2 * B, 1));
    await volume.close();
    const store = await disk.open("d");
    const [[first], [, second]] = (await store.entries({ prefix: ["block"] })) as [
      [StoreKey, unknown],
      [StoreKey, unknown],
    ];
    const [[map, page]] = (await store.entries({ prefix: ["map"] })) as [[StoreKey, ArrayBuffer]];
    // With a checksum that fits: the tag finds it out.
    const content = decodeMapPage(page, "", 0);
    content.sums[0] = checksum(new Int32Array(second as ArrayBuffer), 0);
    await store.commit([put(first, second), put(map, encodeMapPage(content))]);
    const again = await open({ volumeId: "vol-2", key });
    const corrupt = { code: "Volume.BlockCorrupt", details: { block: 0, why: "cannot be decrypted" } };
    await expect(again.read(0, 512)).rejects.toMatchObject(corrupt);
    expect(sameBytes(await again.read(B, B), pattern(2 * B, 1).slice(B))).toBe(true);
  });

  it("B50 what changes while it is being encrypted is not in the commit, and in the snapshot as it should be", async () => {
    const key = await makeKey();
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, surroundings());
    const volume = await open({ volumeId: "vol-2", key });
    await volume.write(0, pattern(4 * B, 1));
    const flush = volume.flush();
    await volume.discard(0, B);
    await volume.write(B, pattern(512, 2));
    const made = volume.snapshot("snap-1");
    await volume.discard(2 * B, B);
    await volume.write(3 * B, pattern(512, 3));
    await Promise.all([flush, made]);
    await volume.flush();
    powerCut(0);
    const want = pattern(4 * B, 1);
    want.fill(0, 0, B);
    want.set(pattern(512, 2), B);
    const snapshot = await openSnapshot({ database: "d", snapshotId: "snap-1", ...surroundings(), key });
    await expectBlocks(snapshot, 0, want);
    want.fill(0, 2 * B, 3 * B);
    want.set(pattern(512, 3), 3 * B);
    await expectBlocks(await open({ volumeId: "vol-2", key }), 0, want);
    expect((await databaseUsage({ database: "d" }, surroundings())).snapshots).toMatchObject([{ storedBytes: 3 * B }]);
  });

  it.each([
    ["half", 3],
    ["whole", 2],
  ])(
    "B33 a reader of a snapshot that is deleted and %s merged beneath it gets errors, never other bytes",
    async (what, layers) => {
      const volume = await open();
      for (const page of [0, 1, 2]) await volume.write(page * PAGE_BLOCKS * B, pattern(B, 1));
      await volume.snapshot("snap-1");
      await volume.snapshot("snap-2");
      await volume.close();
      const reader = await openSnapshot({ database: "d", snapshotId: "snap-1", ...surroundings() });
      await unsnapshot("snap-1");
      const controller = new AbortController();
      const openStore = async (name: string) => abortAfterCommit(await disk.open(name), controller);
      const step = { moves: 1, pages: 1 };
      if (what === "whole") await collect();
      else await collectGarbage({ database: "d", signal: controller.signal, step }, { ...surroundings(), openStore });
      expect((await volumeChain(ADDRESS, surroundings())).layers.length).toBe(layers);
      for (const page of [0, 1, 2]) {
        const read = reader.read(page * PAGE_BLOCKS * B, B);
        await expect(read).rejects.toMatchObject({ code: "Volume.ChainBroken" });
      }
    },
  );
});

/** Does something between a commit and the answer to it. */
function afterCommit(
  store: Awaited<ReturnType<MemoryDisk["open"]>>,
  work: () => Promise<void> | void,
): Awaited<ReturnType<MemoryDisk["open"]>> {
  return {
    get: store.get.bind(store),
    getMany: store.getMany.bind(store),
    entries: store.entries.bind(store),
    keys: store.keys.bind(store),
    close: store.close.bind(store),
    commit: async (...commit) => {
      await store.commit(...commit);
      await work();
    },
  };
}

/** As if the collection were killed between two steps. */
const abortAfterCommit = (store: Awaited<ReturnType<MemoryDisk["open"]>>, controller: AbortController) =>
  afterCommit(store, () => controller.abort());
