import { openIndexedDb } from "../store/indexed-db.ts";
import { type KeyValueStore, type OpenStore, removeRange } from "../store/key-value-store.ts";
import { CONTENT_CACHE_DATABASE } from "./content-cache.ts";

/** All that the cache holds, whichever cloud it was fetched for. */
const EVERYTHING = { prefix: ["content"] };

/** Bytes of the files in the cache of images: one at a time is read, since only its reading tells a value's size. */
export async function imageCacheUsage(openStore: OpenStore = openIndexedDb): Promise<{ storedBytes: number }> {
  return await withCache(openStore, async (store) => {
    let storedBytes = 0;
    for (const key of await store.keys(EVERYTHING)) {
      const value = await store.get(key);
      if (value instanceof ArrayBuffer) storedBytes += value.byteLength;
    }
    return { storedBytes };
  });
}

/** Drops everything in the cache of images: what is needed is fetched again (B22). */
export async function evictImageCache(openStore: OpenStore = openIndexedDb): Promise<void> {
  await withCache(openStore, (store) => store.commit([removeRange(EVERYTHING)], { durability: "relaxed" }));
}

async function withCache<T>(openStore: OpenStore, work: (store: KeyValueStore) => Promise<T>): Promise<T> {
  const store = await openStore(CONTENT_CACHE_DATABASE);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
