import type { Clock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { openIndexedDb } from "../store/indexed-db.ts";
import { type OpenStore, removeRange, type StoreOperation } from "../store/key-value-store.ts";
import { type RecordStore, recordStore } from "../store/records.ts";
import { imageKind, layerKind, readChain, volumeKind } from "./disk-records.ts";
import { BLOCK_BYTES, blockRange, MAX_VOLUME_BYTES, mapRange, SECTOR_BYTES } from "./geometry.ts";
import type { DiskImage } from "./image-disk.ts";
import { imageFingerprint } from "./image-source.ts";

/** What stands in for the browser in tests. */
export interface Surroundings {
  readonly openStore?: OpenStore;
  readonly random?: Random;
  readonly clock?: Clock;
}

export interface VolumeAddress {
  /** The IndexedDB database that holds the volume. */
  readonly database: string;
  readonly volumeId: string;
}

/**
 * Makes a volume: a layer over `image`, or over zeros. Writes three records, whatever the size.
 * Rejects with `InvalidParameterValue` (size: whole sectors, up to 2 TiB, not below the image's) or `Volume.AlreadyExists`.
 */
export async function createVolume(
  {
    database,
    volumeId,
    sizeBytes,
    image,
  }: VolumeAddress & { readonly sizeBytes: number; readonly image: DiskImage | null },
  { openStore = openIndexedDb, random = systemRandom }: Surroundings = {},
): Promise<void> {
  checkSize(sizeBytes, image);
  const fingerprint = image === null ? null : await imageFingerprint(image.manifest.disk);
  await withRecords(database, openStore, async (records) => {
    if ((await records.get(volumeKind, volumeId)) !== undefined) {
      throw new CloudError("Volume.AlreadyExists", `The volume '${volumeId}' exists already.`, { volumeId });
    }
    const head = newLayerId(random);
    const operations = [
      records.put(volumeKind, volumeId, { sizeBytes, head }),
      records.put(layerKind, head, { parent: null, image: fingerprint, frozen: false, storedBlocks: 0 }),
    ];
    if (image !== null && fingerprint !== null) {
      const { name, version, disk } = image.manifest;
      operations.push(records.put(imageKind, fingerprint, { name, version, url: image.url, disk }));
    }
    await records.commit(operations);
  });
}

/**
 * Deletes a volume that nobody has open, and the layers that only it stands on, in one transaction.
 * Unknown: `InvalidVolume.NotFound`.
 */
export async function deleteVolume(
  { database, volumeId }: VolumeAddress,
  { openStore = openIndexedDb }: Surroundings = {},
): Promise<void> {
  await withRecords(database, openStore, async (records) => {
    const own = await ownLayers(records, volumeId);
    const operations: StoreOperation[] = [records.delete(volumeKind, volumeId)];
    for (const id of own.layers) {
      operations.push(removeRange(blockRange(id)), removeRange(mapRange(id)), records.delete(layerKind, id));
    }
    if (own.image !== undefined) operations.push(records.delete(imageKind, own.image));
    await records.commit(operations);
  });
}

/** Size of a volume, and bytes of blocks in the layers that only it stands on. Unknown: `InvalidVolume.NotFound`. */
export async function volumeUsage(
  { database, volumeId }: VolumeAddress,
  { openStore = openIndexedDb }: Surroundings = {},
): Promise<{ sizeBytes: number; storedBytes: number }> {
  return await withRecords(database, openStore, async (records) => {
    const { volume } = await readChain(records, volumeId);
    const { storedBlocks } = await ownLayers(records, volumeId);
    return { sizeBytes: volume.sizeBytes, storedBytes: storedBlocks * BLOCK_BYTES };
  });
}

/**
 * Freezes the head of a volume that nobody has open and puts a new one on top: what snapshots are made of.
 * Gives the id of the frozen layer. Takes the same time whatever the volume holds.
 */
export async function freezeHead(
  { database, volumeId }: VolumeAddress,
  { openStore = openIndexedDb, random = systemRandom }: Surroundings = {},
): Promise<string> {
  return await withRecords(database, openStore, async (records) => {
    const { volume, head } = await readChain(records, volumeId);
    const next = newLayerId(random);
    await records.commit([
      records.put(layerKind, head.id, { ...head.record, frozen: true }),
      records.put(layerKind, next, { parent: head.id, image: null, frozen: false, storedBlocks: 0 }),
      records.put(volumeKind, volumeId, { ...volume, head: next }),
    ]);
    return head.id;
  });
}

async function withRecords<T>(
  database: string,
  openStore: OpenStore,
  work: (records: RecordStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(database);
  try {
    return await work(recordStore(store));
  } finally {
    await store.close();
  }
}

/** The layers of a chain on which no other layer or volume stands, and the image if no other layer does. */
async function ownLayers(
  records: RecordStore,
  volumeId: string,
): Promise<{ layers: string[]; storedBlocks: number; image: string | undefined }> {
  const { head, frozen, image } = await readChain(records, volumeId);
  const [allLayers, allVolumes] = await Promise.all([records.list(layerKind), records.list(volumeKind)]);
  // A record that cannot be read may stand on anything: then everything but the head is left alone.
  const certain = allLayers.damaged.length === 0 && allVolumes.damaged.length === 0;
  const layers = [head.id];
  let storedBlocks = head.record.storedBlocks;
  let below = head.id;
  for (const { id, record } of certain ? frozen : []) {
    const otherChild = allLayers.records.some((layer) => layer.value.parent === id && layer.id !== below);
    if (otherChild || allVolumes.records.some(({ value }) => value.head === id)) break;
    layers.push(id);
    storedBlocks += record.storedBlocks;
    below = id;
  }
  const others = allLayers.records.filter(({ id }) => !layers.includes(id));
  const sharedImage = !certain || others.some(({ value }) => value.image === image?.fingerprint);
  return { layers, storedBlocks, image: sharedImage ? undefined : image?.fingerprint };
}

function checkSize(sizeBytes: number, image: DiskImage | null): void {
  const refuse = (why: string) => new CloudError("InvalidParameterValue", `A volume ${why}.`, { sizeBytes });
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < SECTOR_BYTES || sizeBytes % SECTOR_BYTES !== 0) {
    throw refuse(`of ${sizeBytes} bytes cannot be made: the size must be a multiple of ${SECTOR_BYTES} bytes`);
  }
  if (sizeBytes > MAX_VOLUME_BYTES) throw refuse(`of ${sizeBytes} bytes is too large: 2 TiB is the most`);
  const imageBytes = image?.manifest.disk.bytes ?? 0;
  if (sizeBytes < imageBytes) throw refuse(`of ${sizeBytes} bytes is smaller than its image of ${imageBytes} bytes`);
}

function newLayerId(random: Random): string {
  return `layer-${Array.from(random.bytes(9), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
