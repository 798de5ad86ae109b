import { type Clock, systemClock } from "../base/clock.ts";
import { CloudError, hasCode, toCloudError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { KeyValueStore, StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import type { BlockCache, CacheEntry, Capture } from "./block-cache.ts";
import type { BlockCipher } from "./block-cipher.ts";
import type { LoaderLimits } from "./block-loader.ts";
import { BlockSealer } from "./block-sealer.ts";
import { checksum, isZero } from "./checksum.ts";
import { CommitQueue } from "./commit-queue.ts";
import { emptyLayer, layerKind, refuseSnapshot, type StoredLayer, volumeKind } from "./disk-records.ts";
import { BLOCK_BYTES, blockKey, type DiskSize, type Piece } from "./geometry.ts";
import type { LayerMap, MapChanges } from "./layer-map.ts";
import { freezeOperations } from "./snapshots.ts";
import { newLayerId } from "./surroundings.ts";

export interface VolumeLimits extends LoaderLimits {
  /** Blocks kept in memory though they are in the store. */
  readonly cacheBytes: number;
  /** Unstored bytes from which on they are stored without being asked. */
  readonly writeBackBytes: number;
  /** Unstored bytes from which on writers wait. */
  readonly dirtyBytes: number;
}

export interface WriteBackParts {
  readonly volumeId: string;
  readonly size: DiskSize;
  readonly store: KeyValueStore;
  readonly records: RecordStore;
  readonly head: StoredLayer;
  readonly map: LayerMap;
  readonly limits: VolumeLimits;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where the disk is encrypted. */
  readonly cipher?: BlockCipher;
}

/** After a commit has failed, writers that find no room are refused for so long before another is tried (B14). */
const REFUSE_MS = 1000;

/** Brings what is in the cache and in the map, but not in the store, into the store. */
export class WriteBack {
  readonly #parts: WriteBackParts;
  readonly #clock: Clock;
  readonly #cache: BlockCache;
  readonly #baseIsZero: (block: number) => boolean;
  readonly #sealer: BlockSealer | undefined;
  readonly #queue = new CommitQueue({
    isDirty: () => this.isDirty,
    commit: () => this.#commit(),
    commitReady: () => this.#commitReady(),
  });
  #head: StoredLayer;
  #storedBlocks: number;
  #snapshot: string | undefined;
  #failure: { readonly error: CloudError; readonly at: number } | undefined;
  #blocksCommitted = 0;
  #commits = 0;
  #failedCommits = 0;

  constructor(parts: WriteBackParts, cache: BlockCache, baseIsZero: (block: number) => boolean) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#cache = cache;
    this.#baseIsZero = baseIsZero;
    this.#sealer = parts.cipher && new BlockSealer(parts.cipher);
    this.#head = parts.head;
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
    // What a snapshot is about to store does not keep writers waiting: at most as much again may gather behind it (B37).
    const { unstoredBytes, dirtyBytes } = this.#cache;
    return (this.#snapshot === undefined ? unstoredBytes : dirtyBytes) < this.#parts.limits.dirtyBytes;
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
  onWrite(pieces: readonly Piece[]): void {
    const sealer = this.#sealer;
    if (sealer !== undefined) for (const piece of pieces) sealer.written(this.#cache.get(piece.block), piece);
    const due = this.#cache.dirtyBytes >= this.#parts.limits.writeBackBytes;
    if (!due || this.#queue.isRunning || this.#failure !== undefined) return;
    // Nobody waits for it. When it fails its blocks stay dirty: the next flush tries again, and says so (B13).
    this.#queue.begin().catch(() => undefined);
  }

  /** Makes the volume larger, when the record of it says so. The size must be possible. */
  resize(sizeBytes: number): Promise<void> {
    const { records, volumeId, size } = this.#parts;
    return this.#queue.runFirst(async () => {
      await records.commit([records.put(volumeKind, volumeId, { sizeBytes, head: this.#head.id })]);
      size.bytes = sizeBytes;
    });
  }

  /** Keeps all that is acknowledged now as a snapshot (B35, B36). One at a time: `SnapshotCreationPerVolumeRateExceeded`. */
  async snapshot(snapshotId: string): Promise<void> {
    if (this.#snapshot !== undefined) throw rateExceeded(this.#parts.volumeId, this.#snapshot);
    this.#snapshot = snapshotId;
    const frozen = this.#freeze(snapshotId);
    try {
      await this.#queue.runFirst(() => this.#commitSnapshot(frozen));
    } finally {
      this.#snapshot = undefined;
    }
  }

  /** When nobody waits for all of it: what is encrypted already need not wait for what was written just now (B52). */
  #commitReady(): Promise<void> {
    const sealer = this.#sealer;
    // Less than half of the usual commit is not worth a transaction of its own.
    const least = this.#parts.limits.writeBackBytes / 2;
    if (sealer === undefined || this.#cache.sealedDirty * BLOCK_BYTES < least) return this.#commit();
    return this.#commitEncrypted(sealer, ({ isSealed }) => isSealed);
  }

  async #commit(): Promise<void> {
    const { store, map } = this.#parts;
    if (this.#sealer !== undefined) return await this.#commitEncrypted(this.#sealer);
    const entries = this.#cache.takeDirty();
    const blocks = this.#describe(entries).map(this.#putBlock);
    const changes = map.collect();
    const storedBlocks = this.#storedBlocks + changes.storedDelta;
    try {
      // The store copies every block before this returns: later writes go into the cache, not into this commit (B12).
      await store.commit([...blocks, ...changes.operations(), ...this.#layerChange(storedBlocks)]);
    } catch (thrown) {
      changes.failed();
      this.#cache.settle(entries, false);
      throw this.#failed(thrown);
    }
    changes.landed();
    this.#cache.settle(entries, true);
    this.#landed(storedBlocks, blocks.length);
  }

  /** Encrypting takes time, in which writes make new entries: these are captured. */
  async #commitEncrypted(sealer: BlockSealer, which?: (entry: CacheEntry) => boolean): Promise<void> {
    const { store, map } = this.#parts;
    const capture = this.#cache.capture(which);
    const described = this.#describe(capture.dirty);
    const changes = map.collect();
    const storedBlocks = this.#storedBlocks + changes.storedDelta;
    try {
      const blocks = await this.#seal(sealer, changes, described);
      const committed = store.commit([...blocks, ...changes.operations(), ...this.#layerChange(storedBlocks)]);
      // The store has copied them.
      for (const { value } of blocks) sealer.recycle(value);
      await committed;
    } catch (thrown) {
      changes.failed();
      this.#cache.release(capture, false);
      throw this.#failed(thrown);
    }
    changes.landed();
    this.#cache.release(capture, true);
    this.#landed(storedBlocks, described.length);
    if (!this.isDirty) sealer.rest();
  }

  /** Encrypts blocks and corrects their checksums, which are those of what is stored. */
  async #seal(sealer: BlockSealer, changes: MapChanges, entries: readonly CacheEntry[]): Promise<PutBlock[]> {
    const headId = this.#head.id;
    return await Promise.all(
      entries.map(async (entry) => {
        const { stored, sum } = await sealer.seal(entry);
        changes.setSum(entry.block, sum);
        return { type: "put", key: blockKey(headId, entry.block), value: stored };
      }),
    );
  }

  /** Has the map say what the blocks hold; gives those that are not zeros. */
  #describe(entries: readonly CacheEntry[]): CacheEntry[] {
    const { map } = this.#parts;
    return entries.filter(({ block, bytes }) => {
      const words = new Int32Array(bytes.buffer);
      const zero = isZero(words);
      if (zero) map.setZero(block, this.#baseIsZero(block));
      // The checksum is that of what is stored: of an encrypted block it is not known yet.
      else map.setData(block, this.#sealer === undefined ? checksum(words, block) : 0);
      return !zero;
    });
  }

  /** Takes the content of the snapshot, all at once. What is written from now on is not in it. */
  #freeze(snapshotId: string): Frozen {
    const { map, size, random } = this.#parts;
    const nextHead = newLayerId(random);
    const next = map.makeHead(nextHead);
    const capture = this.#cache.capture();
    const blocks = this.#describe(capture.dirty);
    // The map says already what those of the commit under way hold. What it wrote to since is among the dirty ones.
    const underWay = capture.committing.filter(({ bytes }) => !isZero(new Int32Array(bytes.buffer)));
    map.freeze(next);
    const failures = this.#failedCommits;
    return { snapshotId, snapshotBytes: size.bytes, nextHead, capture, blocks, underWay, failures };
  }

  async #commitSnapshot(frozen: Frozen): Promise<void> {
    const { store, records, map, volumeId, size } = this.#parts;
    const sealer = this.#sealer;
    const { snapshotId, snapshotBytes, nextHead, capture, failures } = frozen;
    // The commit that was under way has not landed: what it was to store is for this one.
    const alone = this.#failedCommits > failures;
    if (alone) this.#cache.takeBack(capture.committing);
    const entries = [...frozen.blocks, ...(alone ? frozen.underWay : [])];
    const changes = map.collectFrozen();
    const storedBlocks = this.#storedBlocks + changes.storedDelta;
    const head = { id: this.#head.id, record: { ...this.#head.record, storedBlocks } };
    try {
      await refuseSnapshot(records, snapshotId);
      const blocks = sealer === undefined ? entries.map(this.#putBlock) : await this.#seal(sealer, changes, entries);
      const sizes = { snapshotBytes, volumeBytes: size.bytes };
      const freeze = freezeOperations(records, { volumeId, snapshotId, head, nextHead, ...sizes });
      const committed = store.commit([...blocks, ...changes.operations(), ...freeze]);
      if (sealer !== undefined) for (const { value } of blocks) sealer.recycle(value);
      await committed;
    } catch (thrown) {
      if (!(await this.#isHead(nextHead))) {
        changes.failed();
        map.thaw();
        this.#cache.release(capture, false);
        if (hasCode(thrown, "Snapshot.AlreadyExists")) throw thrown;
        throw this.#failed(thrown);
      }
    }
    changes.landed();
    map.landFreeze();
    this.#cache.release(capture, true);
    this.#head = { id: nextHead, record: emptyLayer(this.#head) };
    this.#landed(0, entries.length);
  }

  /**
   * A browser whose storage process dies may have stored what it then says it has not. To go on with a head that is
   * frozen would change the snapshot; everything else may be stored twice.
   */
  async #isHead(layerId: string): Promise<boolean> {
    const { records, volumeId } = this.#parts;
    try {
      return (await records.get(volumeKind, volumeId))?.head === layerId;
    } catch {
      // Nothing works any more, or only this did not: then the error of the commit stands.
      return false;
    }
  }

  #putBlock = ({ block, bytes }: CacheEntry): PutBlock => ({
    type: "put",
    key: blockKey(this.#head.id, block),
    value: bytes.buffer,
  });

  #landed(storedBlocks: number, blocksCommitted: number): void {
    this.#storedBlocks = storedBlocks;
    this.#failure = undefined;
    this.#commits++;
    this.#blocksCommitted += blocksCommitted;
  }

  #failed(thrown: unknown): CloudError {
    const error = toCloudError(thrown);
    this.#failedCommits++;
    this.#failure = { error, at: this.#clock.now() };
    return error;
  }

  #layerChange(storedBlocks: number): StoreOperation[] {
    const { records } = this.#parts;
    if (storedBlocks === this.#storedBlocks) return [];
    return [records.put(layerKind, this.#head.id, { ...this.#head.record, storedBlocks })];
  }
}

type PutBlock = StoreOperation & { readonly type: "put"; readonly value: ArrayBuffer };

/** What a snapshot keeps. */
interface Frozen {
  readonly snapshotId: string;
  readonly snapshotBytes: number;
  readonly nextHead: string;
  readonly capture: Capture;
  /** To be stored in any case, and only if the commit under way at that moment fails. */
  readonly blocks: readonly CacheEntry[];
  readonly underWay: readonly CacheEntry[];
  /** How many commits had failed by then. */
  readonly failures: number;
}

function rateExceeded(volumeId: string, snapshotId: string): CloudError {
  return new CloudError(
    "SnapshotCreationPerVolumeRateExceeded",
    `A snapshot of the volume '${volumeId}' is being made: '${snapshotId}'. Wait for it, then try again.`,
    { volumeId, snapshotId },
  );
}
