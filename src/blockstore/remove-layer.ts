import { type KeyValueStore, remove, removeRange, type StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import { nextStamp, type StepLimits, type StepResult } from "./collection-stamp.ts";
import { layerKind } from "./disk-records.ts";
import { BLOCK_BYTES, blockRange, mapKey, mapRange, PAGE_BLOCKS } from "./geometry.ts";
import { readGraph } from "./layer-graph.ts";
import { countData } from "./map-page.ts";
import { removalOf } from "./volumes.ts";

/** Removes some of a layer that nothing names and nothing stands on, which stays so. */
export async function removeStep(
  store: KeyValueStore,
  records: RecordStore,
  layerId: string,
  limits: StepLimits,
): Promise<StepResult> {
  const layer = await records.get(layerKind, layerId);
  if (layer === undefined) return { next: "done" };
  const keys = await store.keys(mapRange(layerId));
  const stamp = await nextStamp(records);
  if (keys.length <= limits.pages) {
    await records.commit([...removalOf(records, await readGraph(records), [layerId]), stamp]);
    return { next: "done", layersDeleted: 1, bytesFreed: layer.storedBlocks * BLOCK_BYTES };
  }
  const pages = keys.slice(0, limits.pages).map((key) => Number(key[2]));
  const values = await store.getMany(pages.map((page) => mapKey(layerId, page)));
  const operations: StoreOperation[] = [];
  let removed = 0;
  for (const [i, page] of pages.entries()) {
    const first = page * PAGE_BLOCKS;
    removed += countData(values[i], Math.max(0, (layer.drained ?? 0) - first));
    operations.push(removeRange(blockRange(layerId, first, first + PAGE_BLOCKS)), remove(mapKey(layerId, page)));
  }
  // A damaged page counts for nothing: the last step makes up for it.
  removed = Math.min(removed, layer.storedBlocks);
  // Marked as one that is on its way out: who still reads it would see what is below the pages that have gone.
  const rest = { ...layer, storedBlocks: layer.storedBlocks - removed, drained: layer.drained ?? 0 };
  operations.push(records.put(layerKind, layerId, rest));
  await records.commit([...operations, stamp]);
  return { next: "again", bytesFreed: removed * BLOCK_BYTES };
}
