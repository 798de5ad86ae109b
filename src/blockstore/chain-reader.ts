import type { KeyValueStore } from "../store/key-value-store.ts";
import { recordStore } from "../store/records.ts";
import { STAMP_KEY, stampOf } from "./collection-stamp.ts";
import { type ImageRecord, readImage, readLayers, type StoredLayer } from "./disk-records.ts";
import { blockKey, mapKey, mapRange } from "./geometry.ts";
import { decodeMapPage, type MapPage } from "./map-page.ts";

/** What one layer says about the blocks of a page. */
export interface LayerPage {
  readonly layerId: string;
  readonly page: MapPage;
}

interface ReadableLayer {
  readonly id: string;
  /** Numbers of the map pages that it has. */
  readonly pages: Set<number>;
}

interface ChainView {
  /** As of this point of the collection of garbage. */
  readonly stamp: string;
  /** Top first. */
  readonly layers: readonly ReadableLayer[];
}

/** What is needed only once. */
interface FirstView extends ChainView {
  readonly top: StoredLayer;
  readonly image: { readonly fingerprint: string; readonly record: ImageRecord } | undefined;
}

/**
 * Reads the map pages of a chain, while a collection of garbage may be moving blocks from one of its layers to another.
 *
 * A collection never changes what a chain holds, only where. It counts its steps in the store (the stamp): what was read
 * in one transaction together with the stamp that the chain was read with, fits together. Otherwise the chain is read
 * again. That comes to an end because collections do.
 */
export class ChainReader {
  readonly #store: KeyValueStore;
  /** As they were when the chain was opened. */
  readonly top: StoredLayer;
  readonly image: { readonly fingerprint: string; readonly record: ImageRecord } | undefined;
  #top: string;
  #view: ChainView;

  private constructor(store: KeyValueStore, { top, image, ...view }: FirstView) {
    this.#store = store;
    this.top = top;
    this.image = image;
    this.#top = top.id;
    this.#view = view;
  }

  /** Reads which layers and pages there are, not the pages. A layer that is not what it should be: `Volume.ChainBroken`. */
  static async open(store: KeyValueStore, top: string): Promise<ChainReader> {
    return new ChainReader(store, await readView(store, top));
  }

  /** Says whether some layer may say something about the blocks of a page. */
  mentions(page: number): boolean {
    return this.#view.layers.some(({ pages }) => pages.has(page));
  }

  /** The map has put a new layer, which has no pages yet, on top. */
  push(layerId: string): void {
    this.#top = layerId;
    this.#view = { ...this.#view, layers: [{ id: layerId, pages: new Set() }, ...this.#view.layers] };
  }

  /** A page of every layer that has it, top first. */
  async readPage(number: number): Promise<LayerPage[]> {
    for (;;) {
      const { stamp, layers } = this.#view;
      const holders = layers.filter(({ pages }) => pages.has(number));
      const keys = holders.map(({ id }) => mapKey(id, number));
      const [now, ...values] = await this.#store.getMany([STAMP_KEY, ...keys]);
      if (stampOf(now) === stamp) return decodePages(holders, values, number);
      await this.#refresh();
    }
  }

  /** The same, with what each layer has stored for a block, read at one moment. */
  async readBlock(
    number: number,
    block: number,
  ): Promise<{ pages: LayerPage[]; stored: ReadonlyMap<string, unknown> }> {
    for (;;) {
      // Which pages the map has written of the layers that it has pushed is not known here yet.
      await this.#refresh();
      const { stamp, layers } = this.#view;
      const holders = layers.filter(({ pages }) => pages.has(number));
      const [now, ...values] = await this.#store.getMany([
        STAMP_KEY,
        ...holders.map(({ id }) => mapKey(id, number)),
        ...layers.map(({ id }) => blockKey(id, block)),
      ]);
      if (stampOf(now) !== stamp) continue;
      const stored = new Map(layers.map(({ id }, i) => [id, values[holders.length + i]] as const));
      return { pages: decodePages(holders, values, number), stored };
    }
  }

  async #refresh(): Promise<void> {
    for (;;) {
      const top = this.#top;
      const view = await readView(this.#store, top);
      if (top !== this.#top) continue;
      this.#view = { stamp: view.stamp, layers: view.layers };
      return;
    }
  }
}

async function readView(store: KeyValueStore, top: string): Promise<FirstView> {
  for (;;) {
    const stamp = stampOf(await store.get(STAMP_KEY));
    const unmoved = async () => stampOf(await store.get(STAMP_KEY)) === stamp;
    try {
      const records = recordStore(store);
      const chain = await readLayers(records, top);
      const image = await readImage(records, chain);
      const layers = await Promise.all(
        chain.map(async ({ id }) => {
          const keys = await store.keys(mapRange(id));
          return { id, pages: new Set(keys.map((key) => Number(key[2]))) };
        }),
      );
      if (await unmoved()) return { stamp, layers, top: chain[0], image };
    } catch (thrown) {
      // Half of a chain as it was and half as it is may look broken.
      if (await unmoved()) throw thrown;
    }
  }
}

const decodePages = (holders: readonly ReadableLayer[], values: readonly unknown[], number: number): LayerPage[] =>
  holders.map(({ id }, i) => ({ layerId: id, page: decodeMapPage(values[i], id, number) }));
