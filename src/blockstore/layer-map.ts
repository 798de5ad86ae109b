import { CloudError } from "../base/errors.ts";
import { put, remove, removeRange, type StoreOperation } from "../store/key-value-store.ts";
import type { ChainReader, LayerPage } from "./chain-reader.ts";
import { blockKey, blockRange, mapKey, PAGE_BLOCKS, pageOf, slotOf } from "./geometry.ts";
import { ABSENT, type BlockState, DATA, emptyMapPage, encodeMapPage, type MapPage, ZERO } from "./map-page.ts";

/** Where a block's content is, apart from the cache. */
export type BlockPlace =
  | { readonly at: "zero" }
  | { readonly at: "base" }
  | { readonly at: "store"; readonly layerId: string; readonly sum: number };

const IN_ZERO: BlockPlace = { at: "zero" };
const IN_BASE: BlockPlace = { at: "base" };

/** The nearest layer below the head that says something about each block of a page: one look-up, however long the chain. */
interface BelowPage {
  /** 0: none of them does; `ZERO_BELOW`: zeros; n: data in the layer of ordinal n − 1. */
  readonly layers: Uint16Array;
  readonly sums: Uint32Array;
}
const ZERO_BELOW = 0xffff;

/** The layer that is written to. */
export interface Head {
  readonly id: string;
  readonly ordinal: number;
  /** Numbers of the pages that are not in the store as they are here. */
  readonly dirty: Set<number>;
}

/** Twelve bytes a block. */
interface LoadedPage {
  /** Whose states `head` and `stored` are. Behind the map's head, the page is to be folded before it is used. */
  readonly owner: Head;
  readonly head: MapPage;
  /** 1 where the store holds a block under the owner's key: what a deletion must name. Follows commits, not writes. */
  readonly stored: Uint8Array;
  /** Replaced, never changed in place. */
  below: BelowPage | undefined;
  /** The page of the head that is being frozen, until it is known whether it is. */
  before: LoadedPage | undefined;
}

/** A page as one commit has it, however it changes until then. */
interface ChangedPage {
  readonly page: LoadedPage;
  /** What the store holds of it then. */
  readonly stored: Uint8Array;
  readonly content: MapPage;
}

/** The map's share of a transaction. */
export interface MapChanges {
  /** Corrects the checksum of a block that holds data, for a block whose stored form takes time to make. */
  setSum(block: number, sum: number): void;
  operations(): StoreOperation[];
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
 *
 * Freezing the head takes no pass over the pages: each is folded (what the head said becomes what the layers below it
 * say) when it is next used. Until the freeze is settled the page as it was is kept beside it.
 */
export class LayerMap {
  readonly #chain: ChainReader;
  readonly #pages = new Map<number, LoadedPage>();
  readonly #loading = new Map<number, Promise<void>>();
  readonly #ordinals = new Map<string, number>();
  readonly #ids: string[] = [];
  #head: Head;
  /** The head before, while it is being frozen. */
  #freezing: Head | undefined;
  /** Pages that have been made or folded since. */
  readonly #split = new Set<number>();

  /** `headId`: the top of the chain, when it is written to; `undefined` for reading only. */
  constructor(chain: ChainReader, headId: string | undefined) {
    this.#chain = chain;
    this.#head = this.makeHead(headId ?? "");
  }

