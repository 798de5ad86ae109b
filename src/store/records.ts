import type * as v from "valibot";
import { getDotPath, safeParse } from "valibot";
import { CloudError } from "../base/errors.ts";
import type { StoreOperation } from "./key-value-store.ts";
import { type CommitOptions, type KeyValueStore, put, remove, type StoreKey } from "./key-value-store.ts";

/** Makes the content of version n − 1 into that of version n. Pure: it is run again until the record is next written. */
export type Migration = (old: unknown) => unknown;

/** A kind of persisted record. `version` starts at 1; `migrations[n]` leads from n − 1 to n, without gaps. */
export interface RecordKind<T> {
  readonly kind: string;
  readonly version: number;
  readonly schema: v.GenericSchema<unknown, T>;
  readonly migrations: Readonly<Record<number, Migration>>;
}

export interface StoredRecord<T> {
  readonly id: string;
  readonly value: T;
}

/** How a record stands in the store, under `["record", kind, id]`. */
interface Envelope {
  readonly version: number;
  readonly value: unknown;
}

/** Declares a kind of record. Throws when its migrations are not exactly 2…version: that is a bug, not bad data. */
export function defineRecordKind<T>(definition: {
  kind: string;
  version: number;
  schema: v.GenericSchema<unknown, T>;
  migrations?: Readonly<Record<number, Migration>>;
}): RecordKind<T> {
  const { kind, version, migrations = {} } = definition;
  const given = Object.keys(migrations).map(Number);
  const wanted = Array.from({ length: version - 1 }, (_, i) => i + 2);
  if (version < 1 || given.length !== wanted.length || wanted.some((n) => migrations[n] === undefined)) {
    throw new TypeError(`Records of kind "${kind}" need migrations ${wanted.join(", ") || "none"}, not ${given}`);
  }
  return { ...definition, migrations };
}

export const recordKey = ({ kind }: { readonly kind: string }, id: string): StoreKey => ["record", kind, id];

/**
 * Typed records over a store: validated when written and when read, migrated on read.
 * `put` and `delete` only build operations, so that changes that belong together go into one `commit`, whatever their kinds.
 *
 * A record that cannot be read is `Store.RecordCorrupt`, one from a newer tabvisor `Store.RecordTooNew`.
 */
export class RecordStore {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  async get<T>(kind: RecordKind<T>, id: string): Promise<T | undefined> {
    const stored = await this.#store.get(recordKey(kind, id));
    return stored === undefined ? undefined : decodeRecord(kind, id, stored);
  }

  /** All records of a kind by id; those that cannot be read come as errors beside the good ones, not instead of them. */
  async list<T>(kind: RecordKind<T>): Promise<{ records: StoredRecord<T>[]; damaged: CloudError[] }> {
    const records: StoredRecord<T>[] = [];
    const damaged: CloudError[] = [];
    for (const [key, stored] of await this.#store.entries({ prefix: ["record", kind.kind] })) {
      const id = String(key[2]);
      try {
        records.push({ id, value: decodeRecord(kind, id, stored) });
      } catch (thrown) {
        if (!(thrown instanceof CloudError)) throw thrown;
        damaged.push(thrown);
      }
    }
    return { records, damaged };
  }

  /** Throws `Store.RecordInvalid` when `value` is not what the schema says: it would be unreadable later. */
  put<T>(kind: RecordKind<T>, id: string, value: T): StoreOperation {
    return put(recordKey(kind, id), encodeRecord(kind, id, value));
  }

  delete<T>(kind: RecordKind<T>, id: string): StoreOperation {
    return remove(recordKey(kind, id));
  }

  /** One transaction for all of them, durable when it resolves. */
  commit(operations: readonly StoreOperation[], options?: CommitOptions): Promise<void> {
    return this.#store.commit(operations, options);
  }
}

export const recordStore = (store: KeyValueStore): RecordStore => new RecordStore(store);

/** The form in which a record is stored. */
export function encodeRecord<T>(kind: RecordKind<T>, id: string, value: T): unknown {
  const envelope: Envelope = { version: kind.version, value: parse(kind, id, value, "Store.RecordInvalid") };
  return envelope;
}

/** Migrates and validates what was stored. */
export function decodeRecord<T>(kind: RecordKind<T>, id: string, stored: unknown): T {
  const { version, value } = checkEnvelope(kind, id, stored);
  let current = value;
  for (let next = version + 1; next <= kind.version; next++) {
    try {
      current = kind.migrations[next]?.(current);
    } catch (thrown) {
      throw corrupt(kind, id, [`migration ${next}: ${String(thrown)}`], "Store.RecordCorrupt", thrown);
    }
  }
  return parse(kind, id, current, "Store.RecordCorrupt");
}

function checkEnvelope<T>(kind: RecordKind<T>, id: string, stored: unknown): Envelope {
  const envelope = stored as Partial<Envelope> | null | undefined;
  const version = envelope?.version;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    throw corrupt(kind, id, ["no version"], "Store.RecordCorrupt");
  }
  if (version > kind.version) {
    throw new CloudError(
      "Store.RecordTooNew",
      `The ${kind.kind} "${id}" was written by a newer version of this page. Reload the page to get it.`,
      { kind: kind.kind, id, version, supported: kind.version },
    );
  }
  return { version, value: envelope?.value };
}

function parse<T>(kind: RecordKind<T>, id: string, value: unknown, code: string): T {
  const parsed = safeParse(kind.schema, value);
  if (parsed.success) return parsed.output;
  const issues = parsed.issues.map((issue) => `${getDotPath(issue) ?? "record"}: ${issue.message}`);
  throw corrupt(kind, id, issues, code);
}

function corrupt<T>(kind: RecordKind<T>, id: string, issues: string[], code: string, cause?: unknown): CloudError {
  const what = code === "Store.RecordInvalid" ? "cannot be stored" : "is damaged";
  return new CloudError(
    code,
    `The record of ${kind.kind} "${id}" ${what}: ${issues.join("; ")}`,
    { kind: kind.kind, id, issues },
    cause,
  );
}
