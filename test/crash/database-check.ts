import { CloudError } from "../../src/base/errors.ts";
import { storedBytesOf } from "../../src/blockstore/block-cipher.ts";
import { checkBlock } from "../../src/blockstore/check-block.ts";
import { imageKind, layerKind, snapshotKind, volumeKind } from "../../src/blockstore/disk-records.ts";
import { PAGE_BLOCKS } from "../../src/blockstore/geometry.ts";
import { DATA, decodeMapPage } from "../../src/blockstore/map-page.ts";
import { ownImageRecord } from "../../src/cloud/images/own-image-record.ts";
import { imageRecord, instanceRecord } from "../../src/cloud/records.ts";
import { snapshotRecord } from "../../src/cloud/snapshots/snapshot-record.ts";
import { volumeRecord } from "../../src/cloud/volumes/volume-record.ts";
import { decodeRecord, type RecordKind } from "../../src/store/records.ts";

/** Values read at a time. */
const STEP = 64;

export interface DatabaseState {
  /** Blocks that were read, and are what their checksums say. */
  readonly blocks: number;
  /** Blocks of layers that nothing stands on. */
  readonly garbageBlocks: number;
  /** Frozen layers that nothing names and that could have been merged into a layer that nobody has open. */
  readonly unmerged: readonly string[];
  /** What contradicts itself. */
  readonly findings: readonly string[];
}

/**
 * Looks at a whole database as it is at one moment, in one transaction and by other ways than the program's own: each
 * record of the registry has its side in the block store and the other way round, each layer its blocks, and nothing else
 * is there. `isOpen` says of which volumes the head may not be merged into.
 */
export async function checkDatabase(name: string, isOpen: (volumeId: string) => boolean): Promise<DatabaseState> {
  const database = await promisify(indexedDB.open(name));
  try {
    const store = database.transaction("entries", "readonly").objectStore("entries");
    return await new Check(store, isOpen).run();
  } finally {
    database.close();
  }
}

class Check {
  readonly #store: IDBObjectStore;
  readonly #isOpen: (volumeId: string) => boolean;
  readonly #findings: string[] = [];

  constructor(store: IDBObjectStore, isOpen: (volumeId: string) => boolean) {
    this.#store = store;
    this.#isOpen = isOpen;
  }

  async run(): Promise<DatabaseState> {
    const disks = await this.#records(volumeKind);
    const kept = await this.#records(snapshotKind);
    const layers = await this.#records(layerKind);
    await this.#checkRegistry(disks, kept);
    await this.#checkImages(new Set([...layers.values()].map(({ image }) => image)));
    const heads = new Map([...disks].map(([id, { head }]) => [head, id]));
    const named = new Set([...heads.keys(), ...[...kept.values()].map(({ layer }) => layer)]);
    const reached = new Set<string>();
    for (const top of named) {
      for (let id: string | null = top; id !== null; id = layers.get(id)?.parent ?? null) {
        if (!layers.has(id)) this.#findings.push(`layer ${id}, which ${top} stands on, is missing`);
        if (reached.has(id)) break;
        reached.add(id);
      }
    }
    const unmerged = [...layers.keys()].filter((id) => {
      const children = [...layers].filter(([, { parent }]) => parent === id).map(([child]) => child);
      const [child = "", ...others] = children;
      if (named.has(id) || !reached.has(id) || others.length > 0) return false;
      const volumeId = heads.get(child);
      return volumeId === undefined || !this.#isOpen(volumeId);
    });
    let blocks = 0;
    let garbageBlocks = 0;
    for (const [id, layer] of layers) {
      const found = await this.#checkLayer(id, layer);
      blocks += found;
      if (!reached.has(id)) garbageBlocks += found;
    }
    await this.#findStrays(layers);
    return { blocks, garbageBlocks, unmerged, findings: this.#findings };
  }

  async #checkRegistry(disks: Map<string, { sizeBytes: number }>, kept: Map<string, { sizeBytes: number }>) {
    const volumes = await this.#records(volumeRecord);
    for (const [id, { state, sizeBytes, modification }] of volumes) {
      if (state === "creating" || state === "deleting") this.#findings.push(`volume ${id} is ${state}`);
      if (modification?.state === "modifying") this.#findings.push(`volume ${id} is modifying`);
      if (state !== "error") this.#compare(`volume ${id}`, sizeBytes, disks.get(id)?.sizeBytes);
    }
    for (const id of disks.keys()) if (!volumes.has(id)) this.#findings.push(`nobody knows of volume ${id}`);
    const snapshots = await this.#records(snapshotRecord);
    for (const [id, { state, sizeBytes, deleting }] of snapshots) {
      if (state === "pending" || deleting) this.#findings.push(`snapshot ${id} is ${deleting ? "deleting" : state}`);
      this.#compare(`snapshot ${id}`, state === "completed" ? sizeBytes : undefined, kept.get(id)?.sizeBytes);
    }
    for (const id of kept.keys()) if (!snapshots.has(id)) this.#findings.push(`nobody knows of snapshot ${id}`);
    for (const [id, { state, devices }] of await this.#records(ownImageRecord)) {
      if (state === "pending") this.#findings.push(`image ${id} is pending`);
      const missing = devices.filter(({ snapshotId }) => snapshotId !== null && !snapshots.has(snapshotId));
      if (state === "available" && missing.length > 0) this.#findings.push(`image ${id} has lost a snapshot`);
    }
    const images = await this.#records(imageRecord);
    for (const [id, { imageId }] of await this.#records(instanceRecord)) {
      if (!images.has(imageId)) this.#findings.push(`${imageId}, which ${id} was launched from, is missing`);
    }
  }

