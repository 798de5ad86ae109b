import * as idbKeyval from "idb-keyval";
import type { CloudError } from "../base/errors.ts";
import type { StoreKey, StoreOperation, StoreRange } from "./key-value-store.ts";
import { type CommitOptions, checkKey, type KeyValueStore, type StoreEntry } from "./key-value-store.ts";
import { closedError, quotaError, storeError, unavailableError } from "./store-errors.ts";

/** Every database has this one object store, so that any records can share a transaction. */
const OBJECT_STORE = "entries";
const SCHEMA_VERSION = 1;

/** Opens (or makes) a database. Rejects with `Store.Unavailable` where the browser has no IndexedDB for this page. */
export async function openIndexedDb(database: string): Promise<KeyValueStore> {
  const store = new IndexedDbStore(database);
  await store.open();
  return store;
}

/** Deletes a database with all in it. Open stores of other tabs and workers close by themselves. */
export async function destroyIndexedDb(database: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = globalThis.indexedDB.deleteDatabase(database);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(storeError(database, request.error));
    // Not an end: the deletion goes on when the others have closed, which ours do at `versionchange`.
    request.onblocked = () => undefined;
  });
}

class IndexedDbStore implements KeyValueStore {
  readonly #database: string;
  /** `undefined` after the browser closed it under us: the next use opens a new one. */
  #connection: IDBDatabase | undefined;
  #connecting: Promise<IDBDatabase> | undefined;
  #opened = false;
  #ended: CloudError | undefined;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(database: string) {
    this.#database = database;
  }

  async open(): Promise<void> {
    await this.#connect();
  }

  get(key: StoreKey): Promise<unknown> {
    return this.#run(() => idbKeyval.get<unknown>(toKey(key), this.#useStore("relaxed")));
  }

  getMany(keys: readonly StoreKey[]): Promise<unknown[]> {
    return this.#run(() => idbKeyval.getMany<unknown>(keys.map(toKey), this.#useStore("relaxed")));
  }

  entries(range: StoreRange): Promise<StoreEntry[]> {
    return this.#run(() =>
      this.#useStore("relaxed")("readonly", async (store) => {
        const query = toKeyRange(range);
        const [keys, values] = await Promise.all([
          idbKeyval.promisifyRequest(store.getAllKeys(query)),
          idbKeyval.promisifyRequest<unknown[]>(store.getAll(query)),
        ]);
        return keys.map((key, i): StoreEntry => [key as unknown as StoreKey, values[i]]);
      }),
    );
  }

  keys(range: StoreRange): Promise<StoreKey[]> {
    return this.#run(() =>
      this.#useStore("relaxed")("readonly", async (store) => {
        const keys = await idbKeyval.promisifyRequest(store.getAllKeys(toKeyRange(range)));
        return keys as unknown as StoreKey[];
      }),
    );
  }

  commit(operations: readonly StoreOperation[], { durability = "strict" }: CommitOptions = {}): Promise<void> {
    return this.#run(() => {
      let copied = operations;
      // The requests copy the values at once; where there is no connection yet to make requests on, this does.
      const beforeWaiting = () => {
        copied = structuredClone(operations);
      };
      return this.#useStore(durability, beforeWaiting)("readwrite", (store) => apply(store, copied));
    });
  }

  async close(): Promise<void> {
    this.#ended ??= closedError(this.#database);
    await Promise.allSettled(this.#underWay);
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    let running: Promise<T> | undefined;
    try {
      running = work();
      this.#underWay.add(running);
      return await running;
    } catch (thrown) {
      throw storeError(this.#database, thrown);
    } finally {
      if (running !== undefined) this.#underWay.delete(running);
    }
  }

  /**
   * The store function that idb-keyval works on: one transaction a call, with the durability asked for,
   * and begun before this returns wherever there is a connection.
   */
  #useStore(durability: IDBTransactionDurability, beforeWaiting?: () => void): idbKeyval.UseStore {
    return async (mode, callback) => {
      const begin = (connection: IDBDatabase) =>
        connection.transaction(OBJECT_STORE, mode, { durability }).objectStore(OBJECT_STORE);
      let store: IDBObjectStore | undefined;
      try {
        if (this.#connection !== undefined) store = begin(this.#connection);
      } catch (thrown) {
        // A connection that is closing refuses transactions (IndexedDB 3.0 §4.4): it is worth one new connection.
        if (!isInvalidState(thrown)) throw thrown;
        this.#connection = undefined;
      }
      if (store === undefined) {
        beforeWaiting?.();
        store = begin(await this.#connect());
      }
      return callback(store);
    };
  }

  /** One attempt at a time; who comes meanwhile shares it. */
  #connect(): Promise<IDBDatabase> {
    this.#connecting ??= this.#openConnection().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #openConnection(): Promise<IDBDatabase> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#connection !== undefined) return this.#connection;
    const connection = await openConnection(this.#database, !this.#opened);
    this.#opened = true;
    this.#connection = connection;
    // The browser closed it (cleared site data, a broken disk).
    connection.onclose = () => this.#forget(connection);
    // Another tab deletes or upgrades the database: what we hold in memory no longer belongs to what is there.
    connection.onversionchange = () => {
      connection.close();
      this.#forget(connection);
      this.#ended ??= closedError(this.#database, "another tab deleted or upgraded it. Reload the page");
    };
    return connection;
  }

  #forget(connection: IDBDatabase): void {
    if (this.#connection === connection) this.#connection = undefined;
  }
}

const isInvalidState = (thrown: unknown) => thrown instanceof DOMException && thrown.name === "InvalidStateError";

/**
 * Only a first open may make the database. When a later one finds none, the site's data has been cleared, and an
 * empty database in its place would read as a disk of zeros.
 */
function openConnection(database: string, mayCreate: boolean): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = requestOpen(database);
    let gone = false;
    request.onupgradeneeded = (event) => {
      if (mayCreate && event.oldVersion === 0) request.result.createObjectStore(OBJECT_STORE);
      else {
        gone = true;
        request.transaction?.abort();
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => {
      const { error } = request;
      if (gone) reject(closedError(database, "the site's data has been cleared"));
      else if (error?.name === "QuotaExceededError") reject(quotaError(database, error));
      else reject(unavailableError(database, error));
    };
  });
}

function requestOpen(database: string): IDBOpenDBRequest {
  try {
    // `indexedDB` is missing in some embedders; its getter or `open` throws a SecurityError in others.
    return globalThis.indexedDB.open(database, SCHEMA_VERSION);
  } catch (thrown) {
    throw unavailableError(database, thrown);
  }
}

function apply(store: IDBObjectStore, operations: readonly StoreOperation[]): Promise<void> {
  const { transaction } = store;
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    try {
      for (const operation of operations) applyOne(store, operation);
      // Saves a round trip: no need to wait for the requests to find out that no more are coming.
      transaction.commit();
    } catch (thrown) {
      reject(thrown);
      transaction.abort();
    }
  });
}

function applyOne(store: IDBObjectStore, operation: StoreOperation): void {
  switch (operation.type) {
    case "put":
      store.put(operation.value, toKey(operation.key));
      break;
    case "delete":
      store.delete(toKey(operation.key));
      break;
    case "deleteRange":
      store.delete(toKeyRange(operation.range));
  }
}

const toKey = (key: StoreKey): (string | number)[] => [...checkKey(key)];

/** Arrays sort after all other types of key (IndexedDB 3.0 §3.1.3), so `[...prefix, []]` is above all that extend the prefix. */
function toKeyRange({ prefix, from, below }: StoreRange): IDBKeyRange {
  const lower = from === undefined ? toKey(prefix) : toKey([...prefix, from]);
  const upper = below === undefined ? [...toKey(prefix), []] : toKey([...prefix, below]);
  return IDBKeyRange.bound(lower, upper, from === undefined, true);
}
