import { describe, expect, it } from "vitest";
import { MemoryDisk } from "../store/memory-store.ts";
import { ContentCache } from "./content-cache.ts";
import { evictImageCache, imageCacheUsage } from "./image-cache.ts";

describe("B22 the cache of images", () => {
  it("tells what it holds, and drops all of it", async () => {
    const disk = new MemoryDisk();
    expect(await imageCacheUsage(disk.open)).toEqual({ storedBytes: 0 });
    const cache = new ContentCache(disk.open, (error) => {
      throw error;
    });
    await cache.put("a".repeat(64), new ArrayBuffer(1000));
    await cache.put("b".repeat(64), new ArrayBuffer(24));
    expect(await imageCacheUsage(disk.open)).toEqual({ storedBytes: 1024 });
    await evictImageCache(disk.open);
    expect(await imageCacheUsage(disk.open)).toEqual({ storedBytes: 0 });
    expect(await cache.get("a".repeat(64))).toBeUndefined();
    await cache.close();
  });
});
