import { destroyIndexedDb, openIndexedDb } from "./indexed-db.ts";
import { put } from "./key-value-store.ts";

/** Of all clouds of this site: IndexedDB's databases share one LevelDB. No cloud's database has a colon in its name. */
const DATABASE = "tabvisor:fresh-log";
/** Chromium compresses values of 64 KiB and more, and would write next to nothing. */
const VALUE_BYTES = 60 << 10;
/**
 * LevelDB goes on to another log with the first write after 4 MiB at most (`leveldb_env::WriteBufferSize`), and does so
 * a second time only when all of the log before is in a table. Twice that, and what one batch may be above it.
 */
const VALUES = Math.ceil((10 << 20) / VALUE_BYTES);

/**
 * Has the browser put away what its log of IndexedDB holds, and begin another one. Whoever runs a cloud does it before
 * anything new is stored, or else a second crash can take with it everything in the database.
 *
 * Chromium keeps IndexedDB in LevelDB, opened with `reuse_logs`. Killed while it writes, or without power, it leaves half
 * a record at the log's end. The next start passes over that half as it should, but goes on behind it in the same file,
 * and the start after that takes the new records for the rest of the half: it loses them, though they were acknowledged
 * with strict durability, or finds the database corrupt and deletes all of it (github.com/google/leveldb/issues/1287;
 * seen in Chromium 156: `test/e2e/machine/torn-log.spec.ts`). No page can keep LevelDB from reusing a log, but it goes on to
 * another by itself when one is full, and deletes the old. So the old one is filled.
 *
 * It takes 50 to 100 ms (two cores, busy), and nothing where there is no database yet. Firefox and Safari keep IndexedDB in SQLite: they are left alone.
 *
 * @returns when the log from before the call is no longer needed. Rejects as commits of a store do: `Store.QuotaExceeded`, …
 */
export async function startFreshLog(): Promise<void> {
  if (!isChromium() || (await globalThis.indexedDB.databases()).length === 0) return;
  const store = await openIndexedDb(DATABASE);
  const value = new Uint8Array(VALUE_BYTES);
  try {
    await store.commit(Array.from({ length: VALUES }, (_, index) => put([index], value)));
  } finally {
    await store.close();
    // Quicker than deleting the values, which would write each of them into the log once more.
    await destroyIndexedDb(DATABASE);
  }
}

/** Only Chromium's browsers have it (User-Agent Client Hints §5). */
const isChromium = () => "userAgentData" in navigator;
