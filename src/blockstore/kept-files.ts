import { openIndexedDb } from "../store/indexed-db.ts";
import { type KeyValueStore, type OpenStore, put, remove } from "../store/key-value-store.ts";

/** Files of imported images: no server has them, so that they are kept with the cloud and not in a cache. */
const FILES = "file";

/** Keeps files under their SHA-256, which the caller has verified. */
export async function keepFiles(
  database: string,
  files: readonly { readonly sha256: string; readonly content: Uint8Array<ArrayBuffer> }[],
  openStore: OpenStore = openIndexedDb,
): Promise<void> {
  await withStore(database, openStore, (store) =>
    store.commit(
      files.map(({ sha256, content }) => put([FILES, sha256], content.slice().buffer)),
      { durability: "strict" },
    ),
  );
}

/** What is kept under a SHA-256, to be verified again; `undefined` where nothing is. */
export async function keptFile(
  database: string,
  sha256: string,
  openStore: OpenStore = openIndexedDb,
): Promise<ArrayBuffer | undefined> {
  const value = await withStore(database, openStore, (store) => store.get([FILES, sha256]));
  return value instanceof ArrayBuffer ? value : undefined;
}

/** Drops the files that nothing needs: all but those named. */
export async function dropFilesBut(
  database: string,
  needed: readonly string[],
  openStore: OpenStore = openIndexedDb,
): Promise<void> {
  await withStore(database, openStore, async (store) => {
    const kept = await store.keys({ prefix: [FILES] });
    const gone = kept.filter((key) => !needed.includes(String(key[1])));
    if (gone.length > 0) await store.commit(gone.map(remove), { durability: "relaxed" });
  });
}

async function withStore<T>(
  database: string,
  openStore: OpenStore,
  work: (store: KeyValueStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(database);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
