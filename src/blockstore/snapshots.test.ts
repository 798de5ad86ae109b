import { beforeEach, describe, expect, it } from "vitest";
import { pattern, sameBytes } from "../../test/conformance/image-fixture.ts";
import {
  ADDRESS,
  abortAfterCommit,
  afterCommit,
  expectBlocks,
  MemoryLab,
  SIZE,
} from "../../test/conformance/memory-lab.ts";
import { describeSnapshots } from "../../test/conformance/snapshots-suite.ts";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import { put, type StoreKey } from "../store/key-value-store.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { BLOCK_BYTES as B, PAGE_BLOCKS } from "./geometry.ts";
import { openSnapshot, openVolume } from "./open-volume.ts";
import { rollbackVolume, snapshotVolume } from "./snapshots.ts";
import { databaseUsage, volumeChain } from "./usage.ts";
import { deleteVolume, resizeVolume } from "./volumes.ts";

const conformanceDisk = new MemoryDisk();
describeSnapshots("memory", {
  open: conformanceDisk.open,
  destroy: (database: string) => conformanceDisk.destroy(database),
});

const broken = new CloudError("Store.Failed", "broken");

describe("snapshots whose store misbehaves", () => {
  let lab: MemoryLab;

  beforeEach(async () => {
    lab = await MemoryLab.make();
  });

  it.each([
    ["lands", undefined],
    ["fails", broken],
  ])("B35 B36 has what the commit under way was to store, when that %s", async (_what, failure) => {
    const volume = await lab.open();
    await volume.write(0, pattern(4 * B, 1));
    await volume.flush();
    const release = lab.hold("commit");
    await volume.write(0, pattern(3 * B, 2));
    await volume.discard(3 * B, B);
    const flush = volume.flush();
    if (failure !== undefined) lab.database.failNext("commit", failure);
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
    lab.powerCut(0);
    const want = pattern(4 * B, 2);
    want.set(pattern(B, 3), B);
    want.fill(0, 3 * B);
    await lab.kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, want));
    want.set(pattern(512, 4));
    want.fill(0, 2 * B, 3 * B);
    const again = await lab.open();
    await expectBlocks(again, 0, want);
    await again.close();
    expect(await databaseUsage({ database: "d" }, lab.surroundings)).toMatchObject({
      storedBytes: 4 * B,
      snapshots: [{ storedBytes: 3 * B }],
    });
  });

  it("B36 a snapshot for which there is no room leaves the volume as it was, with everything still to be stored", async () => {
    const volume = await lab.open();
    await volume.write(0, pattern(4 * B, 1));
    await volume.flush();
    await volume.write(B, pattern(2 * B, 2));
    lab.database.quotaBytes = 4 * B;
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
    expect((await volumeChain(ADDRESS, lab.surroundings)).layers.length).toBe(1);
    await expect(lab.kept("snap-1", () => Promise.resolve())).rejects.toMatchObject({
      code: "InvalidSnapshot.NotFound",
    });
    lab.database.quotaBytes = Number.POSITIVE_INFINITY;
    await volume.flush();
    await expectBlocks(volume, 0, want);
    await volume.snapshot("snap-1");
    lab.powerCut(0);
    await lab.kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, want));
    await expectBlocks(await lab.open(), 0, want);
    expect((await databaseUsage({ database: "d" }, lab.surroundings)).storedBytes).toBe(3 * B);
  });

  it("B36 a snapshot that was stored, though the browser said that it was not, is one", async () => {
    let fail = false;
    const openStore = async (name: string) =>
      afterCommit(await lab.disk.open(name), () => {
        if (fail) throw broken;
      });
    const volume = await lab.open({ openStore });
    await volume.write(0, pattern(2 * B, 1));
    fail = true;
    await volume.snapshot("snap-1");
    fail = false;
    await volume.write(0, pattern(B, 2));
    await volume.close();
    await lab.kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, pattern(2 * B, 1)));
    await expectBlocks(await lab.open(), 0, pattern(B, 2));
  });

  it("B36 a snapshot that fails behind a commit that lands loses nothing that was written between them", async () => {
    const volume = await lab.open({ limits: { cacheBytes: 0 } });
    await volume.write(0, pattern(2 * B, 1));
    const release = lab.hold("commit");
    const flush = volume.flush();
    await volume.write(0, pattern(512, 2));
    const made = volume.snapshot("snap-1");
    release();
    await flush;
    lab.database.failNext("commit", broken);
    await expect(made).rejects.toMatchObject({ code: "Store.Failed" });
    const want = pattern(2 * B, 1);
    want.set(pattern(512, 2));
    await expectBlocks(volume, 0, want);
    await volume.flush();
    lab.powerCut(0);
    await expectBlocks(await lab.open(), 0, want);
  });

  it("B36 a power cut leaves all of a snapshot or nothing, and what was flushed before in any case", async () => {
    for (const keep of [0, 1]) {
      const volume = await lab.open();
      await volume.write(0, pattern(2 * B, 1));
      await volume.flush();
      await volume.write(0, pattern(B, 2 + keep));
      const release = lab.hold("commit");
      const cut = expect(volume.snapshot("snap-1")).rejects.toMatchObject({ code: "Store.Closed" });
      for (let i = 0; i < 20 && lab.database.atRisk === 0; i++) await Promise.resolve();
      expect(lab.database.atRisk).toBe(1);
      lab.powerCut(keep);
      release();
      await cut;
      const again = await lab.open();
      const want = pattern(2 * B, 1);
      if (keep === 1) want.set(pattern(B, 3));
      await expectBlocks(again, 0, want);
      await again.close();
      const layers = (await volumeChain(ADDRESS, lab.surroundings)).layers.map(({ snapshotIds }) => snapshotIds);
      expect(layers).toEqual(keep === 1 ? [[], ["snap-1"]] : [[]]);
    }
  });

  it("B37 writers go on while a snapshot is stored, and wait when too much is not", async () => {
    const volume = await lab.open({ limits: { writeBackBytes: 8 * B, dirtyBytes: 4 * B } });
    await volume.write(0, pattern(4 * B, 1));
    const release = lab.hold("commit");
    const made = volume.snapshot("snap-1");
    expect(volume.write(0, pattern(3 * B, 2))).toBeUndefined();
    expect(volume.write(3 * B, pattern(512, 2))).toBeUndefined();
    expect(volume.stats().unstoredBytes, "both as they were and as they are").toBe(8 * B);
    const held = volume.write(4 * B, pattern(B, 2));
    expect(held).toBeInstanceOf(Promise);
    release();
    await Promise.all([made, held]);
    await lab.kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, pattern(4 * B, 1)));
  });

  it("B40 a discard up to the end that waits does not reach beyond it when the disk grows meanwhile", async () => {
    await resizeVolume({ ...ADDRESS, sizeBytes: SIZE + 512 }, lab.surroundings);
    const first = await lab.open();
    await first.write(SIZE - B, pattern(B + 512, 1));
    await first.close();
    const volume = await lab.open();
    await volume.read(SIZE, 512);
    const release = lab.hold("read");
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
    const volume = await lab.open();
    lab.database.failNext("commit", broken);
    await expect(volume.resize(SIZE + 512)).rejects.toMatchObject({ code: "Store.Failed" });
    expect(volume.sizeBytes).toBe(SIZE);
    await volume.resize(SIZE + 512);
    expect(volume.sizeBytes).toBe(SIZE + 512);
  });

  it("B32 refuses whoever wants an open volume for themselves, after a moment, and lets readers in", async () => {
    const volume = await lab.open();
    const clock = new FakeClock();
    const inUse = { code: "VolumeInUse", details: { volumeId: "vol-1" } };
    const patient = { ...lab.surroundings, clock };
    const attempts = [
      openVolume({ ...ADDRESS, ...patient }),
      deleteVolume(ADDRESS, patient),
      snapshotVolume({ ...ADDRESS, snapshotId: "snap-1" }, patient),
      rollbackVolume({ ...ADDRESS, snapshotId: "snap-1" }, patient),
      resizeVolume({ ...ADDRESS, sizeBytes: 2 * SIZE }, patient),
    ].map((attempt) => expect(attempt).rejects.toMatchObject(inUse));
    await clock.advance(2_000);
    await Promise.all(attempts);
    await (await lab.open({ readOnly: true })).close();
    const next = openVolume({ ...ADDRESS, ...patient });
    await clock.advance(1_000);
    await volume.abandon();
    await (await next).close();
    expect(clock.pendingTimers).toBe(0);
    const missing = openVolume({ ...ADDRESS, volumeId: "vol-9", ...patient });
    await expect(missing).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
    expect(await lab.locks.acquire("tabvisor-volume d/vol-9", { ifAvailable: true })).toBeDefined();
  });

  it.each([
    [1, {}],
    [2, { drained: null }],
  ])("B48 reads what version %i of the layers stored, and writes it anew", async (version, extra) => {
    const store = await lab.disk.open("d");
    const [[key, stored]] = (await store.entries({ prefix: ["record", "blockstore.layer"] })) as [[StoreKey, unknown]];
    const { value: now } = stored as { value: { drained: null; keyCheck: null } };
    const { drained, keyCheck, ...value } = now;
    expect([drained, keyCheck]).toEqual([null, null]);
    await store.commit([put(key, { version, value: { ...value, ...extra } })]);
    const volume = await lab.open();
    await volume.write(0, pattern(B, 1));
    await volume.snapshot("snap-1");
    await volume.close();
    expect(await store.get(key)).toEqual({ version: 3, value: { ...now, frozen: true, storedBlocks: 1 } });
    await lab.kept("snap-1", (snapshot) => expectBlocks(snapshot, 0, pattern(B, 1)));
  });

  it.each([
    ["half", 3],
    ["whole", 2],
  ])(
    "B33 a reader of a snapshot that is deleted and %s merged beneath it gets errors, never other bytes",
    async (what, layers) => {
      const volume = await lab.open();
      for (const page of [0, 1, 2]) await volume.write(page * PAGE_BLOCKS * B, pattern(B, 1));
      await volume.snapshot("snap-1");
      await volume.snapshot("snap-2");
      await volume.close();
      const reader = await openSnapshot({ database: "d", snapshotId: "snap-1", ...lab.surroundings });
      await lab.unsnapshot("snap-1");
      const controller = new AbortController();
      const openStore = async (name: string) => abortAfterCommit(await lab.disk.open(name), controller);
      const step = { moves: 1, pages: 1 };
      if (what === "whole") await lab.collect();
      else await collectGarbage({ database: "d", signal: controller.signal, step }, { ...lab.surroundings, openStore });
      expect((await volumeChain(ADDRESS, lab.surroundings)).layers.length).toBe(layers);
      for (const page of [0, 1, 2]) {
        const read = reader.read(page * PAGE_BLOCKS * B, B);
        await expect(read).rejects.toMatchObject({ code: "Volume.ChainBroken" });
      }
    },
  );
});
