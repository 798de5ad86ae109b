import type { CloudError } from "../base/errors.ts";
import type { OpenStore, StoreEntry, StoreKey, StoreOperation, StoreRange } from "./key-value-store.ts";
import { type CommitOptions, checkKey, compareKeys, inRange, type KeyValueStore } from "./key-value-store.ts";
import { closedError, quotaError, storeError } from "./store-errors.ts";

type Content = Map<string, StoreEntry>;
/** What a store object holds on to; lost once, by all stores of a database at the same time. */
class Connection {
  lost: CloudError | undefined;
  #end: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  lose(error: CloudError): void {
    this.lost = error;
    this.#end();
  }
}

type Commit = { readonly operations: readonly StoreOperation[]; readonly durability: "strict" | "relaxed" };

/**
 * The in-memory twin of one browser's storage, for tests: what its stores commit outlives them, as a medium does.
 * It can fail on demand, and lose power.
 */
export class MemoryDisk {
  readonly #databases = new Map<string, MemoryDatabase>();

  /** An `OpenStore` on this disk. */
  readonly open: OpenStore = async (name) => {
    await Promise.resolve();
    if (this.refuse !== undefined) throw this.refuse;
    return new MemoryStore(this.database(name));
  };

  /** When set, opening a store is refused with it. */
  refuse: CloudError | undefined;

  database(name: string): MemoryDatabase {
    let found = this.#databases.get(name);
    if (found === undefined) {
      found = new MemoryDatabase(name);
      this.#databases.set(name, found);
    }
    return found;
  }

  destroy(name: string): void {
    this.#databases.get(name)?.disconnect("another tab deleted or upgraded it. Reload the page");
    this.#databases.delete(name);
  }
}

/** One database of a `MemoryDisk`, with the handles by which tests make it misbehave. */
export class MemoryDatabase {
  readonly name: string;
  /** Waited for before every read and commit: lets a test hold operations, or vary how they interleave. */
  latency: (kind: "read" | "commit") => Promise<void> | void = () => undefined;
  /** Bytes that all values together may take; commits beyond it are refused. */
  quotaBytes = Number.POSITIVE_INFINITY;
  readonly #failures = { read: [] as CloudError[], commit: [] as CloudError[] };
  /** What all stores see. */
  #content: Content = new Map();
  /** What a power cut cannot take away, and the commits since then. */
  #durable: Content = new Map();
  #sinceDurable: Commit[] = [];
  #inFlight: Commit[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #connection = new Connection();

