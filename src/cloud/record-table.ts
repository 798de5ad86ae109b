import { type CloudError, reportUncaught } from "../base/errors.ts";
import { Emitter } from "../base/event.ts";
import type { StoreOperation } from "../store/key-value-store.ts";
import type { RecordKind, RecordStore } from "../store/records.ts";
import { RecordIndex } from "./record-index.ts";

/** What a table's record shall be: `undefined` when it shall be gone. */
export interface Change {
  /** Makes it so in memory; gives the way back. */
  apply(): () => void;
  /** Tells whoever listens, when all that belongs together is so, or is as before again. */
  announce(): void;
  readonly operation: StoreOperation;
}

/** All records of one kind, in memory as they are stored, so that checks need not wait. */
export class RecordTable<T> {
  readonly #records: RecordStore;
  readonly #kind: RecordKind<T>;
  readonly #values = new Map<string, T>();
  readonly #recordChanged = new Emitter<string>();
  readonly #changed = new Emitter<void>();
  /** What has changed and has not been told. */
  readonly #untold = new Set<string>();
  readonly #indexes: RecordIndex<T>[] = [];
  #damaged: readonly CloudError[] = [];
  #version = 0;

  constructor(records: RecordStore, kind: RecordKind<T>) {
    this.#records = records;
    this.#kind = kind;
  }

  /** Fires with the id of each record that has changed, before `onChange`. */
  readonly onRecord = this.#recordChanged.event;

  /** Fires after anything has changed: once for all of a transaction. */
  readonly onChange = this.#changed.event;

  /** Reads what is stored. A record that cannot be read must not hide the others, nor be lost: it stays and is reported. */
  async load(): Promise<void> {
    const { records, damaged } = await this.#records.list(this.#kind);
    for (const error of damaged) reportUncaught(error);
    this.#damaged = damaged;
    for (const { id, value } of records) this.#replace(id, value);
  }

  /** What is stored and could not be read: it may say anything. */
  get damaged(): readonly CloudError[] {
    return this.#damaged;
  }

  /** Another number after anything has changed: what was made of the records before is out of date. */
  get version(): number {
    return this.#version;
  }

  get(id: string): T | undefined {
    return this.#values.get(id);
  }

  entries(): [id: string, value: T][] {
    return [...this.#values];
  }

  get size(): number {
    return this.#values.size;
  }

  /** Its records by what they say, as long as there is the table. */
  indexedBy(keyOf: (value: T) => string | undefined): RecordIndex<T> {
    const index = new RecordIndex(keyOf);
    for (const [id, value] of this.#values) index.replace(id, undefined, value);
    this.#indexes.push(index);
    return index;
  }

  put(id: string, value: T): Change {
    return this.#change(this.#records.put(this.#kind, id, value), id, value);
  }

  delete(id: string): Change {
    return this.#change(this.#records.delete(this.#kind, id), id, undefined);
  }

  #change(operation: StoreOperation, id: string, value: T | undefined): Change {
    return { operation, apply: () => this.#apply(id, value), announce: () => this.#announce() };
  }

  #apply(id: string, value: T | undefined): () => void {
    const before = this.#values.get(id);
    this.#set(id, value);
    return () => {
      // What somebody else has made of it since then stays.
      if (this.#values.get(id) === value) this.#set(id, before);
    };
  }

  #set(id: string, value: T | undefined): void {
    this.#replace(id, value);
    this.#untold.add(id);
  }

  #replace(id: string, value: T | undefined): void {
    for (const index of this.#indexes) index.replace(id, this.#values.get(id), value);
    if (value === undefined) this.#values.delete(id);
    else this.#values.set(id, value);
    this.#version++;
  }

  #announce(): void {
    if (this.#untold.size === 0) return;
    const ids = [...this.#untold];
    this.#untold.clear();
    for (const id of ids) this.#recordChanged.fire(id);
    this.#changed.fire();
  }
}
