import * as v from "valibot";
import { CloudError } from "../base/errors.ts";
import { defineRecordKind, type RecordStore } from "../store/records.ts";
import { MAX_VOLUME_BYTES, SECTOR_BYTES } from "./geometry.ts";
import { imageDiskSchema } from "./image-disk.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A disk: the chain of layers that begins with `head`, seen up to `sizeBytes`. */
export const volumeKind = defineRecordKind({
  kind: "blockstore.volume",
  version: 1,
  schema: v.object({
    sizeBytes: v.pipe(count, v.minValue(SECTOR_BYTES), v.maxValue(MAX_VOLUME_BYTES), v.multipleOf(SECTOR_BYTES)),
    /** The only layer of the chain that is written to. */
    head: v.string(),
  }),
});
export type VolumeRecord = v.InferOutput<typeof volumeKind.schema>;

/** One set of blocks over its parent, or over an image, or over zeros. */
export const layerKind = defineRecordKind({
  kind: "blockstore.layer",
  version: 1,
  schema: v.object({
    parent: v.nullable(v.string()),
    /** Fingerprint of the image below the lowest layer of a chain. */
    image: v.nullable(v.string()),
    /** Never written to again: other chains may stand on it. */
    frozen: v.boolean(),
    /** Blocks under this layer's keys: kept here because counting keys takes IndexedDB as long as reading them. */
    storedBlocks: count,
  }),
});
export type LayerRecord = v.InferOutput<typeof layerKind.schema>;

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
  const volume = await records.get(volumeKind, volumeId);
  if (volume === undefined) {
    throw new CloudError("InvalidVolume.NotFound", `The volume '${volumeId}' does not exist.`, { volumeId });
  }
  const layers: StoredLayer[] = [];
  for (let id: string | null = volume.head; id !== null; ) {
    const record: LayerRecord | undefined = await records.get(layerKind, id);
    const circular = layers.some((layer) => layer.id === id);
    if (record === undefined || circular || record.frozen !== layers.length > 0) throw chainBroken(volumeId, id);
    layers.push({ id, record });
    id = record.parent;
  }
  const [head, ...frozen] = layers as [StoredLayer, ...StoredLayer[]];
  const fingerprint = layers.at(-1)?.record.image ?? null;
  if (fingerprint === null) return { volume, head, frozen, image: undefined };
  const record = await records.get(imageKind, fingerprint);
  if (record === undefined) throw chainBroken(volumeId, fingerprint);
  return { volume, head, frozen, image: { fingerprint, record } };
}

function chainBroken(volumeId: string, at: string): CloudError {
  return new CloudError(
    "Volume.ChainBroken",
    `The volume '${volumeId}' cannot be read: "${at}" is not what it should be.`,
    {
      volumeId,
      at,
    },
  );
}
