import { CloudError } from "../base/errors.ts";
import { BlockCache, type CacheEntry } from "./block-cache.ts";
import type { BlockDevice } from "./block-device.ts";
import { BlockLoader, type LoaderParts } from "./block-loader.ts";
import { BLOCK_BYTES, PAGE_BLOCKS, type Piece, pageOf, piecesOf, rangeError } from "./geometry.ts";
import { ReadAhead } from "./read-ahead.ts";
import { checkSize } from "./volumes.ts";
import { type VolumeLimits, WriteBack, type WriteBackParts } from "./write-back.ts";

/** A `BlockDevice` over layers in the store. Its rules are in SPEC.md; comments cite them by number. */
export interface Volume extends BlockDevice {
  readonly volumeId: string;
  readCached(offset: number, length: number): Uint8Array<ArrayBuffer> | undefined;
  /** The bytes, the caller's own; put into `into`, which has as many, where that is given. */
  read(offset: number, length: number, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Whether the range is known to read as zeros; of blocks, none is read for it. A block of zeros may be unknown as such. */
  isZero(offset: number, length: number): Promise<boolean>;
  /** The blocks that layers say something about, in order: all others are the image's, or zeros where there is none. */
  ownBlocks(): AsyncIterable<number>;
  stats(): VolumeStats;
  /**
   * Keeps the volume as it is now: everything acknowledged before the call is in the snapshot, nothing after it. The
   * content is taken before this returns, so that calls on several volumes in one go are one point in time; resolves
   * when the snapshot is stored. Writers go on meanwhile. Rejects, and leaves everything as it was, with
   * `Snapshot.AlreadyExists`, `SnapshotCreationPerVolumeRateExceeded` (one at a time), `Volume.ReadOnly` or what the
   * store says.
   */
  snapshot(snapshotId: string): Promise<void>;
  /** Grows the volume. Rejects with `InvalidParameterValue` (smaller, or no possible size), `Volume.ReadOnly`, or what the store says. */
  resize(sizeBytes: number): Promise<void>;
  /** Lets go of the store without a flush, as a power cut would: for a disk whose `close` keeps failing. */
  abandon(): Promise<void>;
}

/** What the volume holds now, and counters since it was opened. */
export interface VolumeStats {
  /** Bytes of blocks under its head in the store. */
  readonly storedBytes: number;
  /** Bytes of blocks that only memory holds. */
  readonly unstoredBytes: number;
  /** Bytes of blocks that memory holds and the store too. */
  readonly cachedBytes: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly blocksLoaded: number;
  readonly blocksCommitted: number;
  readonly commits: number;
  readonly failedCommits: number;
  readonly flushes: number;
}

export interface VolumeParts extends LoaderParts, WriteBackParts {
  readonly limits: VolumeLimits;
  readonly readOnly: boolean;
  /** Called once, when the volume has let go of the store. */
  readonly onClosed?: () => Promise<void>;
}

/** A write, or a discard. */
interface Change {
  plan(): ChangePlan;
  /** Says whether it has to wait when too much is not stored. */
  readonly needsRoom: boolean;
  /** Zeros when absent. */
  readonly data?: Uint8Array;
}

/** Parts of blocks to fill with data or zeros, and whole blocks to forget. */
interface ChangePlan {
  readonly pieces: readonly Piece[];
  /** Whole blocks [first, below) that become zeros. */
  readonly run?: { readonly first: number; readonly below: number };
}

export class LayeredVolume implements Volume {
  readonly #parts: VolumeParts;
  readonly #cache: BlockCache;
  readonly #loader: BlockLoader;
  readonly #writeBack: WriteBack;
  readonly #readAhead = new ReadAhead();
  #bytesRead = 0;
  #bytesWritten = 0;
  #flushes = 0;
  #ended: CloudError | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: VolumeParts) {
    this.#parts = parts;
    this.#cache = new BlockCache(parts.limits.cacheBytes);
    this.#loader = new BlockLoader(parts, this.#cache);
    this.#writeBack = new WriteBack(parts, this.#cache, (block) => this.#loader.baseIsZero(block));
  }

  get volumeId(): string {
    return this.#parts.volumeId;
  }

  get sizeBytes(): number {
    return this.#parts.size.bytes;
  }

  get readOnly(): boolean {
    return this.#parts.readOnly;
  }

