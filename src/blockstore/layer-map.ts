import type { KeyValueStore, StoreOperation } from "../store/key-value-store.ts";
import { put, remove, removeRange } from "../store/key-value-store.ts";
import { blockKey, blockRange, mapKey, mapRange, PAGE_BLOCKS, pageOf, slotOf } from "./geometry.ts";
import {
  ABSENT,
  type BlockState,
  DATA,
  decodeMapPage,
  emptyMapPage,
  encodeMapPage,
  type MapPage,
  ZERO,
} from "./map-page.ts";

/** Where a block's content is, apart from the cache. */
export type BlockPlace =
  | { readonly at: "zero" }
  | { readonly at: "base" }
  | { readonly at: "store"; readonly layerId: string; readonly sum: number };

const IN_ZERO: BlockPlace = { at: "zero" };
const IN_BASE: BlockPlace = { at: "base" };

/** The nearest frozen layer that says something about each block of a page: one look-up, however long the chain. */
interface BelowPage {
  /** 0: none of them does; `ZERO_BELOW`: zeros; n: data in the frozen layer n − 1. */
  readonly layers: Uint16Array;
  readonly sums: Uint32Array;
}
const ZERO_BELOW = 0xffff;

interface LoadedPage {
  readonly head: MapPage;
  /** 1 where the store holds a block under the head's key: what a deletion must name. Follows commits, not writes. */
  readonly stored: Uint8Array;
  readonly below: BelowPage | undefined;
}

/** The map's share of a transaction. */
export interface MapChanges {
  readonly operations: StoreOperation[];
  /** Change in the number of blocks stored under the head. */
  readonly storedDelta: number;
  /** Exactly one of them must be called when the transaction's outcome is known. */
  landed(): void;
  failed(): void;
}

/**
 * Says where each block of a chain of layers is. Pages are loaded when first needed; which pages exist is known from
 * the start, so blocks that nobody ever wrote cost no look-up. States follow writes and discards at once; the store
 * follows with the next commit.
 */
export class LayerMap {
  readonly #store: KeyValueStore;
  readonly #headId: string;
  readonly #frozenIds: readonly string[];
  readonly #present: readonly ReadonlySet<number>[];
  readonly #pages = new Map<number, LoadedPage>();
  readonly #loading = new Map<number, Promise<void>>();
  readonly #dirty = new Set<number>();

  private constructor(
    store: KeyValueStore,
    headId: string,
    frozenIds: readonly string[],
    present: readonly ReadonlySet<number>[],
  ) {
    this.#store = store;
    this.#headId = headId;
    this.#frozenIds = frozenIds;
    this.#present = present;
  }

  /** `frozenIds`: nearest to the head first. Reads which pages there are, not the pages. */
  static async open(store: KeyValueStore, headId: string, frozenIds: readonly string[]): Promise<LayerMap> {
    const present = await Promise.all(
      [headId, ...frozenIds].map(async (id) => {
        const keys = await store.keys(mapRange(id));
        return new Set(keys.map((key) => Number(key[2])));
      }),
    );
    return new LayerMap(store, headId, frozenIds, present);
  }

