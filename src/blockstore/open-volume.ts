import { openIndexedDb } from "../store/indexed-db.ts";
import { recordStore } from "../store/records.ts";
import type { BaseDisk } from "./base-disk.ts";
import { readChain, type VolumeChain } from "./disk-records.ts";
import { openImageSource } from "./image-source.ts";
import { LayerMap } from "./layer-map.ts";
import { LayeredVolume, type Volume } from "./volume.ts";
import type { Surroundings, VolumeAddress } from "./volumes.ts";
import type { VolumeLimits } from "./write-back.ts";

export interface OpenVolumeOptions extends VolumeAddress, Surroundings {
  readonly readOnly?: boolean;
  /**
   * An open image to read from, if it is the one that the volume stands on (else it is left alone, and the volume opens
   * its own from what it knows of it). The caller closes it, after the volume.
   */
  readonly image?: BaseDisk;
  /** Where to fetch the volume's own image from: for a page that moved since the volume was made. */
  readonly imageUrl?: string;
  readonly limits?: Partial<VolumeLimits>;
}

/**
 * 8 MiB of clean blocks: read-ahead, and blocks about to be changed in part; the guest caches what it reads itself.
 * 4 MiB a commit: larger ones are no faster, and a flush would wait longer behind one. 16 MiB unstored: four of them.
 */
const DEFAULT_LIMITS: VolumeLimits = { cacheBytes: 8 << 20, writeBackBytes: 4 << 20, dirtyBytes: 16 << 20 };

/** Bytes of one piece of `readVolume`. */
const STREAM_STEP = 512 * 1024;

/**
 * Opens a volume; reads its records and none of its blocks. Only one writer may have a volume open at a time: the caller
 * sees to that. Rejects with `InvalidVolume.NotFound`, `Volume.ChainBroken`, or the store's errors.
 */
export async function openVolume(options: OpenVolumeOptions): Promise<Volume> {
  const { database, volumeId, openStore = openIndexedDb } = options;
  const store = await openStore(database);
  try {
    const records = recordStore(store);
    const chain = await readChain(records, volumeId);
    const map = await LayerMap.open(
      store,
      chain.head.id,
      chain.frozen.map(({ id }) => id),
    );
    const { base, onClosed } = await openBase(chain, options);
    return new LayeredVolume({
      volumeId,
      sizeBytes: chain.volume.sizeBytes,
      readOnly: options.readOnly ?? false,
      store,
      records,
      head: chain.head,
      map,
      base,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      onClosed,
    });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/** The content of a volume from first byte to last. Nobody may write to the volume meanwhile. */
export async function* readVolume(options: OpenVolumeOptions): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const volume = await openVolume({ ...options, readOnly: true });
  try {
    for (let offset = 0; offset < volume.sizeBytes; offset += STREAM_STEP) {
      yield await volume.read(offset, Math.min(STREAM_STEP, volume.sizeBytes - offset));
    }
  } finally {
    await volume.close();
  }
}

async function openBase(
  { image: below }: VolumeChain,
  { image, imageUrl, openStore, clock }: OpenVolumeOptions,
): Promise<{ base: BaseDisk | undefined; onClosed: () => Promise<void> }> {
  const nothing = () => Promise.resolve();
  if (below === undefined) return { base: undefined, onClosed: nothing };
  if (image?.fingerprint === below.fingerprint) return { base: image, onClosed: nothing };
  const { url, ...manifest } = below.record;
  const source = await openImageSource(
    { url: imageUrl ?? url, manifest },
    { ...(openStore === undefined ? {} : { openStore }), ...(clock === undefined ? {} : { clock }) },
  );
  return { base: source, onClosed: () => source.close() };
}