  readCached(offset: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#refusal(offset, length) !== undefined) return undefined;
    const out = new Uint8Array(length);
    const pieces = piecesOf(offset, length);
    if (!pieces.every((piece) => this.#loader.tryCopy(piece, out))) return undefined;
    this.#onRead(pieces, length);
    return out;
  }

  async read(offset: number, length: number, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const refusal = this.#refusal(offset, length);
    if (refusal !== undefined) throw refusal;
    const out = into ?? new Uint8Array(length);
    const pieces = piecesOf(offset, length);
    const done = this.#loader.readInto(pieces, out);
    this.#onRead(pieces, length);
    await done;
    return out;
  }

  async isZero(offset: number, length: number): Promise<boolean> {
    const refusal = this.#refusal(offset, length);
    if (refusal !== undefined) throw refusal;
    const [first, last] = [Math.floor(offset / BLOCK_BYTES), Math.ceil((offset + length) / BLOCK_BYTES) - 1];
    for (let page = pageOf(first); page <= pageOf(last); page++) {
      const from = Math.max(first, page * PAGE_BLOCKS);
      const to = Math.min(last, (page + 1) * PAGE_BLOCKS - 1);
      if (!(await this.#pageIsZero(page, from, to))) return false;
    }
    return true;
  }

  async *ownBlocks(): AsyncGenerator<number, void, void> {
    const { map } = this.#parts;
    const below = Math.ceil(this.sizeBytes / BLOCK_BYTES);
    for (let page = 0; page <= pageOf(below - 1); page++) {
      if (!map.mentions(page)) continue;
      const [first, last] = [page * PAGE_BLOCKS, Math.min(below, (page + 1) * PAGE_BLOCKS) - 1];
      await map.load(first, last);
      for (let block = first; block <= last; block++) {
        if (this.#cache.has(block) || map.locate(block).at !== "base") yield block;
      }
    }
  }

  write(offset: number, data: Uint8Array): Promise<void> | undefined {
    const refusal = this.#refusal(offset, data.byteLength) ?? this.#readOnlyRefusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#bytesWritten += data.byteLength;
    const pieces = piecesOf(offset, data.byteLength);
    return this.#change({ plan: () => ({ pieces }), needsRoom: pieces.length > 0, data });
  }

  discard(offset: number, length: number): Promise<void> | undefined {
    const refusal = this.#refusal(offset, length) ?? this.#readOnlyRefusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    // Planned anew whenever it is tried: the disk may grow meanwhile, and its last block is no longer discarded whole.
    const plan = () => discardOf(offset, offset + length, this.sizeBytes);
    // Discarding whole blocks frees memory and space: it must go on when there is none left.
    return this.#change({ plan, needsRoom: plan().pieces.length > 0 });
  }

  async flush(): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    this.#flushes++;
    await this.#writeBack.flush();
  }

  async snapshot(snapshotId: string): Promise<void> {
    const refusal = this.#ended ?? this.#readOnlyRefusal();
    if (refusal !== undefined) throw refusal;
    await this.#writeBack.snapshot(snapshotId);
  }

  async resize(sizeBytes: number): Promise<void> {
    const refusal = this.#ended ?? this.#readOnlyRefusal();
    if (refusal !== undefined) throw refusal;
    checkSize(sizeBytes, "it is now", this.sizeBytes);
    await this.#writeBack.resize(sizeBytes);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  async abandon(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = new CloudError("Volume.Closed", `The volume '${this.volumeId}' has been closed.`, {
      volumeId: this.volumeId,
    });
    await this.#parts.store.close();
    await this.#parts.onClosed?.();
  }

  stats(): VolumeStats {
    return {
      storedBytes: this.#writeBack.storedBlocks * BLOCK_BYTES,
      unstoredBytes: this.#cache.unstoredBytes,
      cachedBytes: this.#cache.cleanBytes,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      blocksLoaded: this.#loader.blocksLoaded,
      ...this.#writeBack.counts,
      flushes: this.#flushes,
    };
  }

  async #close(): Promise<void> {
    // What is acknowledged while a flush goes on needs another (B17).
    while (this.#ended === undefined && !this.#writeBack.isSettled) await this.#writeBack.flush();
    await this.abandon();
  }

  #refusal(offset: number, length: number): CloudError | undefined {
    return this.#ended ?? rangeError(offset, length, this.sizeBytes);
  }

  #readOnlyRefusal(): CloudError | undefined {
    if (!this.readOnly) return undefined;
    return new CloudError("Volume.ReadOnly", `The volume '${this.volumeId}' is open for reading only.`, {
      volumeId: this.volumeId,
    });
  }

