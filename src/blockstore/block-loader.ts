import type { KeyValueStore } from "../store/key-value-store.ts";
import type { BaseDisk } from "./base-disk.ts";
import type { BlockCache, CacheEntry } from "./block-cache.ts";
import { type BlockCipher, storedBytesOf } from "./block-cipher.ts";
import { checkBlock } from "./check-block.ts";
import type { StoredLayer } from "./disk-records.ts";
import { BLOCK_BYTES, blockKey, type DiskSize, type Piece } from "./geometry.ts";
import type { BlockPlace, LayerMap } from "./layer-map.ts";
import { askCollector } from "./memory.ts";
import type { BlockRun } from "./read-ahead.ts";

/** A block on its way into the cache. It is forgotten when the block is written or discarded meanwhile. */
interface Load {
  readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
  /** How many wait to copy the block or to write to it: the entry is born pinned so often. */
  pins: number;
  /** Set once loaded, unless forgotten. */
  entry: CacheEntry | undefined;
}

type StoredPlace = BlockPlace & { readonly at: "store" };

export interface LoaderParts {
  readonly volumeId: string;
  /** It may grow. */
  readonly size: DiskSize;
  readonly store: KeyValueStore;
  readonly map: LayerMap;
  readonly base: BaseDisk | undefined;
  readonly head: StoredLayer;
  readonly limits: LoaderLimits;
  /** Where the disk is encrypted. */
  readonly cipher?: BlockCipher;
}

export interface LoaderLimits {
  /** After so many bytes from the store the engine is asked to collect its garbage; never, where it is absent. */
  readonly garbageBytes?: number;
}

/** Finds the content of blocks: in the cache, in the store, in the image, or known to be zeros. */
export class BlockLoader {
  readonly #parts: LoaderParts;
  readonly #cache: BlockCache;
  readonly #loads = new Map<number, Load>();
  #searching: Promise<void> = Promise.resolve();
  #blocksLoaded = 0;
  /** Bytes that reading has left to the collector since it was asked. */
  #garbage = 0;

  constructor(parts: LoaderParts, cache: BlockCache) {
    this.#parts = parts;
    this.#cache = cache;
  }

  get blocksLoaded(): number {
    return this.#blocksLoaded;
  }

  baseIsZero(block: number): boolean {
    return this.#parts.base?.isZero(block * BLOCK_BYTES, BLOCK_BYTES) ?? true;
  }

