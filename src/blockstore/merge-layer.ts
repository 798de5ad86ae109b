import { hasCode } from "../base/errors.ts";
import { type KeyValueStore, put, remove, removeRange, type StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import { storedBytesOf } from "./block-cipher.ts";
import { checkBlock } from "./check-block.ts";
import { nextStamp, type StepLimits, type StepResult } from "./collection-stamp.ts";
import { type LayerRecord, layerKind, volumeKind } from "./disk-records.ts";
import { BLOCK_BYTES, blockKey, blockRange, mapKey, mapRange, PAGE_BLOCKS, pageOf } from "./geometry.ts";
import { ABSENT, DATA, decodeMapPage, emptyMapPage, encodeMapPage, type MapPage } from "./map-page.ts";

/** The layer that takes what another one holds; `volumeId` where it is a head, which its volume's lock must guard. */
export interface MergeTarget {
  readonly layerId: string;
  readonly volumeId?: string;
}

/** Both layers as the records have them, and what one step does about them. */
interface Step {
  /** Blocks below this one are gone from the layer afterwards. */
  drained: number;
  readonly moved: { readonly block: number; readonly sum: number }[];
  /** Blocks that the target covers. */
  covered: number;
  /** Pages of the target to write. */
  readonly changed: Map<number, MapPage>;
  /** Pages that nothing needs any more. */
  readonly finished: number[];
}

/**
 * Moves some blocks of a layer, which nothing names and on which only `target` stands, into that, in one transaction;
 * with the last ones the layer goes. A page of the layer says what it said until all its blocks have gone, so that who
 * knows only that page finds blocks missing, never nothing. Nothing may be merged into a layer that is being merged.
 */
export async function mergeStep(
  store: KeyValueStore,
  records: RecordStore,
  layerId: string,
  target: MergeTarget,
  limits: StepLimits,
): Promise<StepResult> {
  const [layer, child] = await Promise.all([records.get(layerKind, layerId), records.get(layerKind, target.layerId)]);
  const asPlanned = layer?.frozen && child?.parent === layerId && child.drained === null;
  if (!asPlanned || !(await isTarget(records, target, child))) return { next: "done" };
  try {
    return await moveSome(store, records, { layerId, layer }, { layerId: target.layerId, layer: child }, limits);
  } catch (thrown) {
    // Where it is, damage can still be told apart from what is whole.
    if (hasCode(thrown, "Volume.MapCorrupt") || hasCode(thrown, "Volume.BlockCorrupt")) return { next: "leave" };
    throw thrown;
  }
}

interface Side {
  readonly layerId: string;
  readonly layer: LayerRecord;
}

async function moveSome(
  store: KeyValueStore,
  records: RecordStore,
  from: Side,
  to: Side,
  limits: StepLimits,
): Promise<StepResult> {
  const start = from.layer.drained ?? 0;
  const keys = await store.keys(mapRange(from.layerId, pageOf(start)));
  const pages = keys.slice(0, limits.pages).map((key) => Number(key[2]));
  const [lower, upper] = [await readPages(store, pages, from.layerId), await readPages(store, pages, to.layerId)];
  const step = planStep(start, limits.moves, lower, upper);
  const last = step.finished.length === keys.length;
  const values = await store.getMany(step.moved.map(({ block }) => blockKey(from.layerId, block)));
  const operations: StoreOperation[] = [];
  for (const [i, { block, sum }] of step.moved.entries()) {
    const { buffer } = checkBlock(values[i], from.layerId, block, sum, storedBytesOf(from.layer));
    operations.push(put(blockKey(to.layerId, block), buffer));
  }
  for (const [page, content] of step.changed) operations.push(put(mapKey(to.layerId, page), encodeMapPage(content)));
  const left = from.layer.storedBlocks - step.moved.length - step.covered;
  const grown = { ...to.layer, storedBlocks: to.layer.storedBlocks + step.moved.length };
  if (last) {
    operations.push(removeRange(blockRange(from.layerId)), removeRange(mapRange(from.layerId)));
    operations.push(records.delete(layerKind, from.layerId));
    const { parent, image } = from.layer;
    operations.push(records.put(layerKind, to.layerId, { ...grown, parent, image }));
  } else {
    operations.push(removeRange(blockRange(from.layerId, start, step.drained)));
    for (const page of step.finished) operations.push(remove(mapKey(from.layerId, page)));
    const rest = { ...from.layer, storedBlocks: Math.max(0, left), drained: step.drained };
    operations.push(records.put(layerKind, from.layerId, rest), records.put(layerKind, to.layerId, grown));
  }
  await records.commit([...operations, await nextStamp(records)]);
  return {
    next: last ? "done" : "again",
    layersMerged: last ? 1 : 0,
    blocksMoved: step.moved.length,
    bytesFreed: step.covered * BLOCK_BYTES,
  };
}

type Pages = ReadonlyMap<number, MapPage>;

/** Goes through the pages of a layer from a block on, up to as many moves as a step may make. */
function planStep(start: number, moves: number, from: Pages, to: Pages): Step {
  const step: Step = { drained: start, moved: [], covered: 0, changed: new Map(), finished: [] };
  for (const [number, page] of from) {
    const target = to.get(number) ?? emptyMapPage();
    for (let slot = 0; slot < PAGE_BLOCKS; slot++) {
      const state = page.states[slot] as number;
      // Of what has been moved already, a writer of the head may have taken back zeros: it saw them here, below it.
      if (state === ABSENT || (state === DATA && number * PAGE_BLOCKS + slot < start)) continue;
      if (target.states[slot] !== ABSENT) {
        if (state === DATA) step.covered++;
        continue;
      }
      const block = number * PAGE_BLOCKS + slot;
      const sum = page.sums[slot] as number;
      if (state === DATA) {
        if (step.moved.length === moves) return { ...step, drained: block };
        step.moved.push({ block, sum });
      }
      target.states[slot] = state;
      target.sums[slot] = sum;
      step.changed.set(number, target);
    }
    step.finished.push(number);
    step.drained = (number + 1) * PAGE_BLOCKS;
  }
  return step;
}

async function readPages(store: KeyValueStore, pages: readonly number[], layerId: string): Promise<Pages> {
  const values = await store.getMany(pages.map((page) => mapKey(layerId, page)));
  const found = new Map<number, MapPage>();
  for (const [i, page] of pages.entries()) {
    if (values[i] !== undefined) found.set(page, decodeMapPage(values[i], layerId, page));
  }
  return found;
}

/** A head is one only as long as its volume says so: a rollback may have given the volume another. */
async function isTarget(records: RecordStore, target: MergeTarget, child: LayerRecord): Promise<boolean> {
  if (child.frozen) return true;
  if (target.volumeId === undefined) return false;
  return (await records.get(volumeKind, target.volumeId))?.head === target.layerId;
}
