import { CloudError } from "../base/errors.ts";

/**
 * The one way to persistent storage: a sorted map of array keys to structured-cloneable values.
 * Backed by IndexedDB (`openIndexedDb`) and, for tests, by memory (`MemoryDisk`); one conformance suite holds both to this text.
 *
 * Errors are `CloudError`s: `Store.QuotaExceeded`, `Store.Unavailable` (no IndexedDB here), `Store.Closed`,
 * `Store.Failed` (everything else).
 */
export interface KeyValueStore {
  /** The value, or `undefined` where there is none. */
  get(key: StoreKey): Promise<unknown>;
  /** Values in the order of `keys`, read in one transaction. */
  getMany(keys: readonly StoreKey[]): Promise<unknown[]>;
  /** Keys and values of a range in key order, read in one transaction. */
  entries(range: StoreRange): Promise<StoreEntry[]>;
  /** Keys of a range in key order. */
  keys(range: StoreRange): Promise<StoreKey[]>;
  /**
   * Does all operations, in order, in one transaction. Resolves when the transaction is complete;
   * rejects when it was aborted, and then nothing of it is there. Values are copied before this returns.
   */
  commit(operations: readonly StoreOperation[], options?: CommitOptions): Promise<void>;
  /** Waits for what is under way; everything after it rejects with `Store.Closed`. */
  close(): Promise<void>;
}

/** Numbers sort before strings, strings by UTF-16 code unit, a prefix before what extends it (IndexedDB 3.0 §3.1.3). */
export type StoreKey = readonly (string | number)[];

export type StoreEntry = readonly [key: StoreKey, value: unknown];

/** The keys that extend `prefix` (not `prefix` itself), with their next component in [from, below) where given. */
export interface StoreRange {
  readonly prefix: StoreKey;
  readonly from?: number;
  readonly below?: number;
}

export type StoreOperation =
  | { readonly type: "put"; readonly key: StoreKey; readonly value: unknown }
  | { readonly type: "delete"; readonly key: StoreKey }
  | { readonly type: "deleteRange"; readonly range: StoreRange };

export interface CommitOptions {
  /**
   * `strict` (the default): on the medium when the commit resolves. `relaxed`: handed to the operating system;
   * a power cut may lose it, together with everything committed after it.
   */
  readonly durability?: "strict" | "relaxed";
}

/** Opens the store of this name, making it where it is not there yet. */
export type OpenStore = (database: string) => Promise<KeyValueStore>;

export const put = (key: StoreKey, value: unknown): StoreOperation => ({ type: "put", key, value });
export const remove = (key: StoreKey): StoreOperation => ({ type: "delete", key });
export const removeRange = (range: StoreRange): StoreOperation => ({ type: "deleteRange", range });

/** Gives `key` back; throws `Store.Failed` for what no key may hold (IndexedDB would refuse NaN with a DataError). */
export function checkKey(key: StoreKey): StoreKey {
  if (key.every((part) => typeof part === "string" || Number.isFinite(part))) return key;
  throw new CloudError("Store.Failed", `Not a key: [${key.map(String).join(", ")}]`, { key: key.map(String) });
}

/** The order of keys: negative, zero or positive. */
export function compareKeys(a: StoreKey, b: StoreKey): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a[i] as string | number;
    const y = b[i] as string | number;
    if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

/** Says whether `key` lies in `range`. */
export function inRange(key: StoreKey, { prefix, from, below }: StoreRange): boolean {
  if (key.length <= prefix.length || prefix.some((part, i) => part !== key[i])) return false;
  const next: StoreKey = [key[prefix.length] as string | number];
  if (from !== undefined && compareKeys(next, [from]) < 0) return false;
  return below === undefined || compareKeys(next, [below]) < 0;
}
