import { hasCode } from "../base/errors.ts";
import { getSnapshot, getVolume, readImage, readLayers, refuseVolume, volumeKind } from "./disk-records.ts";
import { BLOCK_BYTES } from "./geometry.ts";
import type { DiskImage } from "./image-disk.ts";
import { openSnapshot, openVolume, PASSING_LIMITS } from "./open-volume.ts";
import { type Surroundings, type VolumeAddress, withLayers } from "./surroundings.ts";
import { databaseUsage } from "./usage.ts";
import type { Volume } from "./volume.ts";
import { createVolume, deleteVolume } from "./volumes.ts";

export interface EncryptedCopy extends VolumeAddress {
  /** Not encrypted. */
  readonly snapshotId: string;
  /** At least the snapshot's. */
  readonly sizeBytes: number;
  readonly key: CryptoKey;
}

/** Blocks that are copied at once: 1 MiB. */
const STEP_BLOCKS = 16;

const PREFIX = "encrypting-";
const passing = (volumeId: string) => `${PREFIX}${volumeId}`;
const underWay = new Set<string>();

/**
 * Makes an encrypted volume with the content of a snapshot that is not (B51): over the same image, with a copy of every
 * block that the snapshot has beyond it. It is there when it is whole. Rejects as `createVolume` does.
 */
export async function encryptSnapshot(copy: EncryptedCopy, surroundings: Surroundings = {}): Promise<void> {
  const { database, volumeId, snapshotId, sizeBytes, key } = copy;
  const address = { database, volumeId: passing(volumeId) };
  underWay.add(address.volumeId);
  try {
    // An earlier try may have been killed.
    await forget(address, surroundings);
    const image = await imageOf(copy, surroundings);
    await createVolume({ ...address, sizeBytes, image, key }, surroundings);
    try {
      const source = await openSnapshot({ database, snapshotId, limits: PASSING_LIMITS, ...surroundings });
      try {
        await copyBlocks(source, await openVolume({ ...address, key, ...surroundings }));
      } finally {
        await source.close();
      }
      await rename(address, volumeId, surroundings);
    } finally {
      await forget(address, surroundings);
    }
  } finally {
    underWay.delete(address.volumeId);
  }
}

/** Deletes what copies that were killed have left. */
export async function forgetOldCopies(database: string, surroundings: Surroundings = {}): Promise<void> {
  const { volumes } = await databaseUsage({ database }, surroundings);
  for (const { volumeId } of volumes) {
    if (volumeId.startsWith(PREFIX) && !underWay.has(volumeId)) await forget({ database, volumeId }, surroundings);
  }
}

async function copyBlocks(source: Volume, target: Volume): Promise<void> {
  try {
    let [first, below] = [0, 0];
    const step = async () => {
      const [offset, end] = [first * BLOCK_BYTES, Math.min(below * BLOCK_BYTES, source.sizeBytes)];
      if (end > offset) await target.write(offset, await source.read(offset, end - offset));
    };
    for await (const block of source.ownBlocks()) {
      if (block !== below || below - first === STEP_BLOCKS) {
        await step();
        first = block;
      }
      below = block + 1;
    }
    await step();
    await target.close();
  } catch (thrown) {
    await target.abandon();
    throw thrown;
  }
}

/** The image below the snapshot of a copy that may be made. */
async function imageOf(
  { database, volumeId, snapshotId }: EncryptedCopy,
  surroundings: Surroundings,
): Promise<DiskImage | null> {
  return await withLayers(database, surroundings, "shared", async (records) => {
    await refuseVolume(records, volumeId);
    const { layer } = await getSnapshot(records, snapshotId);
    const image = await readImage(records, await readLayers(records, layer));
    if (image === undefined) return null;
    const { url, ...manifest } = image.record;
    return { url, manifest };
  });
}

async function rename(address: VolumeAddress, volumeId: string, surroundings: Surroundings): Promise<void> {
  await withLayers(address.database, surroundings, "exclusive", async (records) => {
    await refuseVolume(records, volumeId);
    const volume = await getVolume(records, address.volumeId);
    await records.commit([records.put(volumeKind, volumeId, volume), records.delete(volumeKind, address.volumeId)]);
  });
}

async function forget(address: VolumeAddress, surroundings: Surroundings): Promise<void> {
  try {
    await deleteVolume(address, surroundings);
  } catch (thrown) {
    if (!hasCode(thrown, "InvalidVolume.NotFound")) throw thrown;
  }
}
