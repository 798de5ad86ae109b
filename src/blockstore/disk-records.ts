import * as v from "valibot";
import { CloudError } from "../base/errors.ts";
import { defineRecordKind, type RecordStore } from "../store/records.ts";
import { MAX_VOLUME_BYTES, SECTOR_BYTES } from "./geometry.ts";
import { imageDiskSchema } from "./image-disk.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const diskBytes = v.pipe(count, v.minValue(SECTOR_BYTES), v.maxValue(MAX_VOLUME_BYTES), v.multipleOf(SECTOR_BYTES));

/** A disk: the chain of layers that begins with `head`, seen up to `sizeBytes`. */
export const volumeKind = defineRecordKind({
  kind: "blockstore.volume",
  version: 1,
  schema: v.object({
    sizeBytes: diskBytes,
    /** The only layer of the chain that is written to. */
    head: v.string(),
  }),
});
export type VolumeRecord = v.InferOutput<typeof volumeKind.schema>;

/** One set of blocks over its parent, or over an image, or over zeros. */
export const layerKind = defineRecordKind({
  kind: "blockstore.layer",
  version: 3,
  schema: v.object({
    parent: v.nullable(v.string()),
    /** Fingerprint of the image below the lowest layer of a chain. */
    image: v.nullable(v.string()),
    /** Never written to again: other chains may stand on it. */
    frozen: v.boolean(),
    /** Blocks under this layer's keys: kept here because counting keys takes IndexedDB as long as reading them. */
    storedBlocks: count,
    /**
     * While the layer is on its way out: everything below this block has gone into its only child. 0 as well where it is
     * removed and has none. Else `null`.
     */
    drained: v.nullable(count),
    /** Where the blocks are encrypted: tells whether a key is the right one. The same for all layers of a chain. */
    keyCheck: v.nullable(v.pipe(v.string(), v.hexadecimal())),
  }),
  migrations: {
    2: (old) => ({ ...(old as object), drained: null }),
    3: (old) => ({ ...(old as object), keyCheck: null }),
  },
});
export type LayerRecord = v.InferOutput<typeof layerKind.schema>;

/** A layer that is kept as it was, seen up to `sizeBytes`. */
export const snapshotKind = defineRecordKind({
  kind: "blockstore.snapshot",
  version: 1,
  schema: v.object({ layer: v.string(), sizeBytes: diskBytes }),
});
export type SnapshotRecord = v.InferOutput<typeof snapshotKind.schema>;

/** An image that layers stand on, by fingerprint: a volume can be read whatever `image.json` says by now. */
export const imageKind = defineRecordKind({
  kind: "blockstore.image",
  version: 1,
  schema: v.object({ name: v.string(), version: v.string(), url: v.string(), disk: imageDiskSchema }),
});
export type ImageRecord = v.InferOutput<typeof imageKind.schema>;

export interface StoredLayer {
  readonly id: string;
  readonly record: LayerRecord;
}

export interface VolumeChain {
  readonly volume: VolumeRecord;
  readonly head: StoredLayer;
  /** Nearest to the head first. */
  readonly frozen: readonly StoredLayer[];
  /** Fingerprint and record of what the chain stands on. */
  readonly image: { readonly fingerprint: string; readonly record: ImageRecord } | undefined;
}

/** Reads a volume's records, and none of its blocks. Unknown: `InvalidVolume.NotFound`. Broken chain: `Volume.ChainBroken`. */
export async function readChain(records: RecordStore, volumeId: string): Promise<VolumeChain> {
  const volume = await getVolume(records, volumeId);
  const layers = await readLayers(records, volume.head);
  const [head, ...frozen] = layers;
  if (head.record.frozen) throw chainBroken(head.id);
  return { volume, head, frozen, image: await readImage(records, layers) };
}

/** Unknown: `InvalidVolume.NotFound`. */
export async function getVolume(records: RecordStore, volumeId: string): Promise<VolumeRecord> {
  const volume = await records.get(volumeKind, volumeId);
  if (volume !== undefined) return volume;
  throw new CloudError("InvalidVolume.NotFound", `The volume '${volumeId}' does not exist.`, { volumeId });
}

/** Taken: `Volume.AlreadyExists`. */
export async function refuseVolume(records: RecordStore, volumeId: string): Promise<void> {
  if ((await records.get(volumeKind, volumeId)) === undefined) return;
  throw new CloudError("Volume.AlreadyExists", `The volume '${volumeId}' exists already.`, { volumeId });
}

/** Unknown: `InvalidSnapshot.NotFound`. */
export async function getSnapshot(records: RecordStore, snapshotId: string): Promise<SnapshotRecord> {
  const snapshot = await records.get(snapshotKind, snapshotId);
  if (snapshot !== undefined) return snapshot;
  throw new CloudError("InvalidSnapshot.NotFound", `The snapshot '${snapshotId}' does not exist.`, { snapshotId });
}

/** Taken: `Snapshot.AlreadyExists`. */
export async function refuseSnapshot(records: RecordStore, snapshotId: string): Promise<void> {
  if ((await records.get(snapshotKind, snapshotId)) === undefined) return;
  throw new CloudError("Snapshot.AlreadyExists", `The snapshot '${snapshotId}' exists already.`, { snapshotId });
}

/** A layer and all below it, top first. Broken, or on its way into another layer: `Volume.ChainBroken`. */
export async function readLayers(records: RecordStore, top: string): Promise<[StoredLayer, ...StoredLayer[]]> {
  const layers: StoredLayer[] = [];
  const seen = new Set<string>();
  for (let id: string | null = top; id !== null; ) {
    const record: LayerRecord | undefined = await records.get(layerKind, id);
    if (record === undefined || seen.has(id)) throw chainBroken(id);
    if (layers.length === 0 ? record.drained !== null : !record.frozen) throw chainBroken(id);
    seen.add(id);
    layers.push({ id, record });
    id = record.parent;
  }
  return layers as [StoredLayer, ...StoredLayer[]];
}

/** What a chain stands on. */
export async function readImage(
  records: RecordStore,
  layers: readonly StoredLayer[],
): Promise<{ fingerprint: string; record: ImageRecord } | undefined> {
  const fingerprint = layers.at(-1)?.record.image ?? null;
  if (fingerprint === null) return undefined;
  const record = await records.get(imageKind, fingerprint);
  if (record === undefined) throw chainBroken(fingerprint);
  return { fingerprint, record };
}

export function chainBroken(at: string): CloudError {
  const text = `A disk cannot be read: "${at}", which it stands on, is not what it should be.`;
  return new CloudError("Volume.ChainBroken", text, { at });
}

/** A new layer to write to, on top of another one: encrypted as that is. */
export const emptyLayer = (parent: StoredLayer): LayerRecord => lowestLayer(null, parent.record.keyCheck, parent.id);

/** A new layer to write to, on an image or on nothing. */
export const lowestLayer = (
  image: string | null,
  keyCheck: string | null,
  parent: string | null = null,
): LayerRecord => ({ parent, image, frozen: false, storedBlocks: 0, drained: null, keyCheck });

/** A layer by its id. Missing: `Volume.ChainBroken`. */
export async function getLayer(records: RecordStore, id: string): Promise<StoredLayer> {
  const record = await records.get(layerKind, id);
  if (record === undefined) throw chainBroken(id);
  return { id, record };
}