  async #checkImages(used: ReadonlySet<string | null>): Promise<void> {
    const images = await this.#records(imageKind);
    for (const id of used) if (id !== null && !images.has(id)) this.#findings.push(`image ${id} is missing`);
    for (const id of images.keys()) if (!used.has(id)) this.#findings.push(`nothing stands on image ${id}`);
  }

  #compare(what: string, registered: number | undefined, stored: number | undefined): void {
    if (registered === stored) return;
    const show = (bytes: number | undefined) => (bytes === undefined ? "nothing" : `${bytes} bytes`);
    this.#findings.push(`${what}: ${show(registered)} in the registry, ${show(stored)} in the block store`);
  }

  /** Its blocks: each that its map names is there and whole, and no others are. Gives how many. */
  async #checkLayer(
    id: string,
    layer: { storedBlocks: number; drained: number | null; keyCheck: string | null },
  ): Promise<number> {
    const sums = new Map<number, number>();
    for (const [page, stored] of await this.#entries(["map", id])) {
      const { states, sums: pageSums } = decodeMapPage(stored, id, page);
      for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
        const block = page * PAGE_BLOCKS + slot;
        // What has gone into the layer above stays on the page until all of the page has.
        if (states[slot] === DATA && block >= (layer.drained ?? 0)) sums.set(block, pageSums[slot] as number);
      }
    }
    const keys = (await promisify(this.#store.getAllKeys(rangeOf(["block", id])))) as [string, string, number][];
    for (const [, , block] of keys)
      if (!sums.has(block)) this.#findings.push(`${id} knows nothing of its block ${block}`);
    if (keys.length !== layer.storedBlocks) {
      this.#findings.push(`${id} counts ${layer.storedBlocks} blocks and has ${keys.length}`);
    }
    const blocks = [...sums];
    for (let from = 0; from < blocks.length; from += STEP) {
      const some = blocks.slice(from, from + STEP);
      const values = await Promise.all(some.map(([block]) => promisify(this.#store.get(["block", id, block]))));
      for (const [i, [block, sum]] of some.entries()) {
        try {
          checkBlock(values[i], id, block, sum, storedBytesOf(layer));
        } catch (error) {
          if (!(error instanceof CloudError)) throw error;
          this.#findings.push(error.message);
        }
      }
    }
    return sums.size;
  }

  /** Blocks and map pages of layers that do not exist. */
  async #findStrays(layers: ReadonlyMap<string, unknown>): Promise<void> {
    for (const kind of ["block", "map"]) {
      const keys = (await promisify(this.#store.getAllKeys(rangeOf([kind])))) as [string, string, number][];
      for (const [, id, number] of keys) if (!layers.has(id)) this.#findings.push(`stray ${kind} ${number} of ${id}`);
    }
  }

  async #records<T>(kind: RecordKind<T>): Promise<Map<string, T>> {
    const found = await this.#entries<string>(["record", kind.kind]);
    return new Map(found.map(([id, stored]) => [id, decodeRecord(kind, id, stored)]));
  }

  /** Last part of each key under a prefix, and the value. */
  async #entries<K extends string | number = number>(prefix: string[]): Promise<[K, unknown][]> {
    const range = rangeOf(prefix);
    const [keys, values] = await Promise.all([
      promisify(this.#store.getAllKeys(range)),
      promisify(this.#store.getAll(range)),
    ]);
    return keys.map((key, i) => [(key as K[]).at(-1) as K, values[i]]);
  }
}

/** Arrays sort after all other types of key (IndexedDB 3.0 §3.1.3). */
const rangeOf = (prefix: string[]) => IDBKeyRange.bound(prefix, [...prefix, []], true, true);

function promisify<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