  constructor(name: string) {
    this.name = name;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** The next commit (or read) fails with `error`; more calls fail more of them. */
  failNext(kind: "read" | "commit", error: CloudError): void {
    this.#failures[kind].push(error);
  }

  clearFaults(): void {
    this.#failures.read = [];
    this.#failures.commit = [];
  }

  /** Closes every store of this database; what was under way is aborted. */
  disconnect(why: string): void {
    this.#connection.lose(closedError(this.name, why));
    this.#connection = new Connection();
    this.#inFlight = [];
    this.#tail = Promise.resolve();
  }

  /** How many commits are not certain to survive a power cut now. */
  get atRisk(): number {
    return this.#sinceDurable.length + this.#inFlight.length;
  }

  /**
   * Cuts the power: every store is closed; of the commits at risk (relaxed ones since the last strict one, and those
   * under way, in order) the first `keep` are there afterwards, each whole.
   */
  powerCut(keep: number): void {
    const kept = [...this.#sinceDurable, ...this.#inFlight].slice(0, keep);
    this.disconnect("the power went away");
    for (const commit of kept) applyAll(this.#durable, commit.operations);
    this.#sinceDurable = [];
    this.#content = new Map(this.#durable);
  }

  /** All that stands in the database, in key order: for tests that look behind the store's back. */
  dump(): StoreEntry[] {
    return [...this.#content.values()].sort(([a], [b]) => compareKeys(a, b));
  }

  read<T>(pick: (content: Content) => T): Promise<T> {
    return this.#enqueue("read", () => pick(this.#content));
  }

  async commit(operations: readonly StoreOperation[], durability: "strict" | "relaxed"): Promise<void> {
    // Cloned at once, as IndexedDB does at `put`: what the caller changes later is not what is stored.
    const commit: Commit = { operations: operations.map(cloneOperation), durability };
    this.#inFlight.push(commit);
    // At the moment of the outcome, not when the caller hears of it: a power cut in between keeps nothing that failed.
    const end = () => {
      this.#inFlight = this.#inFlight.filter((other) => other !== commit);
    };
    const work = () => {
      this.#checkQuota(commit.operations);
      applyAll(this.#content, commit.operations);
      this.#sinceDurable.push(commit);
      if (durability === "relaxed") return;
      for (const earlier of this.#sinceDurable) applyAll(this.#durable, earlier.operations);
      this.#sinceDurable = [];
    };
    await this.#enqueue("commit", work, end);
  }

  /** One after the other, in the order of the calls: as transactions over one object store go. */
  #enqueue<T>(kind: "read" | "commit", work: () => T, ended?: () => void): Promise<T> {
    const connection = this.#connection;
    const run = async () => {
      const held = this.latency(kind);
      // Only where there is something to wait for: each race is remembered by `ended` for as long as the store is open.
      if (held !== undefined) await Promise.race([held, connection.ended]);
      try {
        if (connection.lost !== undefined) throw connection.lost;
        const failure = this.#failures[kind].shift();
        if (failure !== undefined) throw failure;
        return work();
      } finally {
        ended?.();
      }
    };
    const result = this.#tail.then(run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #checkQuota(operations: readonly StoreOperation[]): void {
    if (this.quotaBytes === Number.POSITIVE_INFINITY) return;
    const after: Content = new Map(this.#content);
    applyAll(after, operations);
    let bytes = 0;
    for (const [, value] of after.values()) bytes += sizeOf(value);
    if (bytes > this.quotaBytes) throw quotaError(this.name);
  }
}

class MemoryStore implements KeyValueStore {
  readonly #database: MemoryDatabase;
  readonly #connection: Connection;
  readonly #underWay = new Set<Promise<unknown>>();
  #ended: CloudError | undefined;

  constructor(database: MemoryDatabase) {
    this.#database = database;
    this.#connection = database.connection;
  }

  get(key: StoreKey): Promise<unknown> {
    return this.#run((database) => database.read((content) => stored(content, checkKey(key))));
  }

  getMany(keys: readonly StoreKey[]): Promise<unknown[]> {
    return this.#run((database) => database.read((content) => keys.map((key) => stored(content, checkKey(key)))));
  }

  entries(range: StoreRange): Promise<StoreEntry[]> {
    return this.#run((database) =>
      database.read((content) => within(content, range).map(([key, value]) => [key, structuredClone(value)] as const)),
    );
  }

  keys(range: StoreRange): Promise<StoreKey[]> {
    return this.#run((database) => database.read((content) => within(content, range).map(([key]) => key)));
  }

  commit(operations: readonly StoreOperation[], { durability = "strict" }: CommitOptions = {}): Promise<void> {
    return this.#run((database) => database.commit(operations, durability));
  }

  async close(): Promise<void> {
    this.#ended ??= closedError(this.#database.name);
    await Promise.allSettled(this.#underWay);
  }

  async #run<T>(work: (database: MemoryDatabase) => Promise<T>): Promise<T> {
    const ended = this.#ended ?? this.#connection.lost;
    if (ended !== undefined) throw ended;
    try {
      const running = work(this.#database);
      this.#underWay.add(running);
      return await running.finally(() => this.#underWay.delete(running));
    } catch (thrown) {
      throw storeError(this.#database.name, thrown);
    }
  }
}

const keyText = (key: StoreKey) => JSON.stringify(key.map((part) => (part === 0 ? 0 : part)));
const stored = (content: Content, key: StoreKey) => structuredClone(content.get(keyText(key))?.[1]);
const within = (content: Content, range: StoreRange) =>
  [...content.values()].filter(([key]) => inRange(key, range)).sort(([a], [b]) => compareKeys(a, b));

function cloneOperation(operation: StoreOperation): StoreOperation {
  if (operation.type !== "deleteRange") checkKey(operation.key);
  return structuredClone(operation);
}

function applyAll(content: Content, operations: readonly StoreOperation[]): void {
  for (const operation of operations) {
    if (operation.type === "put") content.set(keyText(operation.key), [operation.key, operation.value]);
    else if (operation.type === "delete") content.delete(keyText(operation.key));
    else for (const [key] of within(content, operation.range)) content.delete(keyText(key));
  }
}

/** Close enough for a quota: bytes of buffers in full, everything else by its JSON text. */
function sizeOf(value: unknown): number {
  if (value instanceof ArrayBuffer) return value.byteLength;
  if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 8);
  if (value !== null && typeof value === "object") return sizeOf(Object.entries(value).flat());
  return String(value).length;
}
