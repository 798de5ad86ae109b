import type { RecordStore } from "../store/records.ts";
import {
  type LayerRecord,
  layerKind,
  type SnapshotRecord,
  snapshotKind,
  type VolumeRecord,
  volumeKind,
} from "./disk-records.ts";

/** All layers of a database, and who stands on them. */
export interface LayerGraph {
  readonly layers: ReadonlyMap<string, LayerRecord>;
  readonly volumes: ReadonlyMap<string, VolumeRecord>;
  readonly snapshots: ReadonlyMap<string, SnapshotRecord>;
  /** Errors of records that cannot be read, which may stand on anything. */
  readonly damaged: readonly Error[];
  /** Layers whose parent this is. */
  childrenOf(layerId: string): readonly string[];
  /** Snapshots of the layer. */
  snapshotsOf(layerId: string): readonly string[];
  /** Volumes whose head it is. */
  volumesOf(layerId: string): readonly string[];
}

/**
 * Reads the graph. The layers come first: the one change that may happen meanwhile is a snapshot of an open volume,
 * which freezes a layer that was a head. Seen as a head still, the layer is left alone, whatever is read after it.
 */
export async function readGraph(records: RecordStore): Promise<LayerGraph> {
  const layers = await records.list(layerKind);
  const [volumes, snapshots] = await Promise.all([records.list(volumeKind), records.list(snapshotKind)]);
  const byParent = new Map<string, string[]>();
  const bySnapshot = new Map<string, string[]>();
  const byVolume = new Map<string, string[]>();
  for (const { id, value } of layers.records) if (value.parent !== null) add(byParent, value.parent, id);
  for (const { id, value } of snapshots.records) add(bySnapshot, value.layer, id);
  for (const { id, value } of volumes.records) add(byVolume, value.head, id);
  return {
    layers: toMap(layers.records),
    volumes: toMap(volumes.records),
    snapshots: toMap(snapshots.records),
    damaged: [...layers.damaged, ...volumes.damaged, ...snapshots.damaged],
    childrenOf: (layerId) => byParent.get(layerId) ?? [],
    snapshotsOf: (layerId) => bySnapshot.get(layerId) ?? [],
    volumesOf: (layerId) => byVolume.get(layerId) ?? [],
  };
}

/** Says whether a volume or snapshot names the layer itself. */
export const isPinned = (graph: LayerGraph, layerId: string): boolean =>
  graph.snapshotsOf(layerId).length > 0 || graph.volumesOf(layerId).length > 0;

/** A layer and all that it stands on, top first, as far as it is there. */
export function chainIn(graph: LayerGraph, top: string): string[] {
  const chain: string[] = [];
  const seen = new Set<string>();
  for (let id: string | null = top; id !== null && !seen.has(id); ) {
    const record: LayerRecord | undefined = graph.layers.get(id);
    if (record === undefined) break;
    chain.push(id);
    seen.add(id);
    id = record.parent;
  }
  return chain;
}

/**
 * What would go if nothing named `top` any more: itself, when nothing else stands on it or names it, and the layers
 * below it up to the first one on which something else stands.
 */
export function onlyOf(graph: LayerGraph, top: string, names: number): string[] {
  const own: string[] = [];
  for (const id of chainIn(graph, top)) {
    const others = graph.snapshotsOf(id).length + graph.volumesOf(id).length - (own.length === 0 ? names : 0);
    const children = graph.childrenOf(id).filter((child) => child !== own.at(-1));
    if (others > 0 || children.length > 0) break;
    own.push(id);
  }
  return own;
}

const toMap = <T>(records: readonly { id: string; value: T }[]) =>
  new Map(records.map(({ id, value }) => [id, value] as const));

function add(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
