import { CloudError } from "../base/errors.ts";
import { removeRange, type StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import { cipherFor, makeKeyCheck } from "./block-cipher.ts";
import {
  emptyLayer,
  getLayer,
  getSnapshot,
  getVolume,
  imageKind,
  layerKind,
  lowestLayer,
  readChain,
  refuseVolume,
  type StoredLayer,
  volumeKind,
} from "./disk-records.ts";
import { BLOCK_BYTES, blockRange, MAX_VOLUME_BYTES, mapRange, SECTOR_BYTES } from "./geometry.ts";
import type { DiskImage } from "./image-disk.ts";
import { imageFingerprint } from "./image-source.ts";
import { type LayerGraph, onlyOf, readGraph } from "./layer-graph.ts";
import { newLayerId, type Surroundings, type VolumeAddress, withClosedVolume, withLayers } from "./surroundings.ts";

export interface NewVolume extends VolumeAddress {
  readonly sizeBytes: number;
  readonly image: DiskImage | null;
  /** Instead of an image: the snapshot that the volume begins with. */
  readonly snapshotId?: string;
  /** AES-GCM key to encrypt the volume with (B49). A volume from an encrypted snapshot takes the snapshot's. */
  readonly key?: CryptoKey | undefined;
}

/**
 * Makes a volume: a layer over `image`, over a snapshot, or over zeros. Writes three records at most, whatever the size.
 * Rejects with `InvalidParameterValue` (size: whole sectors, up to 2 TiB, not below what it begins with),
 * `InvalidParameterCombination` (image and snapshot; a key for what is not encrypted), `Volume.KeyUnavailable` (not the
 * snapshot's key), `Volume.AlreadyExists`, or `InvalidSnapshot.NotFound`.
 */
export async function createVolume(
  { database, volumeId, sizeBytes, image, snapshotId, key }: NewVolume,
  surroundings: Surroundings = {},
): Promise<void> {
  if (image !== null && snapshotId !== undefined) {
    throw new CloudError("InvalidParameterCombination", "A volume begins with an image or with a snapshot, not both.");
  }
  checkSize(sizeBytes, "its image", image?.manifest.disk.bytes ?? 0);
  const keyCheck = key === undefined ? null : await makeKeyCheck(key);
  const fingerprint = image === null ? null : await imageFingerprint(image.manifest.disk);
  await withLayers(database, surroundings, "exclusive", async (records) => {
    await refuseVolume(records, volumeId);
    const snapshot = snapshotId === undefined ? undefined : await getSnapshot(records, snapshotId);
    if (snapshot !== undefined) checkSize(sizeBytes, "its snapshot", snapshot.sizeBytes);
    const parent = snapshot === undefined ? undefined : await getLayer(records, snapshot.layer);
    if (parent !== undefined) await checkKey(parent, snapshotId as string, key);
    const layer = parent === undefined ? lowestLayer(fingerprint, keyCheck) : emptyLayer(parent);
    const head = newLayerId(surroundings.random);
    const operations = [records.put(volumeKind, volumeId, { sizeBytes, head }), records.put(layerKind, head, layer)];
    if (image !== null && fingerprint !== null) {
      const { name, version, disk } = image.manifest;
      operations.push(records.put(imageKind, fingerprint, { name, version, url: image.url, disk }));
    }
    await records.commit(operations);
  });
}

/**
 * Deletes a volume that nobody has open, and the layers that only it stands on, in one transaction.
 * Unknown: `InvalidVolume.NotFound`. Open: `VolumeInUse`.
 */
export async function deleteVolume(address: VolumeAddress, surroundings: Surroundings = {}): Promise<void> {
  const { volumeId } = address;
  await withClosedVolume(address, surroundings, async (records) => {
    const { head } = await getVolume(records, volumeId);
    const graph = await readGraph(records);
    // A record that cannot be read may stand on anything: then everything but the head is left alone.
    const layers = graph.damaged.length === 0 ? onlyOf(graph, head, 1) : [head];
    await records.commit([records.delete(volumeKind, volumeId), ...removalOf(records, graph, layers)]);
  });
}

/** Grows a volume that nobody has open. Smaller or no possible size: `InvalidParameterValue`. Open: `VolumeInUse`. */
export async function resizeVolume(
  { sizeBytes, ...address }: VolumeAddress & { readonly sizeBytes: number },
  surroundings: Surroundings = {},
): Promise<void> {
  await withClosedVolume(address, surroundings, async (records) => {
    const volume = await getVolume(records, address.volumeId);
    checkSize(sizeBytes, "it is now", volume.sizeBytes);
    await records.commit([records.put(volumeKind, address.volumeId, { ...volume, sizeBytes })]);
  });
}

/**
 * Freezes the head of a volume that nobody has open and puts a new one on top, without a snapshot that keeps it.
 * Gives the id of the frozen layer. Takes the same time whatever the volume holds.
 */
export async function freezeHead(address: VolumeAddress, surroundings: Surroundings = {}): Promise<string> {
  return await withClosedVolume(address, surroundings, async (records) => {
    const { volume, head } = await readChain(records, address.volumeId);
    const next = newLayerId(surroundings.random);
    await records.commit([
      records.put(layerKind, head.id, { ...head.record, frozen: true }),
      records.put(layerKind, next, emptyLayer(head)),
      records.put(volumeKind, address.volumeId, { ...volume, head: next }),
    ]);
    return head.id;
  });
}

/** Takes layers out of the store, and the images that nothing stands on then. */
export function removalOf(records: RecordStore, graph: LayerGraph, layers: readonly string[]): StoreOperation[] {
  const operations: StoreOperation[] = [];
  for (const id of layers) {
    operations.push(removeRange(blockRange(id)), removeRange(mapRange(id)), records.delete(layerKind, id));
  }
  // A record that cannot be read may stand on any image.
  if (graph.damaged.length > 0) return operations;
  for (const image of new Set(layers.map((id) => graph.layers.get(id)?.image ?? null))) {
    const others = [...graph.layers].some(([id, layer]) => layer.image === image && !layers.includes(id));
    if (image !== null && !others) operations.push(records.delete(imageKind, image));
  }
  return operations;
}

/** What is above a layer is encrypted as it is, or blocks could not be merged. */
async function checkKey({ record }: StoredLayer, snapshotId: string, key: CryptoKey | undefined): Promise<void> {
  if (key !== undefined && record.keyCheck === null) {
    const text = `The snapshot '${snapshotId}' is not encrypted: a volume from it cannot be, unless its content is copied (encryptSnapshot).`;
    throw new CloudError("InvalidParameterCombination", text, { snapshotId });
  }
  if (key !== undefined) await cipherFor(snapshotId, record.keyCheck, key);
}

/** `InvalidParameterValue` for a size that no disk can have, or that is below what it must hold. */
export function checkSize(sizeBytes: number, holding: string, leastBytes: number): void {
  const refuse = (why: string) => new CloudError("InvalidParameterValue", `A volume ${why}.`, { sizeBytes });
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < SECTOR_BYTES || sizeBytes % SECTOR_BYTES !== 0) {
    throw refuse(`of ${sizeBytes} bytes cannot be: the size must be a multiple of ${SECTOR_BYTES} bytes`);
  }
  if (sizeBytes > MAX_VOLUME_BYTES) throw refuse(`of ${sizeBytes} bytes is too large: 2 TiB is the most`);
  if (sizeBytes < leastBytes) throw refuse(`of ${sizeBytes} bytes is smaller than ${holding}: ${leastBytes} bytes`);
}

export const bytesOf = (graph: LayerGraph, layers: readonly string[]): number =>
  layers.reduce((sum, id) => sum + (graph.layers.get(id)?.storedBlocks ?? 0), 0) * BLOCK_BYTES;
