import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pattern, sameBytes } from "../../test/conformance/image-fixture.ts";
import { ADDRESS, expectBlocks, MemoryLab, makeKey, SIZE } from "../../test/conformance/memory-lab.ts";
import { CloudError } from "../base/errors.ts";
import { put, type StoreKey } from "../store/key-value-store.ts";
import { BlockCipher } from "./block-cipher.ts";
import { checksum } from "./checksum.ts";
import { encryptSnapshot, forgetOldCopies } from "./encrypt-snapshot.ts";
import { BLOCK_BYTES as B } from "./geometry.ts";
import { decodeMapPage, encodeMapPage } from "./map-page.ts";
import { openSnapshot } from "./open-volume.ts";
import { rollbackVolume, snapshotVolume } from "./snapshots.ts";
import { databaseUsage } from "./usage.ts";
import { createVolume, deleteVolume } from "./volumes.ts";

describe("encrypted volumes", () => {
  let lab: MemoryLab;

  beforeEach(async () => {
    lab = await MemoryLab.make();
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("B49 F48 stores nothing of an encrypted volume in clear, nor of its snapshots and what is made from them", async () => {
    const key = await makeKey();
    const text = new TextEncoder().encode("nobody may read this; ".repeat(40)).slice(0, 512);
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, lab.surroundings);
    const volume = await lab.open({ volumeId: "vol-2", key });
    await volume.write(0, text);
    await volume.flush();
    await volume.write(B, text);
    await volume.snapshot("snap-1");
    await volume.write(2 * B, text);
    await volume.discard(0, B);
    await volume.close();
    const from = { ...ADDRESS, volumeId: "vol-3", sizeBytes: SIZE, image: null, snapshotId: "snap-1" };
    await createVolume(from, lab.surroundings);
    const clone = await lab.open({ volumeId: "vol-3", key });
    expect(sameBytes(await clone.read(0, 512), text)).toBe(true);
    await clone.write(3 * B, text);
    await clone.close();
    await rollbackVolume({ ...ADDRESS, volumeId: "vol-2", snapshotId: "snap-1" }, lab.surroundings);
    const back = await lab.open({ volumeId: "vol-2", key });
    expect(sameBytes(await back.read(B, 512), text)).toBe(true);
    await back.write(3 * B, text);
    await back.close();
    await deleteVolume({ ...ADDRESS, volumeId: "vol-3" }, lab.surroundings);
    await lab.unsnapshot("snap-1");
    expect(await lab.collect()).toMatchObject({ layersMerged: 1 });
    const again = await lab.open({ volumeId: "vol-2", key });
    for (const block of [0, 1, 3]) expect(sameBytes(await again.read(block * B, 512), text)).toBe(true);
    await again.close();
    const needle = Buffer.from(text.subarray(0, 22));
    const stored = lab.database.dump().filter(([[what]]) => what === "block");
    expect(stored.length).toBe(3);
    for (const [name, value] of lab.database.dump()) {
      const bytes = value instanceof ArrayBuffer ? Buffer.from(value) : Buffer.from(JSON.stringify(value));
      expect(bytes.includes(needle), String(name)).toBe(false);
    }
  });

  it("B49 F48 without the key, or with another one, is not opened", async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const noKey = { code: "Volume.KeyUnavailable" };
    const encrypted = { ...ADDRESS, volumeId: "vol-2" };
    await createVolume({ ...encrypted, sizeBytes: SIZE, image: null, key }, lab.surroundings);
    await snapshotVolume({ ...encrypted, snapshotId: "snap-1" }, lab.surroundings);
    await expect(lab.open({ volumeId: "vol-2" })).rejects.toMatchObject(noKey);
    await expect(lab.open({ volumeId: "vol-2", key: other })).rejects.toMatchObject(noKey);
    const snapshot = { database: "d", snapshotId: "snap-1", ...lab.surroundings };
    await expect(openSnapshot(snapshot)).rejects.toMatchObject(noKey);
    await expect(openSnapshot({ ...snapshot, key: other })).rejects.toMatchObject(noKey);
    await (await openSnapshot({ ...snapshot, key })).close();
    const from = { ...ADDRESS, volumeId: "vol-3", sizeBytes: SIZE, image: null };
    const attempt = createVolume({ ...from, snapshotId: "snap-1", key: other }, lab.surroundings);
    await expect(attempt).rejects.toMatchObject(noKey);
    await snapshotVolume({ ...ADDRESS, snapshotId: "snap-2" }, lab.surroundings);
    const mixed = createVolume({ ...from, snapshotId: "snap-2", key }, lab.surroundings);
    await expect(mixed).rejects.toMatchObject({ code: "InvalidParameterCombination" });
    await (await lab.open({ volumeId: "vol-2", key })).close();
  });

  it("B49 an encrypted block that was changed, or put in another's place, is an error", async () => {
    const key = await makeKey();
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, lab.surroundings);
    const volume = await lab.open({ volumeId: "vol-2", key });
    await volume.write(0, pattern(2 * B, 1));
    await volume.close();
    const store = await lab.disk.open("d");
    const [[first], [, second]] = (await store.entries({ prefix: ["block"] })) as [
      [StoreKey, unknown],
      [StoreKey, unknown],
    ];
    const [[map, page]] = (await store.entries({ prefix: ["map"] })) as [[StoreKey, ArrayBuffer]];
    // With a checksum that fits: the tag finds it out.
    const content = decodeMapPage(page, "", 0);
    content.sums[0] = checksum(new Int32Array(second as ArrayBuffer), 0);
    await store.commit([put(first, second), put(map, encodeMapPage(content))]);
    const again = await lab.open({ volumeId: "vol-2", key });
    const corrupt = { code: "Volume.BlockCorrupt", details: { block: 0, why: "cannot be decrypted" } };
    await expect(again.read(0, 512)).rejects.toMatchObject(corrupt);
    expect(sameBytes(await again.read(B, B), pattern(2 * B, 1).slice(B))).toBe(true);
  });

  it("B52 what is encrypted ahead of its commit is what the commit stores, unless it has been written to since", async () => {
    const key = await makeKey();
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, lab.surroundings);
    const volume = await lab.open({ volumeId: "vol-2", key });
    const encrypt = vi.spyOn(BlockCipher.prototype, "encrypt");
    await volume.write(0, pattern(3 * B, 1));
    expect(encrypt).toHaveBeenCalledTimes(3);
    await volume.write(0, pattern(512, 2));
    await volume.discard(2 * B, B);
    await volume.flush();
    // The first block alone had to be encrypted again.
    expect(encrypt).toHaveBeenCalledTimes(4);
    lab.database.failNext("commit", new CloudError("Store.Failed", "no"));
    await volume.write(B, pattern(B, 3));
    await expect(volume.flush()).rejects.toMatchObject({ code: "Store.Failed" });
    // Its memory is the next block's.
    await volume.write(5 * B, pattern(B, 4));
    await volume.close();
    const again = await lab.open({ volumeId: "vol-2", key });
    const want = pattern(3 * B, 1);
    want.set(pattern(512, 2));
    want.set(pattern(B, 3), B);
    want.fill(0, 2 * B);
    await expectBlocks(again, 0, want);
    await expectBlocks(again, 5, pattern(B, 4));
  });

  it("B11 B15 B52 a commit that nobody waits for takes what is encrypted, a flush takes all", async () => {
    const key = await makeKey();
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, lab.surroundings);
    const limits = { writeBackBytes: 4 * B, dirtyBytes: 64 * B };
    const volume = await lab.open({ volumeId: "vol-2", key, limits });
    const encrypt = vi.spyOn(BlockCipher.prototype, "encrypt");
    await volume.write(0, pattern(3 * B, 1));
    await Promise.allSettled(encrypt.mock.results.map(({ value }) => value));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const release = lab.hold("commit");
    // Not to its end: it is not encrypted ahead, and the commit that it makes due goes without it.
    await volume.write(3 * B, pattern(512, 2));
    expect(volume.stats().unstoredBytes).toBe(4 * B);
    release();
    while (volume.stats().commits === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(volume.stats()).toMatchObject({ blocksCommitted: 3, unstoredBytes: B });
    await volume.flush();
    expect(volume.stats()).toMatchObject({ blocksCommitted: 4, unstoredBytes: 0 });
    lab.powerCut(0);
    const again = await lab.open({ volumeId: "vol-2", key });
    await expectBlocks(again, 0, pattern(3 * B, 1));
    expect(sameBytes(await again.read(3 * B, 512), pattern(512, 2))).toBe(true);
  });

  it("B51 F48 a snapshot that is not encrypted is copied for a volume that is", async () => {
    const key = await makeKey();
    await lab.twoSnapshots();
    const copy = { ...ADDRESS, volumeId: "vol-2", snapshotId: "snap-2", sizeBytes: SIZE + B, key };
    await encryptSnapshot(copy, lab.surroundings);
    const exists = { code: "Volume.AlreadyExists" };
    await expect(encryptSnapshot(copy, lab.surroundings)).rejects.toMatchObject(exists);
    await expect(lab.open({ volumeId: "vol-2" })).rejects.toMatchObject({ code: "Volume.KeyUnavailable" });
    const volume = await lab.open({ volumeId: "vol-2", key });
    expect(volume.sizeBytes).toBe(SIZE + B);
    await lab.kept("snap-2", async (snapshot) => {
      await expectBlocks(volume, 0, await snapshot.read(0, 4 * B));
    });
    // Nothing of it is where the snapshot is, and blocks of zeros are not copied.
    await volume.close();
    expect((await databaseUsage({ database: "d" }, lab.surroundings)).volumes).toContainEqual({
      volumeId: "vol-2",
      sizeBytes: SIZE + B,
      storedBytes: 2 * B,
    });
    for (const id of ["snap-1", "snap-2"]) await lab.unsnapshot(id);
    await deleteVolume(ADDRESS, lab.surroundings);
    await lab.collect();
    await (await lab.open({ volumeId: "vol-2", key })).close();
  });

  it.each([0, 1, 2, 3])(
    "B51 a copy that is killed after %i commits leaves no volume, and can be made again",
    async (kept) => {
      const key = await makeKey();
      await lab.twoSnapshots();
      const copy = { ...ADDRESS, volumeId: "vol-2", snapshotId: "snap-2", sizeBytes: SIZE, key };
      let commits = 0;
      let killed: () => void = () => undefined;
      const death = new Promise<void>((resolve) => {
        killed = resolve;
      });
      lab.database.latency = (kind) => {
        if (kind !== "commit" || commits++ < kept) return;
        killed();
        return new Promise(() => undefined);
      };
      const making = encryptSnapshot(copy, lab.surroundings).catch(() => undefined);
      await Promise.race([death, making]);
      lab.database.latency = () => undefined;
      lab.powerCut(0);
      await making;
      if (kept < 3)
        await expect(lab.open({ volumeId: "vol-2", key })).rejects.toMatchObject({ code: "InvalidVolume.NotFound" });
      if (kept === 2) await forgetOldCopies("d", lab.surroundings);
      if (kept < 3) await encryptSnapshot(copy, lab.surroundings);
      const volume = await lab.open({ volumeId: "vol-2", key });
      await expectBlocks(volume, 0, pattern(B, 2));
      await volume.close();
      const { volumes } = await databaseUsage({ database: "d" }, lab.surroundings);
      expect(volumes.map(({ volumeId }) => volumeId)).toEqual(["vol-1", "vol-2"]);
    },
  );

  it("B50 what changes while it is being encrypted is not in the commit, and in the snapshot as it should be", async () => {
    const key = await makeKey();
    await createVolume({ ...ADDRESS, volumeId: "vol-2", sizeBytes: SIZE, image: null, key }, lab.surroundings);
    const volume = await lab.open({ volumeId: "vol-2", key });
    await volume.write(0, pattern(4 * B, 1));
    const flush = volume.flush();
    await volume.discard(0, B);
    await volume.write(B, pattern(512, 2));
    const made = volume.snapshot("snap-1");
    await volume.discard(2 * B, B);
    await volume.write(3 * B, pattern(512, 3));
    await Promise.all([flush, made]);
    await volume.flush();
    lab.powerCut(0);
    const want = pattern(4 * B, 1);
    want.fill(0, 0, B);
    want.set(pattern(512, 2), B);
    const snapshot = await openSnapshot({ database: "d", snapshotId: "snap-1", ...lab.surroundings, key });
    await expectBlocks(snapshot, 0, want);
    want.fill(0, 2 * B, 3 * B);
    want.set(pattern(512, 3), 3 * B);
    await expectBlocks(await lab.open({ volumeId: "vol-2", key }), 0, want);
    expect((await databaseUsage({ database: "d" }, lab.surroundings)).snapshots).toMatchObject([
      { storedBytes: 3 * B },
    ]);
  });
});
