import * as v from "valibot";
import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { defineRecordKind, type RecordStore } from "../../store/records.ts";

/** What tells one content of the database from another. `since` in epoch ms: when it got something to keep. */
const schema = v.object({ id: v.string(), since: v.number() });
type Identity = v.InferOutput<typeof schema>;

const identityRecord = defineRecordKind({ kind: "cloud.identity", version: 1, schema });
const RECORD_ID = "cloud";

/**
 * Knows when the browser has lost the database: Chromium deletes one that it finds corrupt, and a page would then show
 * an empty cloud as if nothing had been there. The identity that stands in the database stands in a small file of the
 * origin's private file system, too, which is no part of IndexedDB. Clearing the site's data deletes both, and is no loss.
 */
export class StorageWitness {
  readonly #records: RecordStore;
  readonly #folder: () => Promise<FileSystemDirectoryHandle>;
  readonly #fileName: string;
  readonly #clock: Clock;
  readonly #random: Random;

  /** `folder`: `navigator.storage.getDirectory`. */
  constructor(
    records: RecordStore,
    database: string,
    folder: () => Promise<FileSystemDirectoryHandle>,
    clock: Clock,
    random: Random,
  ) {
    this.#records = records;
    this.#fileName = `${database}.witness.json`;
    this.#folder = folder;
    this.#clock = clock;
    this.#random = random;
  }

  /** When that began which is no longer in the database; null: nothing is missing. */
  async lostSince(): Promise<Date | null> {
    const [stored, seen] = await Promise.all([this.#records.get(identityRecord, RECORD_ID), this.#read()]);
    return seen === undefined || seen.id === stored?.id ? null : new Date(seen.since);
  }

  /** There is something to keep. A loss that nobody has been told of stays one. */
  async vouch(): Promise<void> {
    const identity = (await this.#records.get(identityRecord, RECORD_ID)) ?? (await this.#begin());
    if ((await this.#read()) === undefined) await this.#write(identity);
  }

  /** The user knows. */
  async forget(): Promise<void> {
    const identity = await this.#records.get(identityRecord, RECORD_ID);
    if (identity === undefined) await (await this.#folder()).removeEntry(this.#fileName);
    else await this.#write(identity);
  }

  async #begin(): Promise<Identity> {
    const identity = { id: toHex(this.#random.bytes(16)), since: this.#clock.now() };
    await this.#records.commit([this.#records.put(identityRecord, RECORD_ID, identity)]);
    return identity;
  }

  /** `undefined`: no file, or one that a crash left half written. */
  async #read(): Promise<Identity | undefined> {
    const folder = await this.#folder();
    try {
      const text = await (await (await folder.getFileHandle(this.#fileName)).getFile()).text();
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
      return parsed.success ? parsed.output : undefined;
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === "NotFoundError") return undefined;
      throw thrown;
    }
  }

  async #write(identity: Identity): Promise<void> {
    const file = await (await this.#folder()).getFileHandle(this.#fileName, { create: true });
    const stream = await file.createWritable();
    await stream.write(new TextEncoder().encode(JSON.stringify(identity)));
    await stream.close();
  }
}
