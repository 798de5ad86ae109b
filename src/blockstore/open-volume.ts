import { openIndexedDb } from "../store/indexed-db.ts";
import type { KeyValueStore } from "../store/key-value-store.ts";
import { type RecordStore, recordStore } from "../store/records.ts";
import type { BaseDisk } from "./base-disk.ts";
import { cipherFor } from "./block-cipher.ts";
import { ChainReader } from "./chain-reader.ts";
import { chainBroken, getSnapshot, getVolume, type ImageRecord, layerKind } from "./disk-records.ts";
import { openImageSource } from "./image-source.ts";
import { LayerMap } from "./layer-map.ts";
import { holdVolume, type SnapshotAddress, type Surroundings, type VolumeAddress } from "./surroundings.ts";
import { LayeredVolume, type Volume } from "./volume.ts";
import type { VolumeLimits } from "./write-back.ts";

export interface OpenDiskOptions extends Surroundings {
  /**
   * An open image to read from, if it is the one that the volume stands on (else it is left alone, and the volume opens
   * its own from what it knows of it). The caller closes it, after the volume.
   */
  readonly image?: BaseDisk;
  /** Where to fetch the volume's own image from: for a page that moved since the volume was made. */
  readonly imageUrl?: string;
  readonly limits?: Partial<VolumeLimits>;
  /** The key of an encrypted volume or snapshot; not looked at where it is not. */
  readonly key?: CryptoKey | undefined;
}

export interface OpenVolumeOptions extends VolumeAddress, OpenDiskOptions {
  readonly readOnly?: boolean;
}

export interface OpenSnapshotOptions extends SnapshotAddress, OpenDiskOptions {}

/**
 * 8 MiB of clean blocks: read-ahead, and blocks about to be changed in part; the guest caches what it reads itself.
 * 4 MiB a commit: larger ones are no faster, and a flush would wait longer behind one. 16 MiB unstored: four of them.
 */
const DEFAULT_LIMITS: VolumeLimits = { cacheBytes: 8 << 20, writeBackBytes: 4 << 20, dirtyBytes: 16 << 20 };

/**
 * For a disk that is read from end to end, once: nothing is kept but what was read ahead (2 MiB, beside 1 MiB that is asked
 * for), and what reading leaves behind is collected before it is much. So an export takes less than 64 MiB, however large
 * the disk; a collection takes some milliseconds.
 */
export const PASSING_LIMITS = { cacheBytes: 4 << 20, garbageBytes: 16 << 20 } satisfies Partial<VolumeLimits>;

/** Bytes of one piece of `readVolume`. */
const STREAM_STEP = 512 * 1024;

/**
 * Opens a volume; reads its records and none of its blocks. One writer at a time: another one is refused with
 * `VolumeInUse`, after a moment. Any number may read; what they see of a volume that is being written to is not of one
 * moment. Rejects with `InvalidVolume.NotFound`, `Volume.KeyUnavailable`, `Volume.ChainBroken`, or the store's errors.
 */
export async function openVolume(options: OpenVolumeOptions): Promise<Volume> {
  const { volumeId, readOnly = false } = options;
  const release = readOnly ? () => undefined : await holdVolume(options, options);
  const find = async (records: RecordStore) => {
    const { sizeBytes, head } = await getVolume(records, volumeId);
    const record = await records.get(layerKind, head);
    if (record === undefined || (record.frozen && !readOnly)) throw chainBroken(head);
    return { name: volumeId, sizeBytes, top: head };
  };
  return await openDisk(options, readOnly, find, release);
}

/** Opens a snapshot for reading. Rejects with `InvalidSnapshot.NotFound`, `Volume.ChainBroken`, or the store's errors. */
export async function openSnapshot(options: OpenSnapshotOptions): Promise<Volume> {
  const { snapshotId } = options;
  const find = async (records: RecordStore) => {
    const { sizeBytes, layer } = await getSnapshot(records, snapshotId);
    return { name: snapshotId, sizeBytes, top: layer };
  };
  return await openDisk(options, true, find, () => undefined);
}

/** The content of a volume from first byte to last. Nobody may write to the volume meanwhile. */
export async function* readVolume(options: OpenVolumeOptions): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  yield* readDisk(await openVolume({ ...options, readOnly: true }));
}

/** The content of a snapshot from first byte to last. */
export async function* readSnapshot(options: OpenSnapshotOptions): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  yield* readDisk(await openSnapshot(options));
}

async function* readDisk(disk: Volume): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  try {
    for (let offset = 0; offset < disk.sizeBytes; offset += STREAM_STEP) {
      yield await disk.read(offset, Math.min(STREAM_STEP, disk.sizeBytes - offset));
    }
  } finally {
    await disk.close();
  }
}

interface FoundDisk {
  readonly name: string;
  readonly sizeBytes: number;
  /** The layer that it is read from. */
  readonly top: string;
}

async function openDisk(
  options: OpenDiskOptions & { readonly database: string },
  readOnly: boolean,
  find: (records: RecordStore) => Promise<FoundDisk>,
  release: () => void,
): Promise<Volume> {
  const { database, openStore = openIndexedDb, clock, random } = options;
  let store: KeyValueStore | undefined;
  try {
    store = await openStore(database);
    const records = recordStore(store);
    const { name, sizeBytes, top } = await find(records);
    const chain = await ChainReader.open(store, top);
    const cipher = await cipherFor(name, chain.top.record.keyCheck, options.key);
    const { base, closeBase } = await openBase(chain.image, options);
    return new LayeredVolume({
      volumeId: name,
      size: { bytes: sizeBytes },
      readOnly,
      store,
      records,
      head: chain.top,
      map: new LayerMap(chain, readOnly ? undefined : top),
      base,
      ...(cipher === undefined ? {} : { cipher }),
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      ...(clock === undefined ? {} : { clock }),
      ...(random === undefined ? {} : { random }),
      onClosed: async () => {
        release();
        await closeBase();
      },
    });
  } catch (thrown) {
    await store?.close();
    release();
    throw thrown;
  }
}

async function openBase(
  below: { readonly fingerprint: string; readonly record: ImageRecord } | undefined,
  { image, imageUrl, openStore, clock }: OpenDiskOptions,
): Promise<{ base: BaseDisk | undefined; closeBase: () => Promise<void> }> {
  const closeBase = () => Promise.resolve();
  if (below === undefined) return { base: undefined, closeBase };
  if (image?.fingerprint === below.fingerprint) return { base: image, closeBase };
  const { url, ...manifest } = below.record;
  const source = await openImageSource(
    { url: imageUrl ?? url, manifest },
    { ...(openStore === undefined ? {} : { openStore }), ...(clock === undefined ? {} : { clock }) },
  );
  return { base: source, closeBase: () => source.close() };
}
