import { BLOCK_BYTES } from "./geometry.ts";
import { free } from "./memory.ts";

/** `clean`: as in the store. `dirty`: not there yet. `committing`: in the transaction that is under way. */
export type EntryState = "clean" | "dirty" | "committing";

/** What is stored of an encrypted block, and the checksum of that. */
export interface SealedBlock {
  readonly stored: ArrayBuffer;
  readonly sum: number;
}

/** One block in memory. */
export class CacheEntry {
  readonly block: number;
  /** The whole of a buffer of its own, so that it can be stored without a copy of anything else. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  state: EntryState = "clean";
  /** While above zero somebody is about to copy it or to write to it: it stays. */
  pins = 0;
  /** The commit that it is in, or was in last, as `takeDirty` gave it. */
  batch: readonly CacheEntry[] | undefined;
  /** How many commits that are not stored yet need the bytes as they are: a write makes a new entry. */
  captures = 0;
  /** Written to or discarded while captured. */
  retained = false;
  /** The bytes as they are, encrypted ahead of the commit that stores them. */
  sealed: Promise<SealedBlock> | undefined;
  /** `sealed` is there. */
  isSealed = false;

  constructor(block: number, bytes: Uint8Array<ArrayBuffer>) {
    this.block = block;
    this.bytes = bytes;
  }
}

/** The blocks that a snapshot, or a commit of an encrypted volume, has to store. Their bytes do not change until `release`. */
export interface Capture {
  /** Those that were dirty, and are committing from now on. */
  readonly dirty: readonly CacheEntry[];
  /** Those of the commit that was under way: the snapshot needs them when that fails. */
  readonly committing: readonly CacheEntry[];
}

/**
 * The blocks in memory. Those not in the store stay until they are; of the others the least recently used go when there
 * are more than `cleanLimitBytes`, and lose their bytes: who copies them later than at once pins them.
 */
export class BlockCache {
  readonly #cleanLimit: number;
  readonly #entries = new Map<number, CacheEntry>();
  /** Clean entries, the longest unused first. */
  readonly #clean = new Map<number, CacheEntry>();
  readonly #dirty = new Map<number, CacheEntry>();
  #committing = 0;
  /** Captured blocks that have been written to or discarded since: memory that only the commit needs. */
  #retained = 0;

  constructor(cleanLimitBytes: number) {
    this.#cleanLimit = Math.floor(cleanLimitBytes / BLOCK_BYTES);
  }