  /** Says whether what the map knows about these blocks is in memory: if not, `load` first. */
  isLoaded(firstBlock: number, lastBlock: number): boolean {
    for (let page = pageOf(firstBlock); page <= pageOf(lastBlock); page++) {
      if (!this.#pages.has(page) && this.#chain.mentions(page)) return false;
    }
    return true;
  }

  async load(firstBlock: number, lastBlock: number): Promise<void> {
    const loads: Promise<void>[] = [];
    for (let page = pageOf(firstBlock); page <= pageOf(lastBlock); page++) {
      if (this.#pages.has(page) || !this.#chain.mentions(page)) continue;
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
    const page = this.#page(pageOf(block));
    if (page === undefined) return IN_BASE;
    const slot = slotOf(block);
    const state = page.head.states[slot] as BlockState;
    if (state === DATA) return { at: "store", layerId: page.owner.id, sum: page.head.sums[slot] as number };
    if (state === ZERO) return IN_ZERO;
    return this.#inBelow(page.below, slot);
  }

  /** Says whether a collection of garbage may have moved what the map says is in the layer. */
  mayHaveMoved(layerId: string): boolean {
    return layerId !== this.#head.id && layerId !== this.#freezing?.id;
  }

  /**
   * Looks up in the store where a block is that was not where it should be, and what is stored for it there. The heads'
   * pages in the store are asked too: of a block that is below them they say nothing, unless it has been merged into one
   * that the store has frozen already, and this map is yet to hear of it.
   */
  async relocate(block: number): Promise<{ place: BlockPlace; stored: unknown }> {
    const number = pageOf(block);
    const head = this.#head;
    const freezing = this.#freezing !== undefined;
    const { pages, stored } = await this.#chain.readBlock(number, block);
    const place = this.#inBelow(this.#belowOf(pages), slotOf(block));
    // While a head is being frozen, what is below it is not known: whoever needs another block of the page looks again.
    if (!freezing && this.#freezing === undefined && head === this.#head) {
      const page = this.#page(number);
      if (page !== undefined) page.below = this.#belowOf(pages.filter(({ layerId }) => layerId !== head.id));
    }
    return { place, stored: place.at === "store" ? stored.get(place.layerId) : undefined };
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
    return this.#pages.has(page) || this.#chain.mentions(page);
  }

  get isDirty(): boolean {
    return this.#head.dirty.size > 0;
  }

  /** For `freeze`. Throws `Volume.ChainTooLong`. */
  makeHead(id: string): Head {
    return { id, ordinal: this.#ordinalOf(id), dirty: new Set() };
  }

  /** Puts every change since the last commit into one: the pages, and the deletion of blocks that hold no data any more. */
  collect(): MapChanges {
    return this.#collect(this.#head);
  }

  /**
   * From now on everything goes into a new head on top of the one there is, whose last changes `collectFrozen` gives.
   * Exactly one of `landFreeze` and `thaw` must follow, when no commit is under way.
   */
  freeze(next: Head): void {
    if (this.#freezing !== undefined) throw new Error("the map is being frozen already");
    this.#freezing = this.#head;
    this.#head = next;
  }

  collectFrozen(): MapChanges {
    return this.#collect(this.#frozenHead());
  }

  landFreeze(): void {
    for (const number of this.#split) (this.#pages.get(number) as LoadedPage).before = undefined;
    this.#split.clear();
    this.#freezing = undefined;
    this.#chain.push(this.#head.id);
  }

  /** The freeze did not come about: the old head takes back what the new one was told, which can only be zeros. */
  thaw(): void {
    const frozen = this.#frozenHead();
    const edited = [...this.#split].map((number) => [number, this.#pages.get(number) as LoadedPage] as const);
    this.#split.clear();
    this.#freezing = undefined;
    this.#head = frozen;
    for (const [number, { before }] of edited) {
      if (before === undefined) this.#pages.delete(number);
      else this.#pages.set(number, before);
    }
    for (const [number, { head }] of edited) {
      for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
        if (head.states[slot] !== ABSENT) this.setZero(number * PAGE_BLOCKS + slot, false);
      }
    }
  }

  #frozenHead(): Head {
    if (this.#freezing === undefined) throw new Error("the map is not being frozen");
    return this.#freezing;
  }

  #ordinalOf(layerId: string): number {
    const known = this.#ordinals.get(layerId);
    if (known !== undefined) return known;
    const ordinal = this.#ids.length;
    // Far beyond what can be opened in a reasonable time: the collection of garbage keeps chains short.
    if (ordinal + 1 >= ZERO_BELOW)
      throw new CloudError("Volume.ChainTooLong", "A disk has too many layers.", { layerId });
    this.#ids.push(layerId);
    this.#ordinals.set(layerId, ordinal);
    return ordinal;
  }

  #inBelow(below: BelowPage | undefined, slot: number): BlockPlace {
    const layer = below?.layers[slot] ?? 0;
    if (layer === 0) return IN_BASE;
    if (layer === ZERO_BELOW) return IN_ZERO;
    return { at: "store", layerId: this.#ids[layer - 1] as string, sum: below?.sums[slot] as number };
  }

  /** A loaded page as the head's. */
  #page(number: number): LoadedPage | undefined {
    const page = this.#pages.get(number);
    if (page === undefined || page.owner === this.#head) return page;
    return this.#addPage(number, fold(page), this.#freezing === undefined ? undefined : page);
  }

  #addPage(number: number, below: BelowPage | undefined, before: LoadedPage | undefined): LoadedPage {
    const page = blankPage(this.#head, below);
    page.before = before;
    this.#pages.set(number, page);
    if (this.#freezing !== undefined) this.#split.add(number);
    return page;
  }

  #edit(block: number): LoadedPage {
    const number = pageOf(block);
    const page = this.#page(number) ?? this.#addPage(number, undefined, undefined);
    this.#head.dirty.add(number);
    return page;
  }

  #collect(head: Head): MapChanges {
    const numbers = [...head.dirty];
    head.dirty.clear();
    const changed = new Map<number, ChangedPage>();
    let storedDelta = 0;
    for (const number of numbers) {
      const latest = this.#pages.get(number) as LoadedPage;
      const page = latest.owner === head ? latest : (latest.before as LoadedPage);
      const stored = page.head.states.map((state) => (state === DATA ? 1 : 0));
      for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
        storedDelta += (stored[slot] as number) - (page.stored[slot] as number);
      }
      const content = { states: page.head.states.slice(), sums: page.head.sums.slice() };
      changed.set(number, { page, stored, content });
    }
    return {
      storedDelta,
      setSum: (block, sum) => {
        const { content, page } = changed.get(pageOf(block)) as ChangedPage;
        const slot = slotOf(block);
        content.sums[slot] = sum;
        // Discarded since: it has none. Written to since: the next commit corrects it again.
        if (page.head.states[slot] === DATA) page.head.sums[slot] = sum;
        // The head may be below another one by now.
        const { below, owner } = this.#pages.get(pageOf(block)) as LoadedPage;
        if (owner !== head && below?.layers[slot] === head.ordinal + 1) below.sums[slot] = sum;
      },
      operations: () =>
        [...changed].flatMap(([number, { page, stored, content }]) => [
          ...deletions(head.id, number * PAGE_BLOCKS, page.stored, stored),
          put(mapKey(head.id, number), encodeMapPage(content)),
        ]),
      landed: () => {
        for (const { page, stored } of changed.values()) page.stored.set(stored);
      },
      failed: () => {
        for (const number of numbers) head.dirty.add(number);
      },
    };
  }

  async #loadPage(number: number): Promise<void> {
    const pages = await this.#chain.readPage(number);
    // In the store the head that is being frozen is the head still.
    const owner = this.#freezing ?? this.#head;
    const own = pages.find(({ layerId }) => layerId === owner.id)?.page;
    const head = own ?? emptyMapPage();
    const stored = head.states.map((state) => (state === DATA ? 1 : 0));
    const below = this.#belowOf(pages.filter(({ layerId }) => layerId !== owner.id));
    this.#pages.set(number, { owner, head, stored, below, before: undefined });
  }

  /** What layers, top first, say together. */
  #belowOf(pages: readonly LayerPage[]): BelowPage | undefined {
    if (pages.length === 0) return undefined;
    const below = { layers: new Uint16Array(PAGE_BLOCKS), sums: new Uint32Array(PAGE_BLOCKS) };
    for (const { layerId, page } of pages) {
      const ordinal = this.#ordinalOf(layerId);
      for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
        const state = page.states[slot];
        if (below.layers[slot] !== 0 || state === ABSENT) continue;
        below.layers[slot] = state === DATA ? ordinal + 1 : ZERO_BELOW;
        below.sums[slot] = page.sums[slot] as number;
      }
    }
    return below;
  }
}

const blankPage = (owner: Head, below: BelowPage | undefined): LoadedPage => {
  return { owner, head: emptyMapPage(), stored: new Uint8Array(PAGE_BLOCKS), below, before: undefined };
};

/** What a page says to a new head on top of its owner. */
function fold({ owner, head, below }: LoadedPage): BelowPage | undefined {
  if (head.states.every((state) => state === ABSENT)) return below;
  const layers = below?.layers.slice() ?? new Uint16Array(PAGE_BLOCKS);
  const sums = below?.sums.slice() ?? new Uint32Array(PAGE_BLOCKS);
  for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
    const state = head.states[slot];
    if (state === ABSENT) continue;
    layers[slot] = state === DATA ? owner.ordinal + 1 : ZERO_BELOW;
    sums[slot] = head.sums[slot] as number;
  }
  return { layers, sums };
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
