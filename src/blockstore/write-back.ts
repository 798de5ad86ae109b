import { type Clock, systemClock } from "../base/clock.ts";
import { type CloudError, toCloudError } from "../base/errors.ts";
import { type KeyValueStore, put, type StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import type { BlockCache } from "./block-cache.ts";
import { checksum, isZero } from "./checksum.ts";
import { CommitQueue } from "./commit-queue.ts";
import { layerKind, type StoredLayer } from "./disk-records.ts";
import { blockKey } from "./geometry.ts";
import type { LayerMap } from "./layer-map.ts";

export interface VolumeLimits {
  /** Blocks kept in memory though they are in the store. */
  readonly cacheBytes: number;
  /** Unstored bytes from which on they are stored without being asked. */
  readonly writeBackBytes: number;
  /** Unstored bytes from which on writers wait. */
  readonly dirtyBytes: number;
}

export interface WriteBackParts {
  readonly store: KeyValueStore;
  readonly records: RecordStore;
  readonly head: StoredLayer;
  readonly map: LayerMap;
  readonly limits: VolumeLimits;
  readonly clock?: Clock;
}

/** After a commit has failed, writers that find no room are refused for so long before another is tried (B14). */
const REFUSE_MS = 1000;

/** Brings what is in the cache and in the map, but not in the store, into the store. */
export class WriteBack {
  readonly #parts: WriteBackParts;
  readonly #clock: Clock;
  readonly #cache: BlockCache;
  readonly #baseIsZero: (block: number) => boolean;
  readonly #queue = new CommitQueue({ isDirty: () => this.isDirty, commit: () => this.#commit() });
  #storedBlocks: number;
  #failure: { readonly error: CloudError; readonly at: number } | undefined;
  #blocksCommitted = 0;
  #commits = 0;
  #failedCommits = 0;

  constructor(parts: WriteBackParts, cache: BlockCache, baseIsZero: (block: number) => boolean) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#cache = cache;
    this.#baseIsZero = baseIsZero;
    this.#storedBlocks = parts.head.record.storedBlocks;
  }

  get storedBlocks(): number {
    return this.#storedBlocks;
  }

  get counts(): { blocksCommitted: number; commits: number; failedCommits: number } {
    return { blocksCommitted: this.#blocksCommitted, commits: this.#commits, failedCommits: this.#failedCommits };
  }

  /** Says whether something acknowledged is neither stored nor in the commit under way. */
  get isDirty(): boolean {
    return this.#cache.dirtyBytes > 0 || this.#parts.map.isDirty;
  }

  get isSettled(): boolean {
    return !this.isDirty && !this.#queue.isRunning;
  }

  get hasRoom(): boolean {
    return this.#cache.unstoredBytes < this.#parts.limits.dirtyBytes;
  }

  flush(): Promise<void> {
    return this.#queue.flush();
  }

  /** Resolves when there is room for a write; rejects with what keeps the store from taking what is there. */
  async makeRoom(): Promise<void> {
    while (!this.hasRoom) {
      const failure = this.#failure;
      if (failure !== undefined && this.#clock.now() - failure.at < REFUSE_MS) throw failure.error;
      await (this.#queue.running ?? this.#queue.flush());
    }
  }

  /** To be called after every write: begins a commit when there is enough for one (B11). */
  onWrite(): void {
    const due = this.#cache.dirtyBytes >= this.#parts.limits.writeBackBytes;
    if (!due || this.#queue.isRunning || this.#failure !== undefined) return;
    // Nobody waits for it. When it fails its blocks stay dirty: the next flush tries again, and says so (B13).
    this.#queue.flush().catch(() => undefined);
  }

  async #commit(): Promise<void> {
    const { store, map } = this.#parts;
    const entries = this.#cache.takeDirty();
    const blocks: StoreOperation[] = [];
    for (const { block, bytes } of entries) {
      const words = new Int32Array(bytes.buffer);
      if (isZero(words)) map.setZero(block, this.#baseIsZero(block));
      else {
        map.setData(block, checksum(words, block));
        blocks.push(put(blockKey(this.#parts.head.id, block), bytes.buffer));
      }
    }
    const changes = map.collect();
    const storedBlocks = this.#storedBlocks + changes.storedDelta;
    try {
      // The store copies every block before this returns: later writes go into the cache, not into this commit (B12).
      await store.commit([...blocks, ...changes.operations, ...this.#layerChange(storedBlocks)]);
    } catch (thrown) {
      changes.failed();
      this.#cache.settle(entries, false);
      this.#failedCommits++;
      this.#failure = { error: toCloudError(thrown), at: this.#clock.now() };
      throw thrown;
    }
    changes.landed();
    this.#cache.settle(entries, true);
    this.#storedBlocks = storedBlocks;
    this.#failure = undefined;
    this.#commits++;
    this.#blocksCommitted += blocks.length;
  }

  #layerChange(storedBlocks: number): StoreOperation[] {
    const { head, records } = this.#parts;
    if (storedBlocks === this.#storedBlocks) return [];
    return [records.put(layerKind, head.id, { ...head.record, storedBlocks })];
  }
}
