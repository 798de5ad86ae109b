import { openVolume } from "../../src/blockstore/open-volume.ts";
import { createVolume } from "../../src/blockstore/volumes.ts";
import { destroyIndexedDb } from "../../src/store/indexed-db.ts";

/** The block store beside plain IndexedDB, in a worker, with nothing else around it: `store.mjs`. */

const BLOCK_BYTES = 65_536;
/** What the volume puts into one transaction when nobody asks for a flush. */
const COMMIT_BLOCKS = 64;
/** What Linux reads ahead, and what it sends in one request. */
const REQUEST_BYTES = 128 << 10;
const LARGE_REQUEST_BYTES = 1 << 20;
/** Random bytes, over and over: they do not compress. */
const POOL_BYTES = 16 << 20;
const RANDOM_BYTES = 65_536;
const VOLUME = { database: "bench-store", volumeId: "vol-1" };
const PLAIN = "bench-plain";

/** Milliseconds. */
export interface StoreTimes {
  readonly write: number;
  readonly again: number;
  readonly read: number;
  /** The same with requests of 1 MiB. */
  readonly readLarge?: number;
}

const pool = new Uint8Array(POOL_BYTES);
for (let at = 0; at < POOL_BYTES; at += RANDOM_BYTES) crypto.getRandomValues(pool.subarray(at, at + RANDOM_BYTES));

self.onmessage = async ({ data }: MessageEvent<{ which: "plain" | "volume" | "encrypted"; bytes: number }>) => {
  try {
    self.postMessage({
      times: await (data.which === "plain" ? plain(data.bytes) : volume(data.bytes, data.which === "encrypted")),
    });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function volume(bytes: number, isEncrypted: boolean): Promise<StoreTimes> {
  const algorithm = { name: "AES-GCM", length: 256 };
  const key = isEncrypted ? await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]) : undefined;
  await destroyIndexedDb(VOLUME.database);
  await createVolume({ ...VOLUME, sizeBytes: bytes, image: null, key });
  const disk = await openVolume({ ...VOLUME, key });
  const writeAll = async () => {
    for (let offset = 0; offset < bytes; offset += REQUEST_BYTES) {
      const from = offset % POOL_BYTES;
      const waiting = disk.write(offset, pool.subarray(from, from + REQUEST_BYTES));
      if (waiting !== undefined) await waiting;
    }
    await disk.flush();
  };
  const write = await timed(writeAll);
  const again = await timed(writeAll);
  await disk.close();
  const readAll = async (step: number) => {
    const opened = await openVolume({ ...VOLUME, key });
    const took = await timed(async () => {
      for (let offset = 0; offset < bytes; offset += step) await opened.read(offset, step);
    });
    await opened.close();
    return took;
  };
  const times = { write, again, read: await readAll(REQUEST_BYTES), readLarge: await readAll(LARGE_REQUEST_BYTES) };
  await destroyIndexedDb(VOLUME.database);
  return times;
}

/** The same bytes, durability, keys and transactions, one after the other. */
async function plain(bytes: number): Promise<StoreTimes> {
  await destroyIndexedDb(PLAIN);
  const opening = indexedDB.open(PLAIN, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("entries");
  const database = await promisify(opening);
  const blocks = bytes / BLOCK_BYTES;
  const values = Array.from(
    { length: POOL_BYTES / BLOCK_BYTES },
    (_, i) => pool.slice(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES).buffer,
  );
  const writeAll = async () => {
    for (let from = 0; from < blocks; from += COMMIT_BLOCKS) {
      const transaction = database.transaction("entries", "readwrite", { durability: "strict" });
      const store = transaction.objectStore("entries");
      for (let i = from; i < Math.min(blocks, from + COMMIT_BLOCKS); i++) {
        store.put(values[i % values.length], ["block", "layer", i]);
      }
      transaction.commit();
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    }
  };
  const write = await timed(writeAll);
  const again = await timed(writeAll);
  const read = await timed(async () => {
    for (let from = 0; from < blocks; from += COMMIT_BLOCKS) {
      const store = database.transaction("entries").objectStore("entries");
      const count = Math.min(COMMIT_BLOCKS, blocks - from);
      await Promise.all(Array.from({ length: count }, (_, i) => promisify(store.get(["block", "layer", from + i]))));
    }
  });
  database.close();
  await destroyIndexedDb(PLAIN);
  return { write, again, read };
}

function promisify<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