  /** Bytes that are not in the store yet: dirty or committing. */
  get unstoredBytes(): number {
    return (this.#dirty.size + this.#committing + this.#retained) * BLOCK_BYTES;
  }

  get dirtyBytes(): number {
    return this.#dirty.size * BLOCK_BYTES;
  }

  get cleanBytes(): number {
    return this.#clean.size * BLOCK_BYTES;
  }

  has(block: number): boolean {
    return this.#entries.has(block);
  }

  get(block: number): CacheEntry | undefined {
    const entry = this.#entries.get(block);
    if (entry?.state === "clean") {
      this.#clean.delete(block);
      this.#clean.set(block, entry);
    }
    return entry;
  }

  /** Adds a block as the store has it. */
  insertClean(block: number, bytes: Uint8Array<ArrayBuffer>, pins = 0): CacheEntry {
    const entry = new CacheEntry(block, bytes);
    entry.pins = pins;
    this.#entries.set(block, entry);
    this.#clean.set(block, entry);
    this.#evict();
    return entry;
  }

  /** Adds a block that the store does not have. */
  insertDirty(block: number, bytes: Uint8Array<ArrayBuffer>): CacheEntry {
    const entry = new CacheEntry(block, bytes);
    this.#entries.set(block, entry);
    this.markDirty(entry);
    return entry;
  }

  markDirty(entry: CacheEntry): void {
    if (entry.state === "clean") this.#clean.delete(entry.block);
    if (entry.state === "committing") this.#committing--;
    entry.state = "dirty";
    this.#dirty.set(entry.block, entry);
  }

  /** The dirty entry to write a part of a block into: this one, or a copy of it. */
  edit(entry: CacheEntry): CacheEntry {
    if (entry.captures === 0) {
      entry.sealed = undefined;
      entry.isSealed = false;
      this.markDirty(entry);
      return entry;
    }
    const bytes = entry.bytes.slice();
    this.drop(entry.block);
    return this.insertDirty(entry.block, bytes);
  }

  /** Forgets a block, whatever its state: it has been discarded. */
  drop(block: number): void {
    const entry = this.#entries.get(block);
    if (entry === undefined) return;
    if (entry.captures > 0 && entry.state !== "clean") {
      entry.retained = true;
      this.#retained++;
    }
    if (entry.state === "committing") this.#committing--;
    this.#entries.delete(block);
    this.#clean.delete(block);
    this.#dirty.delete(block);
  }

  /** Forgets every block in [first, last]. */
  dropRange(first: number, last: number): void {
    if (last - first < this.#entries.size) for (let block = first; block <= last; block++) this.drop(block);
    else for (const block of [...this.#entries.keys()]) if (block >= first && block <= last) this.drop(block);
  }

  /** Dirty blocks that are encrypted already. */
  get sealedDirty(): number {
    let count = 0;
    for (const { isSealed } of this.#dirty.values()) if (isSealed) count++;
    return count;
  }

  /** All dirty entries, or those that `which` says, which are committing from now on. */
  takeDirty(which: (entry: CacheEntry) => boolean = () => true): CacheEntry[] {
    const taken = [...this.#dirty.values()].filter(which);
    this.#committing += taken.length;
    for (const entry of taken) {
      this.#dirty.delete(entry.block);
      entry.state = "committing";
      entry.batch = taken;
    }
    return taken;
  }

  /** The transaction of these entries has ended. Those written to or discarded meanwhile have left `committing`. */
  settle(entries: readonly CacheEntry[], landed: boolean): void {
    for (const entry of entries) {
      if (entry.state !== "committing" || entry.batch !== entries) continue;
      if (this.#entries.get(entry.block) !== entry) continue;
      if (!landed) this.markDirty(entry);
      else {
        this.#committing--;
        entry.state = "clean";
        this.#clean.set(entry.block, entry);
      }
    }
    this.#evict();
  }

  /** Keeps everything that is not in the store as it is now, until `release`. The dirty ones (that `which` says) are committing from now on. */
  capture(which?: (entry: CacheEntry) => boolean): Capture {
    const committing = [...this.#entries.values()].filter(({ state }) => state === "committing");
    const dirty = this.takeDirty(which);
    for (const entry of [...dirty, ...committing]) entry.captures++;
    return { dirty, committing };
  }

  /** The commit that was under way at a capture has failed: the snapshot takes its blocks along. */
  takeBack(entries: readonly CacheEntry[]): void {
    for (const entry of entries) {
      if (entry.state !== "dirty" || this.#entries.get(entry.block) !== entry) continue;
      this.#dirty.delete(entry.block);
      this.#committing++;
      entry.state = "committing";
      entry.batch = entries;
    }
  }

  /** What it was captured for is stored, or has failed. */
  release({ dirty, committing }: Capture, landed: boolean): void {
    for (const entry of [...dirty, ...committing]) {
      if (--entry.captures > 0 || !entry.retained) continue;
      entry.retained = false;
      this.#retained--;
    }
    this.settle(dirty, landed);
    this.settle(committing, landed);
  }

  unpin(entry: CacheEntry): void {
    entry.pins--;
    this.#evict();
  }

  #evict(): void {
    if (this.#clean.size <= this.#cleanLimit) return;
    for (const [block, entry] of this.#clean) {
      if (this.#clean.size <= this.#cleanLimit) return;
      if (entry.pins > 0) continue;
      this.#clean.delete(block);
      this.#entries.delete(block);
      if (entry.captures === 0) free(entry.bytes.buffer);
    }
  }
}
