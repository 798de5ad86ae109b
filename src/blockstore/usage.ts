import type { KeyValueStore } from "../store/key-value-store.ts";
import { chainBroken, getSnapshot, getVolume, readImage, readLayers } from "./disk-records.ts";
import { BLOCK_BYTES, mapKey, mapRange, PAGE_BLOCKS } from "./geometry.ts";
import { chainIn, isPinned, type LayerGraph, onlyOf, readGraph } from "./layer-graph.ts";
import { ABSENT, DATA, decodeMapPage } from "./map-page.ts";
import { type SnapshotAddress, type Surroundings, type VolumeAddress, withLayers } from "./surroundings.ts";
import { bytesOf } from "./volumes.ts";

/** Size of a volume, and bytes of blocks in the layers that only it stands on. Unknown: `InvalidVolume.NotFound`. */
export async function volumeUsage(
  { database, volumeId }: VolumeAddress,
  surroundings: Surroundings = {},
): Promise<{ sizeBytes: number; storedBytes: number }> {
  return await withLayers(database, surroundings, "shared", async (records) => {
    const { sizeBytes, head } = await getVolume(records, volumeId);
    const graph = await readGraph(records);
    return { sizeBytes, storedBytes: bytesOf(graph, onlyOf(graph, head, 1)) };
  });
}

export interface SnapshotUsage {
  readonly sizeBytes: number;
  /** Bytes of blocks in all layers that it stands on. */
  readonly storedBytes: number;
  /** Bytes that deleting it would give back. */
  readonly ownBytes: number;
}

/** Reads the maps of at most two layers, and no blocks. Unknown: `InvalidSnapshot.NotFound`. */
export async function snapshotUsage(
  { database, snapshotId }: SnapshotAddress,
  surroundings: Surroundings = {},
): Promise<SnapshotUsage> {
  return await withLayers(database, surroundings, "shared", async (records, store) => {
    const { sizeBytes, layer } = await getSnapshot(records, snapshotId);
    const graph = await readGraph(records);
    if (!graph.layers.has(layer)) throw chainBroken(layer);
    const storedBytes = bytesOf(graph, chainIn(graph, layer));
    const [child, ...others] = graph.childrenOf(layer);
    const alone = graph.snapshotsOf(layer).length === 1 && graph.volumesOf(layer).length === 0;
    if (!alone || others.length > 0) return { sizeBytes, storedBytes, ownBytes: 0 };
    const ownBytes =
      child === undefined ? bytesOf(graph, onlyOf(graph, layer, 1)) : await coveredBytes(store, layer, child);
    return { sizeBytes, storedBytes, ownBytes };
  });
}

/** Bytes of the blocks of a layer that nobody sees through the layer on top of it. */
async function coveredBytes(store: KeyValueStore, layer: string, child: string): Promise<number> {
  const [pages, above] = await Promise.all([store.keys(mapRange(layer)), store.keys(mapRange(child))]);
  const inBoth = new Set(above.map((key) => Number(key[2])));
  let covered = 0;
  for (const page of pages.map((key) => Number(key[2])).filter((number) => inBoth.has(number))) {
    const [lower, upper] = await store.getMany([mapKey(layer, page), mapKey(child, page)]);
    const { states } = decodeMapPage(lower, layer, page);
    const cover = decodeMapPage(upper, child, page).states;
    for (let slot = 0; slot < PAGE_BLOCKS; slot++) if (states[slot] === DATA && cover[slot] !== ABSENT) covered++;
  }
  return covered * BLOCK_BYTES;
}

export interface VolumeLayers {
  /** Top first: the head, and what it stands on. */
  readonly layers: readonly {
    readonly layerId: string;
    readonly frozen: boolean;
    readonly storedBytes: number;
    readonly snapshotIds: readonly string[];
  }[];
  readonly image: { readonly name: string; readonly version: string } | null;
}

/** What a volume is made of. Unknown: `InvalidVolume.NotFound`. */
export async function volumeChain(
  { database, volumeId }: VolumeAddress,
  surroundings: Surroundings = {},
): Promise<VolumeLayers> {
  return await withLayers(database, surroundings, "shared", async (records) => {
    const { head } = await getVolume(records, volumeId);
    const layers = await readLayers(records, head);
    const [graph, image] = await Promise.all([readGraph(records), readImage(records, layers)]);
    return {
      layers: layers.map(({ id, record: { frozen, storedBlocks } }) => ({
        layerId: id,
        frozen,
        storedBytes: storedBlocks * BLOCK_BYTES,
        snapshotIds: graph.snapshotsOf(id),
      })),
      image: image === undefined ? null : { name: image.record.name, version: image.record.version },
    };
  });
}

export interface DatabaseUsage {
  /** Bytes of all blocks: the sum of everything below. */
  readonly storedBytes: number;
  /** What a volume holds beyond its latest snapshot or its image. */
  readonly volumes: readonly { readonly volumeId: string; readonly sizeBytes: number; readonly storedBytes: number }[];
  /** What a snapshot holds beyond the one before it. */
  readonly snapshots: readonly {
    readonly snapshotId: string;
    readonly sizeBytes: number;
    readonly storedBytes: number;
  }[];
  /** What nothing stands on: goes with the next `collectGarbage`. */
  readonly garbageBytes: number;
  /** Records that cannot be read, and are not counted. */
  readonly damagedRecords: number;
}

/** Where the space is, from the records alone. Every layer counts once: for what names it, else for what stands on it. */
export async function databaseUsage(
  { database }: { readonly database: string },
  surroundings: Surroundings = {},
): Promise<DatabaseUsage> {
  return await withLayers(database, surroundings, "shared", async (records) => {
    const graph = await readGraph(records);
    const owners = ownersOf(graph);
    const bytes = new Map<string, number>();
    for (const [id, { storedBlocks }] of graph.layers) {
      const owner = owners.get(id) ?? "";
      bytes.set(owner, (bytes.get(owner) ?? 0) + storedBlocks * BLOCK_BYTES);
    }
    const storedBytes = (owner: string) => bytes.get(owner) ?? 0;
    return {
      storedBytes: bytesOf(graph, [...graph.layers.keys()]),
      volumes: [...graph.volumes].map(([volumeId, { sizeBytes }]) => {
        return { volumeId, sizeBytes, storedBytes: storedBytes(`volume ${volumeId}`) };
      }),
      snapshots: [...graph.snapshots].map(([snapshotId, { sizeBytes }]) => {
        return { snapshotId, sizeBytes, storedBytes: storedBytes(`snapshot ${snapshotId}`) };
      }),
      garbageBytes: storedBytes(""),
      damagedRecords: graph.damaged.length,
    };
  });
}

/** The volume or snapshot that each layer counts for. */
function ownersOf(graph: LayerGraph): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const claim = (top: string, owner: string) => {
    for (const [i, id] of chainIn(graph, top).entries()) {
      if (owners.has(id) || (i > 0 && isPinned(graph, id))) return;
      owners.set(id, owner);
    }
  };
  for (const [volumeId, { head }] of graph.volumes) claim(head, `volume ${volumeId}`);
  for (const [snapshotId, { layer }] of graph.snapshots) claim(layer, `snapshot ${snapshotId}`);
  return owners;
}
