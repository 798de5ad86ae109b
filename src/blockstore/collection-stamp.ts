import * as v from "valibot";
import type { StoreKey, StoreOperation } from "../store/key-value-store.ts";
import { defineRecordKind, type RecordStore, recordKey } from "../store/records.ts";

/** Counts the transactions in which a collection of garbage moved or removed anything. */
const collectionKind = defineRecordKind({
  kind: "blockstore.collection",
  version: 1,
  schema: v.object({ steps: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
});
const ID = "database";

/** What is read beside layers and pages: equal to what it was before, nothing has moved in between. */
export const STAMP_KEY: StoreKey = recordKey(collectionKind, ID);

/** A damaged count is as good as any other for seeing that it is the same: it keeps nobody from reading. */
export const stampOf = (stored: unknown): string => JSON.stringify(stored ?? null);

/** Belongs into every transaction that moves or removes blocks, pages or layers of a chain. */
export async function nextStamp(records: RecordStore): Promise<StoreOperation> {
  const { steps } = (await records.get(collectionKind, ID)) ?? { steps: 0 };
  return records.put(collectionKind, ID, { steps: steps + 1 });
}

/** What a step has done, once it is stored. */
export interface StepResult {
  readonly layersDeleted?: number;
  readonly layersMerged?: number;
  readonly blocksMoved?: number;
  readonly bytesFreed?: number;
  /** `again`: the layer needs more steps; `leave`: nothing can be done about it now. */
  readonly next: "again" | "done" | "leave";
}

/** How much one step does. */
export interface StepLimits {
  /** Blocks that it moves. */
  readonly moves: number;
  /** Map pages that it goes through, or removes with the blocks in them. */
  readonly pages: number;
}