  /** Says whether what the map knows about these blocks is in memory: if not, `load` first. */
  isLoaded(firstBlock: number, lastBlock: number): boolean {
    for (let page = pageOf(firstBlock); page <= pageOf(lastBlock); page++) {
      if (!this.#pages.has(page) && this.#exists(page)) return false;
    }
    return true;
  }

  async load(firstBlock: number, lastBlock: number): Promise<void> {
    const loads: Promise<void>[] = [];
    for (let page = pageOf(firstBlock); page <= pageOf(lastBlock); page++) {
      if (this.#pages.has(page) || !this.#exists(page)) continue;
      let loading = this.#loading.get(page);
      if (loading === undefined) {
        loading = this.#loadPage(page).finally(() => this.#loading.delete(page));
        this.#loading.set(page, loading);
      }
      loads.push(loading);
    }
    await Promise.all(loads);
  }

  /** Where a loaded block is. */
  locate(block: number): BlockPlace {
    const page = this.#pages.get(pageOf(block));
    if (page === undefined) return IN_BASE;
    const slot = slotOf(block);
    const state = page.head.states[slot] as BlockState;
    if (state === DATA) return { at: "store", layerId: this.#headId, sum: page.head.sums[slot] as number };
    if (state === ZERO) return IN_ZERO;
    const below = page.below?.layers[slot] ?? 0;
    if (below === 0) return IN_BASE;
    if (below === ZERO_BELOW) return IN_ZERO;
    return { at: "store", layerId: this.#frozenIds[below - 1] as string, sum: page.below?.sums[slot] as number };
  }

  /** A loaded block now holds data, to be stored with this checksum in the commit that is being put together. */
  setData(block: number, sum: number): void {
    const page = this.#edit(block);
    page.head.states[slotOf(block)] = DATA;
    page.head.sums[slotOf(block)] = sum;
  }

  /** A loaded block now reads as zeros. `baseIsZero`: what the chain stands on is zeros there. Takes no space in either case. */
  setZero(block: number, baseIsZero: boolean): void {
    const place = this.locate(block);
    if (place.at === "zero" || (place.at === "base" && baseIsZero)) return;
    const page = this.#edit(block);
    const slot = slotOf(block);
    const below = page.below?.layers[slot] ?? 0;
    const zeroWithoutHead = below === ZERO_BELOW || (below === 0 && baseIsZero);
    page.head.states[slot] = zeroWithoutHead ? ABSENT : ZERO;
    page.head.sums[slot] = 0;
  }

  /** Says whether some layer may say something about the blocks of a page. */
  mentions(page: number): boolean {
    return this.#pages.has(page) || this.#exists(page);
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Puts every change since the last commit into one: the pages, and the deletion of blocks that hold no data any more. */
  collect(): MapChanges {
    const pages = [...this.#dirty];
    this.#dirty.clear();
    const operations: StoreOperation[] = [];
    const after = new Map<LoadedPage, Uint8Array>();
    let storedDelta = 0;
    for (const number of pages) {
      const page = this.#pages.get(number) as LoadedPage;
      const stored = page.head.states.map((state) => (state === DATA ? 1 : 0));
      for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
        storedDelta += (stored[slot] as number) - (page.stored[slot] as number);
      }
      operations.push(...deletions(this.#headId, number * PAGE_BLOCKS, page.stored, stored));
      operations.push(put(mapKey(this.#headId, number), encodeMapPage(page.head)));
      after.set(page, stored);
    }
    return {
      operations,
      storedDelta,
      landed: () => {
        for (const [page, stored] of after) page.stored.set(stored);
      },
      failed: () => {
        for (const number of pages) this.#dirty.add(number);
      },
    };
  }

  #exists(page: number): boolean {
    return this.#present.some((pages) => pages.has(page));
  }

  #edit(block: number): LoadedPage {
    const number = pageOf(block);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { head: emptyMapPage(), stored: new Uint8Array(PAGE_BLOCKS), below: undefined };
      this.#pages.set(number, page);
    }
    this.#dirty.add(number);
    return page;
  }

  async #loadPage(number: number): Promise<void> {
    const ids = [this.#headId, ...this.#frozenIds];
    const holders = ids.map((id, i) => ({ id, i })).filter(({ i }) => this.#present[i]?.has(number));
    const values = await this.#store.getMany(holders.map(({ id }) => mapKey(id, number)));
    let head = emptyMapPage();
    let below: BelowPage | undefined;
    holders.forEach(({ id, i }, at) => {
      const page = decodeMapPage(values[at], id, number);
      if (i === 0) head = page;
      else {
        below ??= { layers: new Uint16Array(PAGE_BLOCKS), sums: new Uint32Array(PAGE_BLOCKS) };
        mergeBelow(below, page, i);
      }
    });
    this.#pages.set(number, { head, stored: head.states.map((state) => (state === DATA ? 1 : 0)), below });
  }
}

/** Adds what the frozen layer `ordinal` says where no nearer layer has spoken. */
function mergeBelow(below: BelowPage, page: MapPage, ordinal: number): void {
  for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
    const state = page.states[slot];
    if (below.layers[slot] !== 0 || state === ABSENT) continue;
    below.layers[slot] = state === DATA ? ordinal : ZERO_BELOW;
    below.sums[slot] = page.sums[slot] as number;
  }
}

/** Deletes what was stored and is no longer; a run of blocks that hold no data is one operation. */
function deletions(layerId: string, firstBlock: number, before: Uint8Array, after: Uint8Array): StoreOperation[] {
  const operations: StoreOperation[] = [];
  for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
    if (before[slot] === 0 || after[slot] === 1) continue;
    let end = slot + 1;
    while (end < PAGE_BLOCKS && after[end] === 0) end++;
    operations.push(
      end === slot + 1
        ? remove(blockKey(layerId, firstBlock + slot))
        : removeRange(blockRange(layerId, firstBlock + slot, firstBlock + end)),
    );
    slot = end;
  }
  return operations;
}
