import { type Locks, systemLocks, withLock } from "../base/locks.ts";
import { openIndexedDb } from "../store/indexed-db.ts";
import type { KeyValueStore } from "../store/key-value-store.ts";
import { type RecordStore, recordStore } from "../store/records.ts";
import type { StepLimits, StepResult } from "./collection-stamp.ts";
import { isPinned, type LayerGraph, readGraph } from "./layer-graph.ts";
import { type MergeTarget, mergeStep } from "./merge-layer.ts";
import { removeStep } from "./remove-layer.ts";
import { collectionLock, layersLock, type Surroundings, volumeLock } from "./surroundings.ts";

export interface CollectedGarbage {
  readonly layersDeleted: number;
  readonly layersMerged: number;
  readonly blocksMoved: number;
  readonly bytesFreed: number;
}

/**
 * 32 blocks are 2 MiB: a guest's flush waits for a step that came before it no longer than for a commit of its own.
 * Four pages are up to 4096 blocks to remove.
 */
const STEP: StepLimits = { moves: 32, pages: 4 };

/**
 * Takes out of a database what nothing stands on, and merges every layer that nothing names into the one layer that
 * stands on it. Works in steps of one transaction each: it may be killed or aborted between any two, and goes on next
 * time; volumes may be open and in use. Layers whose blocks or maps are damaged stay as they are. Rejects without having
 * touched anything when a record cannot be read, which may stand on anything (`Store.RecordCorrupt`,
 * `Store.RecordTooNew`); with the store's errors when it fails, `Store.QuotaExceeded` among them.
 * When another collection is under way, waits for it. Aborted, it gives what it has done.
 */
export async function collectGarbage(
  { database, signal, step }: { readonly database: string; readonly signal?: AbortSignal; readonly step?: StepLimits },
  { openStore = openIndexedDb, locks = systemLocks() }: Surroundings = {},
): Promise<CollectedGarbage> {
  const release = await locks.acquire(collectionLock(database), signal === undefined ? {} : { signal });
  const collection = new Collection(database, locks, step ?? STEP);
  if (release === undefined) return collection.totals;
  try {
    const store = await openStore(database);
    try {
      await collection.run(store, signal);
    } finally {
      await store.close();
    }
    return collection.totals;
  } finally {
    release();
  }
}

type Job =
  | { readonly type: "remove"; readonly layerId: string }
  | { readonly type: "merge"; readonly layerId: string; readonly target: MergeTarget };

class Collection {
  readonly totals = { layersDeleted: 0, layersMerged: 0, blocksMoved: 0, bytesFreed: 0 };
  readonly #database: string;
  readonly #locks: Locks;
  readonly #limits: StepLimits;
  /** Layers that cannot be merged now. */
  readonly #left = new Set<string>();

  constructor(database: string, locks: Locks, limits: StepLimits) {
    this.#database = database;
    this.#locks = locks;
    this.#limits = limits;
  }

  async run(store: KeyValueStore, signal: AbortSignal | undefined): Promise<void> {
    const records = recordStore(store);
    while (!signal?.aborted) {
      const job = await this.#alone(async () => chooseJob(await readGraph(records), this.#left));
      if (job === undefined) return;
      let next: StepResult["next"] = "again";
      while (next === "again" && !signal?.aborted) next = await this.#alone(() => this.#step(store, records, job));
      if (next === "leave") this.#left.add(job.layerId);
    }
  }

  /** Beside nobody else who changes layers; between two steps others have their turn. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return withLock(this.#locks, layersLock(this.#database), work);
  }

  async #step(store: KeyValueStore, records: RecordStore, job: Job): Promise<StepResult["next"]> {
    const {
      next,
      layersDeleted = 0,
      layersMerged = 0,
      blocksMoved = 0,
      bytesFreed = 0,
    } = job.type === "remove"
      ? await removeStep(store, records, job.layerId, this.#limits)
      : await this.#mergeStep(store, records, job.layerId, job.target);
    this.totals.layersDeleted += layersDeleted;
    this.totals.layersMerged += layersMerged;
    this.totals.blocksMoved += blocksMoved;
    this.totals.bytesFreed += bytesFreed;
    return next;
  }

  async #mergeStep(
    store: KeyValueStore,
    records: RecordStore,
    layerId: string,
    target: MergeTarget,
  ): Promise<StepResult> {
    if (target.volumeId === undefined) return await mergeStep(store, records, layerId, target, this.#limits);
    // The head of a volume is its writer's. Held for one step only: who opens the volume meanwhile waits for no more.
    const name = volumeLock({ database: this.#database, volumeId: target.volumeId });
    const release = await this.#locks.acquire(name, { ifAvailable: true });
    if (release === undefined) return { next: "leave" };
    try {
      return await mergeStep(store, records, layerId, target, this.#limits);
    } finally {
      release();
    }
  }
}

/** What to do next: what can be removed first, for it makes room. */
function chooseJob(graph: LayerGraph, left: ReadonlySet<string>): Job | undefined {
  if (graph.damaged[0] !== undefined) throw graph.damaged[0];
  const unneeded = [...graph.layers].filter(([id, layer]) => layer.frozen && !isPinned(graph, id)).map(([id]) => id);
  const dead = unneeded.find((id) => graph.childrenOf(id).length === 0);
  if (dead !== undefined) return { type: "remove", layerId: dead };
  const targets = new Map<string, MergeTarget>();
  for (const id of unneeded) {
    const target = left.has(id) ? undefined : mergeTarget(graph, id);
    if (target !== undefined) targets.set(id, target);
  }
  // Into a layer that is to be merged itself, blocks would be moved twice.
  for (const [layerId, target] of targets) if (!targets.has(target.layerId)) return { type: "merge", layerId, target };
  return undefined;
}

/** The layer that an unneeded one can be merged into: the only one on top of it, unless that is being merged itself. */
function mergeTarget(graph: LayerGraph, id: string): MergeTarget | undefined {
  const [child, ...others] = graph.childrenOf(id);
  const layer = child === undefined ? undefined : graph.layers.get(child);
  if (child === undefined || layer === undefined || others.length > 0 || layer.drained !== null) return undefined;
  // It never is so: a volume is encrypted as what it stands on.
  if (layer.keyCheck !== graph.layers.get(id)?.keyCheck) return undefined;
  if (layer.frozen) return { layerId: child };
  const [volumeId, ...volumes] = graph.volumesOf(child);
  return volumeId === undefined || volumes.length > 0 ? undefined : { layerId: child, volumeId };
}
