import { beforeEach, describe, expect, it } from "vitest";
import { flip, pattern, sameBytes } from "../../test/conformance/image-fixture.ts";
import { describeVolume } from "../../test/conformance/volume-suite.ts";
import { describeVolumes } from "../../test/conformance/volumes-suite.ts";
import type { Clock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { MemoryLocks } from "../base/locks.ts";
import { put } from "../store/key-value-store.ts";
import { type MemoryDatabase, MemoryDisk } from "../store/memory-store.ts";
import { BLOCK_BYTES, PAGE_BLOCKS } from "./geometry.ts";
import { openVolume } from "./open-volume.ts";
import type { Volume } from "./volume.ts";
import { createVolume } from "./volumes.ts";
import type { VolumeLimits } from "./write-back.ts";

const conformanceDisk = new MemoryDisk();
const backend = {
  open: conformanceDisk.open,
  destroy: (database: string) => conformanceDisk.destroy(database),
};
describeVolume("memory", backend);
describeVolumes("memory", backend);

describe("a volume whose store misbehaves", () => {
  const ADDRESS = { database: "d", volumeId: "vol-1" };
  const broken = new CloudError("Store.Failed", "broken");
  let disk: MemoryDisk;
  let database: MemoryDatabase;
  let time: number;
  let locks: MemoryLocks;
  const clock: Clock = { now: () => time, setTimer: () => () => undefined };

  const open = (limits: Partial<VolumeLimits> = {}): Promise<Volume> =>
    openVolume({ ...ADDRESS, openStore: disk.open, clock, locks, limits });
  /** Without power nobody holds a lock. */
  const powerCut = (keep: number) => {
    database.powerCut(keep);
    locks = new MemoryLocks();
  };
  const reopen = async (volume: Volume): Promise<Volume> => {
    await volume.close();
    return await open();
  };
  const expectSame = (got: Uint8Array | undefined, want: Uint8Array) =>
    expect(got !== undefined && sameBytes(got, want)).toBe(true);
  /** Changes what the store holds behind the volume's back. */
  const tamper = async (what: "block" | "map", change: (bytes: Uint8Array) => unknown) => {
    const store = await disk.open("d");
    for (const [key, value] of await store.entries({ prefix: [what] })) {
      const changed = change(new Uint8Array(value as ArrayBuffer));
      await store.commit([put(key, changed === null ? null : value)]);
    }
  };
  /** Holds commits until the result is called. */
  const holdCommits = () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    database.latency = (kind) => (kind === "commit" ? held : undefined);
    return () => {
      database.latency = () => undefined;
      release();
    };
  };

  beforeEach(async () => {
    disk = new MemoryDisk();
    database = disk.database("d");
    time = 0;
    locks = new MemoryLocks();
    await createVolume({ ...ADDRESS, sizeBytes: 3 * PAGE_BLOCKS * BLOCK_BYTES, image: null }, { openStore: disk.open });
  });

  it.each([
    ["a bit flipped", (bytes: Uint8Array) => flip(bytes, 100), /checksum/],
    ["another type", () => null, /missing/],
  ])("B6 a block with %s is an error, not data", async (_what, change, message) => {
    const first = await open();
    await first.write(0, pattern(BLOCK_BYTES));
    await first.close();
    await tamper("block", change);
    const volume = await open();
    const corrupt = { code: "Volume.BlockCorrupt", message: expect.stringMatching(message), details: { block: 0 } };
    await expect(volume.read(0, 512)).rejects.toMatchObject(corrupt);
    await expect(volume.write(0, pattern(512)), "a part of it cannot be written").rejects.toMatchObject(corrupt);
    await volume.write(0, pattern(BLOCK_BYTES, 2));
    expectSame(await volume.read(0, 512), pattern(512, 2));
  });

  it("B6 a block under another block's key is an error", async () => {
    const first = await open();
    await first.write(0, pattern(BLOCK_BYTES, 1));
    await first.write(BLOCK_BYTES, pattern(BLOCK_BYTES, 2));
    await first.close();
    const store = await disk.open("d");
    const [[zero, a], [one, b]] = (await store.entries({ prefix: ["block"] })) as [
      [string[], unknown],
      [string[], unknown],
    ];
    await store.commit([put(zero, b), put(one, a)]);
    await expect((await open()).read(0, 512)).rejects.toMatchObject({ code: "Volume.BlockCorrupt" });
  });

  it.each([
    ["a bit flipped", (bytes: Uint8Array) => flip(bytes, 20)],
    ["another version", (bytes: Uint8Array) => (bytes[4] = 9)],
    ["another type", () => null],
  ])("B6 a map page with %s is an error for what it covers", async (_what, change) => {
    const first = await open();
    await first.write(0, pattern(BLOCK_BYTES));
    await first.close();
    await tamper("map", change);
    const volume = await open();
    await expect(volume.read(0, 512)).rejects.toMatchObject({ code: "Volume.MapCorrupt" });
    await expect(volume.write(512, pattern(512))).rejects.toMatchObject({ code: "Volume.MapCorrupt" });
    expectSame(await volume.read(PAGE_BLOCKS * BLOCK_BYTES, 512), new Uint8Array(512));
  });

  it("B6 a read that the store refuses rejects, and works when tried again", async () => {
    const first = await open();
    await first.write(0, pattern(4 * BLOCK_BYTES));
    const volume = await reopen(first);
    await volume.read(PAGE_BLOCKS * BLOCK_BYTES, 512);
    database.failNext("read", broken);
    await expect(volume.read(0, 512)).rejects.toMatchObject({ code: "Store.Failed" });
    expectSame(await volume.read(0, 512), pattern(512));
  });

  it("B8 a write that cannot load what it leaves as it is changes nothing", async () => {
    const first = await open();
    await first.write(0, pattern(2 * BLOCK_BYTES));
    const volume = await reopen(first);
    await volume.read(0, 512);
    database.failNext("read", broken);
    await expect(volume.write(512, pattern(BLOCK_BYTES, 2))).rejects.toMatchObject({ code: "Store.Failed" });
    expectSame(await volume.read(0, 2 * BLOCK_BYTES), pattern(2 * BLOCK_BYTES));
    expect(volume.stats().unstoredBytes).toBe(0);
  });

  it("B12 keeps writes during a commit out of it", async () => {
    const volume = await open();
    await volume.write(0, pattern(BLOCK_BYTES, 1));
    const release = holdCommits();
    const flush = volume.flush();
    await volume.write(512, pattern(512, 2));
    release();
    await flush;
    powerCut(0);
    const want = pattern(BLOCK_BYTES, 1);
    expectSame(await (await open()).read(0, BLOCK_BYTES), want);
  });

  it("B13 says why a flush failed, keeps what it could not store, and stores it with the next", async () => {
    const volume = await open();
    await volume.write(0, pattern(BLOCK_BYTES));
    await volume.write(PAGE_BLOCKS * BLOCK_BYTES, pattern(BLOCK_BYTES));
    await volume.flush();
    await volume.write(0, pattern(BLOCK_BYTES, 2));
    await volume.discard(PAGE_BLOCKS * BLOCK_BYTES, BLOCK_BYTES);
    database.failNext("commit", broken);
    await expect(volume.flush()).rejects.toMatchObject({ code: "Store.Failed" });
    expectSame(await volume.read(0, BLOCK_BYTES), pattern(BLOCK_BYTES, 2));
    await volume.flush();
    expect(volume.stats()).toMatchObject({ failedCommits: 1, unstoredBytes: 0, storedBytes: BLOCK_BYTES });
    powerCut(0);
    const again = await open();
    expectSame(await again.read(0, BLOCK_BYTES), pattern(BLOCK_BYTES, 2));
    expectSame(await again.read(PAGE_BLOCKS * BLOCK_BYTES, 512), new Uint8Array(512));
  });

  it("B13 tells a failure to the flushes that wait for it, and not to those that come after it", async () => {
    const volume = await open();
    await volume.write(0, pattern(BLOCK_BYTES));
    const release = holdCommits();
    const first = volume.flush();
    const same = volume.flush();
    await volume.write(BLOCK_BYTES, pattern(BLOCK_BYTES));
    const next = volume.flush();
    database.failNext("commit", broken);
    release();
    await expect(first).rejects.toMatchObject({ code: "Store.Failed" });
    await expect(same).rejects.toMatchObject({ code: "Store.Failed" });
    await next;
    expect(volume.stats().storedBytes).toBe(2 * BLOCK_BYTES);
  });

  it("B13 a commit that nobody asked for and that fails is made up for by the flush", async () => {
    const volume = await open({ writeBackBytes: BLOCK_BYTES });
    database.failNext("commit", broken);
    await volume.write(0, pattern(BLOCK_BYTES));
    while (volume.stats().failedCommits === 0) await Promise.resolve();
    await volume.flush();
    expect(volume.stats()).toMatchObject({ failedCommits: 1, commits: 1, storedBytes: BLOCK_BYTES });
  });

  it("B14 holds writers while too much is not stored, and lets them go on when it is", async () => {
    const volume = await open({ writeBackBytes: 2 * BLOCK_BYTES, dirtyBytes: 4 * BLOCK_BYTES });
    const release = holdCommits();
    for (let block = 0; block < 4; block++)
      expect(volume.write(block * BLOCK_BYTES, pattern(BLOCK_BYTES))).toBeUndefined();
    const held = volume.write(4 * BLOCK_BYTES, pattern(BLOCK_BYTES));
    expect(held).toBeInstanceOf(Promise);
    let accepted = false;
    const done = held?.then(() => {
      accepted = true;
    });
    for (let i = 0; i < 50; i++) await Promise.resolve();
    expect(accepted).toBe(false);
    release();
    await done;
    await volume.flush();
    expect(volume.stats().storedBytes).toBe(5 * BLOCK_BYTES);
  });

  it("B9 B14 a full store refuses writers with its reason, and takes all again when there is room", async () => {
    const volume = await open({ writeBackBytes: 2 * BLOCK_BYTES, dirtyBytes: 4 * BLOCK_BYTES });
    await volume.write(100 * BLOCK_BYTES, pattern(2 * BLOCK_BYTES));
    await volume.flush();
    database.quotaBytes = 3 * BLOCK_BYTES;
    const full = { code: "Store.QuotaExceeded" };
    const written = pattern(4 * BLOCK_BYTES, 2);
    await volume.write(0, written.subarray(0, 2 * BLOCK_BYTES));
    await volume.write(2 * BLOCK_BYTES, written.subarray(2 * BLOCK_BYTES));
    await expect(volume.write(4 * BLOCK_BYTES, pattern(512))).rejects.toMatchObject(full);
    const tries = volume.stats().failedCommits;
    await expect(volume.write(4 * BLOCK_BYTES, pattern(512))).rejects.toMatchObject(full);
    expect(volume.stats().failedCommits, "refused without another try").toBe(tries);
    time += 1000;
    await expect(volume.write(4 * BLOCK_BYTES, pattern(512))).rejects.toMatchObject(full);
    expect(volume.stats().failedCommits).toBe(tries + 1);
    await expect(volume.flush()).rejects.toMatchObject(full);
    expectSame(await volume.read(0, 4 * BLOCK_BYTES), written);
    // The guest deletes files and trims: that must work when nothing else does.
    expect(volume.discard(100 * BLOCK_BYTES, 2 * BLOCK_BYTES)).toBeUndefined();
    expect(volume.discard(0, 2 * BLOCK_BYTES)).toBeUndefined();
    await volume.flush();
    expectSame(await volume.read(2 * BLOCK_BYTES, 2 * BLOCK_BYTES), written.slice(2 * BLOCK_BYTES));
    await volume.write(4 * BLOCK_BYTES, pattern(512));
    database.quotaBytes = Number.POSITIVE_INFINITY;
    await volume.close();
    expectSame(await (await open()).read(2 * BLOCK_BYTES, 2 * BLOCK_BYTES), written.slice(2 * BLOCK_BYTES));
  });

  it("B15 a power cut leaves an acknowledged flush whole, and a commit under way whole or not at all", async () => {
    for (const keep of [0, 1]) {
      const volume = await open();
      await volume.write(0, pattern(8 * BLOCK_BYTES, 1));
      await volume.flush();
      const release = holdCommits();
      await volume.write(0, pattern(8 * BLOCK_BYTES, 2));
      const flush = volume.flush();
      const cut = expect(flush).rejects.toMatchObject({ code: "Store.Closed" });
      await Promise.resolve();
      powerCut(keep);
      release();
      await cut;
      await volume.abandon();
      const again = await open();
      expectSame(await again.read(0, 8 * BLOCK_BYTES), pattern(8 * BLOCK_BYTES, 1 + keep));
      await again.close();
    }
  });

  it("B17 stays open when it cannot store what it must, and closes when it can", async () => {
    const volume = await open();
    await volume.write(0, pattern(512));
    database.failNext("commit", broken);
    await expect(volume.close()).rejects.toMatchObject({ code: "Store.Failed" });
    expectSame(await volume.read(0, 512), pattern(512));
    expectSame(await (await reopen(volume)).read(0, 512), pattern(512));
  });

  it("says that a chain is broken when a layer is missing", async () => {
    const store = await disk.open("d");
    const [[key]] = (await store.entries({ prefix: ["record", "blockstore.layer"] })) as [[string[], unknown]];
    await store.commit([{ type: "delete", key }]);
    await expect(open()).rejects.toMatchObject({ code: "Volume.ChainBroken" });
  });
});
