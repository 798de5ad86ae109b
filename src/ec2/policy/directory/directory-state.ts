import type { Clock } from "../../../base/clock.ts";
import type { Random } from "../../../base/random.ts";
import type { DirectoryChange, DirectoryRecordType, DirectoryStore } from "./directory-store.ts";
import { noSuchEntity } from "./iam-errors.ts";
import { type AccountRecord, type DirectoryRecords, nameId, RECORD_IDS } from "./records.ts";

export interface DirectoryServices {
  readonly store: DirectoryStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** What an operation wants done, and what it gives. */
export interface Plan<T> {
  readonly changes: readonly DirectoryChange[];
  readonly result: T;
}

type Tables = { readonly [K in DirectoryRecordType]: Map<string, DirectoryRecords[K]> };

/** All records of the directory in memory, as they are stored: a request is decided without waiting for the store. */
export class DirectoryState {
  readonly #store: DirectoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly #tables: Tables = {
    account: new Map(),
    user: new Map(),
    group: new Map(),
    policy: new Map(),
    accessKey: new Map(),
  };
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor({ store, clock, random }: DirectoryServices) {
    this.#store = store;
    this.clock = clock;
    this.random = random;
  }

  /** Rejects when a record cannot be read (`DirectoryStore.list`). */
  static async load(services: DirectoryServices): Promise<DirectoryState> {
    const state = new DirectoryState(services);
    const types = Object.keys(state.#tables) as DirectoryRecordType[];
    await Promise.all(types.map((type) => state.#loadTable(type)));
    return state;
  }

  get<K extends DirectoryRecordType>(type: K, id: string): DirectoryRecords[K] | undefined {
    return this.#tables[type].get(id);
  }

  all<K extends DirectoryRecordType>(type: K): DirectoryRecords[K][] {
    return [...this.#tables[type].values()];
  }

  /** Those of an account. */
  of<K extends DirectoryRecordType>(type: K, accountId: string): DirectoryRecords[K][] {
    return this.all(type).filter((record) => record.accountId === accountId);
  }

  /** Throws `NoSuchEntity`. */
  account(accountId: string): AccountRecord {
    const account = this.get("account", accountId);
    if (account === undefined) throw noSuchEntity(`The account with id ${accountId} cannot be found.`, accountId);
    return account;
  }

  /** Throws `NoSuchEntity`. */
  find<K extends "user" | "group">(type: K, accountId: string, name: string): DirectoryRecords[K] {
    const record = this.get(type, nameId(accountId, name));
    if (record === undefined) throw noSuchEntity(`The ${type} with name ${name} cannot be found.`, name);
    return record;
  }

  /**
   * Plans, stores, and then shows the changes; one operation at a time, so that what `plan` has checked still holds when its
   * changes are stored. Rejects with what `plan` throws or the store says, and then nothing has changed.
   */
  change<T>(plan: () => Plan<T>): Promise<T> {
    const run = async () => {
      const { changes, result } = plan();
      if (changes.length > 0) await this.#store.commit(changes);
      for (const change of changes) this.#apply(change);
      return result;
    };
    const done = this.#lastChange.then(run);
    // The caller hears of a failure; the next operation does not depend on it.
    this.#lastChange = done.catch(() => undefined);
    return done;
  }

  async #loadTable<K extends DirectoryRecordType>(type: K): Promise<void> {
    const table: Map<string, DirectoryRecords[K]> = this.#tables[type];
    for (const record of await this.#store.list(type)) table.set(RECORD_IDS[type](record), record);
  }

  #apply({ type, id, value }: DirectoryChange): void {
    const table: Map<string, unknown> = this.#tables[type];
    if (value === undefined) table.delete(id);
    else table.set(id, value);
  }
}
