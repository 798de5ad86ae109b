import { expect } from "vitest";
import { MemoryLocks } from "../../src/base/locks.ts";
import { type CollectedGarbage, collectGarbage } from "../../src/blockstore/collect-garbage.ts";
import { BLOCK_BYTES, PAGE_BLOCKS } from "../../src/blockstore/geometry.ts";
import { type OpenVolumeOptions, openSnapshot, openVolume } from "../../src/blockstore/open-volume.ts";
import { deleteSnapshot } from "../../src/blockstore/snapshots.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume } from "../../src/blockstore/volumes.ts";
import type { KeyValueStore } from "../../src/store/key-value-store.ts";
import { MemoryDisk } from "../../src/store/memory-store.ts";
import { pattern, sameBytes } from "./image-fixture.ts";

export const ADDRESS = { database: "d", volumeId: "vol-1" };
export const SIZE = 3 * PAGE_BLOCKS * BLOCK_BYTES;

/** One blank volume in memory, and a store that a test can hold, fail and cut from its power. */
export class MemoryLab {
  readonly disk = new MemoryDisk();
  readonly database = this.disk.database("d");
  locks = new MemoryLocks();

  static async make(): Promise<MemoryLab> {
    const lab = new MemoryLab();
    await createVolume({ ...ADDRESS, sizeBytes: SIZE, image: null }, lab.surroundings);
    return lab;
  }

  get surroundings() {
    return { openStore: this.disk.open, locks: this.locks };
  }

  open(options: Partial<OpenVolumeOptions> = {}): Promise<Volume> {
    return openVolume({ ...ADDRESS, ...this.surroundings, ...options });
  }

  collect(): Promise<CollectedGarbage> {
    return collectGarbage({ database: "d" }, this.surroundings);
  }

  /** Works on an open snapshot. */
  async kept(snapshotId: string, work: (volume: Volume) => Promise<void>): Promise<void> {
    const volume = await openSnapshot({ database: "d", snapshotId, ...this.surroundings });
    await work(volume);
    await volume.close();
  }

  unsnapshot(snapshotId: string): Promise<void> {
    return deleteSnapshot({ database: "d", snapshotId }, this.surroundings);
  }

  /** Without power nobody holds a lock. */
  powerCut(keep: number): void {
    this.database.powerCut(keep);
    this.locks = new MemoryLocks();
  }

  /** Holds commits, or reads, until the result is called. */
  hold(what: "commit" | "read"): () => void {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.database.latency = (kind) => (kind === what ? held : undefined);
    return () => {
      this.database.latency = () => undefined;
      release();
    };
  }

  /** Two snapshots, and a head: block 0 in all, 1 in the first only, 2 zeros over data in the second. */
  async twoSnapshots(): Promise<void> {
    const volume = await this.open();
    await volume.write(0, pattern(3 * BLOCK_BYTES, 1));
    await volume.snapshot("snap-1");
    await volume.write(0, pattern(BLOCK_BYTES, 2));
    await volume.discard(2 * BLOCK_BYTES, BLOCK_BYTES);
    await volume.snapshot("snap-2");
    await volume.write(0, pattern(BLOCK_BYTES, 3));
    await volume.close();
  }
}

export async function expectBlocks(volume: Volume, first: number, want: Uint8Array): Promise<void> {
  expect(sameBytes(await volume.read(first * BLOCK_BYTES, want.byteLength), want)).toBe(true);
}

export const makeKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

/** Does something between a commit and the answer to it. */
export function afterCommit(store: KeyValueStore, work: () => Promise<void> | void): KeyValueStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    entries: (range) => store.entries(range),
    keys: (range) => store.keys(range),
    close: () => store.close(),
    commit: async (...commit) => {
      await store.commit(...commit);
      await work();
    },
  };
}

/** As if the collection of garbage were killed between two steps. */
export const abortAfterCommit = (store: KeyValueStore, controller: AbortController): KeyValueStore =>
  afterCommit(store, () => controller.abort());
