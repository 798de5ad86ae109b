import { beforeEach, describe, expect, it, vi } from "vitest";
import { pattern, sameBytes } from "../../test/conformance/image-fixture.ts";
import { MemoryLocks } from "../base/locks.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { BLOCK_BYTES } from "./geometry.ts";
import { askCollector, free } from "./memory.ts";
import { openVolume } from "./open-volume.ts";
import type { Volume } from "./volume.ts";
import { createVolume } from "./volumes.ts";
import type { VolumeLimits } from "./write-back.ts";

// Node 20 cannot give memory back. Detached by another way, it is as gone.
vi.mock("./memory.ts", () => ({
  free: vi.fn((buffer: ArrayBuffer) => void structuredClone(buffer, { transfer: [buffer] })),
  askCollector: vi.fn(),
}));

describe("memory of a disk's blocks", () => {
  const ADDRESS = { database: "d", volumeId: "vol-1" };
  const BLOCKS = 8;
  const CONTENT = pattern(BLOCKS * BLOCK_BYTES);
  const disk = new MemoryDisk();
  const open = (limits: Partial<VolumeLimits>): Promise<Volume> =>
    openVolume({ ...ADDRESS, openStore: disk.open, locks: new MemoryLocks(), limits });

  beforeEach(async () => {
    await disk.destroy("d");
    await createVolume({ ...ADDRESS, sizeBytes: BLOCKS * BLOCK_BYTES, image: null }, { openStore: disk.open });
    const volume = await open({});
    await volume.write(0, CONTENT);
    await volume.close();
    vi.clearAllMocks();
  });

  it("B55 a block that leaves the cache is gone, and was copied before by all who waited for it", async () => {
    const volume = await open({ cacheBytes: 0 });
    const into = new Uint8Array(2 * BLOCK_BYTES);
    const ranges = [
      [0, 2],
      [0, 2],
      [1, 3],
    ] as const;
    const reads = await Promise.all(
      ranges.map(([block, count], i) =>
        volume.read(block * BLOCK_BYTES, count * BLOCK_BYTES, i === 1 ? into : undefined),
      ),
    );
    for (const [i, [block, count]] of ranges.entries()) {
      const expected = CONTENT.subarray(block * BLOCK_BYTES, (block + count) * BLOCK_BYTES);
      expect(sameBytes(reads[i] as Uint8Array, expected)).toBe(true);
    }
    expect(reads[1]).toBe(into);
    expect(volume.stats().cachedBytes).toBe(0);
    expect(vi.mocked(free)).toHaveBeenCalledTimes(volume.stats().blocksLoaded);
  });

  it("B55 a block that a snapshot has yet to store is not gone", async () => {
    const volume = await open({ cacheBytes: 0 });
    const changed = pattern(BLOCKS * BLOCK_BYTES, 2);
    await volume.write(0, changed);
    const flushed = volume.flush();
    await Promise.all([volume.snapshot("snap-1"), flushed]);
    expect(sameBytes(await volume.read(0, changed.byteLength), changed)).toBe(true);
    await volume.close();
  });

  it("B56 a collection of garbage is asked for after so many bytes, where a limit says so", async () => {
    const volume = await open({ cacheBytes: 0, garbageBytes: 2 * BLOCK_BYTES });
    for (const block of [0, 2, 4, 6]) await volume.read(block * BLOCK_BYTES, BLOCK_BYTES);
    expect(vi.mocked(askCollector)).toHaveBeenCalledTimes(2);
    const other = await open({ cacheBytes: 0 });
    await other.read(0, CONTENT.byteLength);
    expect(vi.mocked(askCollector)).toHaveBeenCalledTimes(2);
  });
});