  /** Says whether the block reads as zeros. It must be known to the map. */
  isZero(block: number): boolean {
    if (this.#cache.has(block)) return false;
    const { at } = this.#parts.map.locate(block);
    return at === "zero" || (at === "base" && this.baseIsZero(block));
  }

  /** Copies a piece into the range `out` when it is in memory. */
  tryCopy(piece: Piece, out: Uint8Array): boolean {
    const cached = this.#cache.get(piece.block);
    if (cached !== undefined) {
      copyPiece(cached.bytes, piece, out);
      return true;
    }
    if (!this.#parts.map.isLoaded(piece.block, piece.block)) return false;
    if (this.isZero(piece.block)) {
      out.fill(0, piece.inRange, piece.inRange + piece.length);
      return true;
    }
    return this.#parts.map.locate(piece.block).at === "base" && this.#copyFromBase(piece, out);
  }

  /** Copies all pieces into the range `out`, loading what is not in memory in one transaction. */
  async readInto(pieces: readonly Piece[], out: Uint8Array): Promise<void> {
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first === undefined || last === undefined) return;
    const { map, base } = this.#parts;
    if (!map.isLoaded(first.block, last.block)) await map.load(first.block, last.block);
    const missing = pieces.filter((piece) => !this.tryCopy(piece, out));
    const inStore = missing.filter((piece) => map.locate(piece.block).at === "store");
    const loads = this.#start(inStore.map(({ block }) => block));
    const waits = loads.map((load, i) => this.#copyLoaded(load, inStore[i] as Piece, out));
    for (const piece of missing) {
      if (map.locate(piece.block).at !== "base" || base === undefined) continue;
      const target = out.subarray(piece.inRange, piece.inRange + piece.length);
      waits.push(base.read(piece.block * BLOCK_BYTES + piece.inBlock, target));
    }
    await Promise.all(waits);
  }

  /** A block that leaves the cache loses its bytes: until they are copied it stays. */
  async #copyLoaded(load: Load, piece: Piece, out: Uint8Array): Promise<void> {
    load.pins++;
    copyPiece(await load.bytes, piece, out);
    if (load.entry !== undefined) this.#cache.unpin(load.entry);
  }

  /** Begins to load stored blocks that may be read soon. A failure is found again by whoever needs the block. */
  loadAhead({ first, count }: BlockRun): void {
    const { map, size } = this.#parts;
    const below = Math.min(first + count, Math.ceil(size.bytes / BLOCK_BYTES));
    const blocks: number[] = [];
    for (let block = first; block < below; block++) {
      const known = map.isLoaded(block, block) && !this.#cache.has(block);
      if (known && map.locate(block).at === "store") blocks.push(block);
    }
    this.#start(blocks);
  }

  /** Says whether `fill` can work: the block is known, and what a write to the piece leaves as it is is in memory. */
  canFill(piece: Piece): boolean {
    const { map, base } = this.#parts;
    if (!map.isLoaded(piece.block, piece.block)) return false;
    if (this.#cache.has(piece.block) || this.#isWhole(piece) || this.isZero(piece.block)) return true;
    const inBase = map.locate(piece.block).at === "base";
    return inBase && (base?.has(piece.block * BLOCK_BYTES, BLOCK_BYTES) ?? false);
  }

  /** The dirty cache entry to write a piece into. `canFill` must hold. */
  fill(piece: Piece): CacheEntry {
    const { block } = piece;
    const cached = this.#cache.get(block);
    if (cached !== undefined) return this.#cache.edit(cached);
    const fromBase = !this.#isWhole(piece) && !this.isZero(block);
    this.forget(block, block);
    const entry = this.#cache.insertDirty(block, new Uint8Array(BLOCK_BYTES));
    if (fromBase) this.#parts.base?.copy(block * BLOCK_BYTES, entry.bytes);
    return entry;
  }

  /** Has the whole of a block written; `bytes` are the cache's from now on. */
  replace(block: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.forget(block, block);
    this.#cache.drop(block);
    this.#cache.insertDirty(block, bytes);
  }

  /** What is being loaded of these blocks is no longer what they hold. */
  forget(first: number, last: number): void {
    if (last - first < this.#loads.size) for (let block = first; block <= last; block++) this.#loads.delete(block);
    else for (const block of [...this.#loads.keys()]) if (block >= first && block <= last) this.#loads.delete(block);
  }

  /**
   * Brings blocks into the cache for a write to a part of them. They are added to `pinned` and stay until unpinned;
   * a block that is written or discarded meanwhile is left out, and can be filled without.
   */
  async acquire(blocks: readonly number[], pinned: CacheEntry[]): Promise<void> {
    const missing: number[] = [];
    for (const block of blocks) {
      const entry = this.#cache.get(block);
      if (entry === undefined) missing.push(block);
      else {
        entry.pins++;
        pinned.push(entry);
      }
    }
    const loads = this.#start(missing);
    for (const load of loads) load.pins++;
    // All of them have to end before any error is passed on: the others' pins must be known to the caller by then.
    const outcomes = await Promise.allSettled(loads.map(({ bytes }) => bytes));
    for (const { entry } of loads) if (entry !== undefined) pinned.push(entry);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** The loads of these blocks: those under way, and one transaction for the others. */
  #start(blocks: readonly number[]): Load[] {
    const { store, map } = this.#parts;
    const fresh = blocks
      .filter((block) => !this.#loads.has(block))
      .map((block) => ({ block, place: map.locate(block) }));
    const keys = fresh.flatMap(({ block, place }) => (place.at === "store" ? [blockKey(place.layerId, block)] : []));
    const values = keys.length === 0 ? Promise.resolve([]) : store.getMany(keys);
    let position = 0;
    for (const { block, place } of fresh) {
      const at = position;
      if (place.at === "store") position++;
      const bytes: Promise<Uint8Array<ArrayBuffer>> =
        place.at === "store"
          ? values.then((all) => this.#checked(block, place, all[at], () => this.#loads.get(block)?.bytes === bytes))
          : this.#readBase(block);
      this.#track(block, bytes);
    }
    return blocks.map((block) => this.#loads.get(block) as Load);
  }

  /** The bytes of a stored block: from where it is by now, when a collection of garbage has moved it meanwhile. */
  async #checked(
    block: number,
    place: StoredPlace,
    stored: unknown,
    isCurrent: () => boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { map } = this.#parts;
    try {
      return await this.#bytesOf(stored, block, place.sum);
    } catch (corrupt) {
      if (!map.mayHaveMoved(place.layerId)) throw corrupt;
      // One at a time: what moved one block of a page has moved others, and the first search finds them all.
      const search = this.#searching.then(() => this.#search(block, place, corrupt, isCurrent));
      this.#searching = search.then(
        () => undefined,
        () => undefined,
      );
      return await search;
    }
  }

  /** Checked, and decrypted where the disk is encrypted. */
  async #bytesOf(stored: unknown, block: number, sum: number): Promise<Uint8Array<ArrayBuffer>> {
    const { volumeId, head, cipher } = this.#parts;
    const bytes = checkBlock(stored, volumeId, block, sum, storedBytesOf(head.record));
    return cipher === undefined ? bytes : await cipher.decrypt(block, bytes);
  }

  async #search(
    block: number,
    place: StoredPlace,
    corrupt: unknown,
    isCurrent: () => boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { store, map } = this.#parts;
    const known = map.locate(block);
    if (known.at === "store" && known.layerId !== place.layerId) {
      const stored = await store.get(blockKey(known.layerId, block));
      try {
        return await this.#bytesOf(stored, block, known.sum);
      } catch {
        // Moved once more: the search says what is wrong, if anything is.
      }
    }
    const found = await map.relocate(block);
    if (found.place.at === "store") return await this.#bytesOf(found.stored, block, found.place.sum);
    // Data is not moved into nothing: only a discard since the load began makes it so.
    if (isCurrent()) throw corrupt;
    return found.place.at === "zero" ? new Uint8Array(BLOCK_BYTES) : await this.#readBase(block);
  }

  #track(block: number, bytes: Promise<Uint8Array<ArrayBuffer>>): void {
    const load: Load = { bytes, pins: 0, entry: undefined };
    this.#loads.set(block, load);
    const end = () => {
      const current = this.#loads.get(block) === load;
      if (current) this.#loads.delete(block);
      return current;
    };
    bytes.then(
      (loaded) => {
        this.#blocksLoaded++;
        this.#left(loaded.byteLength);
        if (end()) load.entry = this.#cache.insertClean(block, loaded, load.pins);
      },
      // Whoever waits for `bytes` hears of it.
      () => void end(),
    );
  }

  #left(bytes: number): void {
    const { garbageBytes } = this.#parts.limits;
    this.#garbage += bytes;
    if (garbageBytes === undefined || this.#garbage < garbageBytes) return;
    this.#garbage = 0;
    askCollector();
  }

  async #readBase(block: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(BLOCK_BYTES);
    await this.#parts.base?.read(block * BLOCK_BYTES, bytes);
    return bytes;
  }

  #copyFromBase(piece: Piece, out: Uint8Array): boolean {
    const target = out.subarray(piece.inRange, piece.inRange + piece.length);
    return this.#parts.base?.copy(piece.block * BLOCK_BYTES + piece.inBlock, target) ?? false;
  }

  /** The last block of a disk may reach beyond it: covered up to the end, it is covered whole. */
  #isWhole({ block, inBlock, length }: Piece): boolean {
    return inBlock === 0 && length >= Math.min(BLOCK_BYTES, this.#parts.size.bytes - block * BLOCK_BYTES);
  }
}

function copyPiece(block: Uint8Array, piece: Piece, out: Uint8Array): void {
  out.set(block.subarray(piece.inBlock, piece.inBlock + piece.length), piece.inRange);
}