  #onRead(pieces: readonly Piece[], length: number): void {
    this.#bytesRead += length;
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first === undefined || last === undefined) return;
    const ahead = this.#readAhead.onRead(first.block, last.block);
    if (ahead !== undefined) this.#loader.loadAhead(ahead);
  }

  #change(change: Change): Promise<void> | undefined {
    const plan = change.plan();
    if ((this.#writeBack.hasRoom || !change.needsRoom) && this.#canApply(plan)) {
      this.#apply(plan, change.data);
      return undefined;
    }
    // The caller may reuse its buffer as soon as this returns.
    return this.#changeLater(change.data === undefined ? change : { ...change, data: change.data.slice() });
  }

  /** Waits for the map, for blocks of which only a part changes, and for room; then does it all at once. */
  async #changeLater(change: Change): Promise<void> {
    const pinned: CacheEntry[] = [];
    try {
      for (;;) {
        if (change.needsRoom) await this.#writeBack.makeRoom();
        if (this.#ended !== undefined) throw this.#ended;
        const plan = change.plan();
        if (this.#canApply(plan)) {
          this.#apply(plan, change.data);
          return;
        }
        await this.#loadFor(plan, pinned);
      }
    } finally {
      for (const entry of pinned) this.#cache.unpin(entry);
    }
  }

  #canApply({ pieces, run }: ChangePlan): boolean {
    const runKnown = run === undefined || this.#parts.map.isLoaded(run.first, run.below - 1);
    return runKnown && pieces.every((piece) => this.#loader.canFill(piece));
  }

  async #loadFor({ pieces, run }: ChangePlan, pinned: CacheEntry[]): Promise<void> {
    const { map } = this.#parts;
    if (run !== undefined) await map.load(run.first, run.below - 1);
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first !== undefined && last !== undefined) await map.load(first.block, last.block);
    const missing = pieces.filter((piece) => !this.#loader.canFill(piece));
    await this.#loader.acquire(
      missing.map(({ block }) => block),
      pinned,
    );
  }

  #apply({ pieces, run }: ChangePlan, data: Uint8Array | undefined): void {
    for (const piece of pieces) {
      const { block, inBlock, inRange, length } = piece;
      if (data === undefined) {
        if (!this.#loader.isZero(block)) this.#loader.fill(piece).bytes.fill(0, inBlock, inBlock + length);
      } else if (length === BLOCK_BYTES) this.#loader.replace(block, data.slice(inRange, inRange + length));
      else this.#loader.fill(piece).bytes.set(data.subarray(inRange, inRange + length), inBlock);
    }
    if (run !== undefined) this.#discardBlocks(run.first, run.below);
    this.#writeBack.onWrite(pieces);
  }

  /** Of the blocks [first, last] of a page. What nobody ever wrote is passed over as a whole. */
  async #pageIsZero(page: number, first: number, last: number): Promise<boolean> {
    const { map, base } = this.#parts;
    if (!map.mentions(page)) return base?.isZero(first * BLOCK_BYTES, (last - first + 1) * BLOCK_BYTES) ?? true;
    await map.load(first, last);
    for (let block = first; block <= last; block++) if (!this.#loader.isZero(block)) return false;
    return true;
  }

  #discardBlocks(first: number, below: number): void {
    const { map, base } = this.#parts;
    this.#cache.dropRange(first, below - 1);
    this.#loader.forget(first, below - 1);
    for (let page = pageOf(first); page <= pageOf(below - 1); page++) {
      const from = Math.max(first, page * PAGE_BLOCKS);
      const to = Math.min(below, (page + 1) * PAGE_BLOCKS);
      // A discard of a whole, mostly empty disk passes over what nobody ever wrote.
      if (!map.mentions(page) && (base?.isZero(from * BLOCK_BYTES, (to - from) * BLOCK_BYTES) ?? true)) continue;
      for (let block = from; block < to; block++) map.setZero(block, this.#loader.baseIsZero(block));
    }
  }
}

/** The bytes [start, end): parts of blocks become zeros, whole blocks are forgotten. */
function discardOf(start: number, end: number, sizeBytes: number): ChangePlan {
  const first = Math.ceil(start / BLOCK_BYTES);
  // The disk may end within a block, which is whole then.
  const below = end === sizeBytes ? Math.ceil(end / BLOCK_BYTES) : Math.floor(end / BLOCK_BYTES);
  if (below <= first) return { pieces: piecesOf(start, end - start) };
  const tail = Math.min(below * BLOCK_BYTES, end);
  const pieces = [...piecesOf(start, first * BLOCK_BYTES - start), ...piecesOf(tail, end - tail)];
  return { pieces, run: { first, below } };
}
