import type { StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import {
  emptyLayer,
  getLayer,
  getSnapshot,
  getVolume,
  layerKind,
  readChain,
  refuseSnapshot,
  type StoredLayer,
  snapshotKind,
  volumeKind,
} from "./disk-records.ts";
import {
  newLayerId,
  type SnapshotAddress,
  type Surroundings,
  type VolumeAddress,
  withClosedVolume,
  withLayers,
} from "./surroundings.ts";

/** The records by which a head becomes a snapshot, and an empty layer the new head. */
export interface Freeze {
  readonly volumeId: string;
  readonly snapshotId: string;
  /** The layer that the snapshot keeps, as it stands after this transaction. */
  readonly head: StoredLayer;
  readonly nextHead: string;
  readonly volumeBytes: number;
  readonly snapshotBytes: number;
}

export function freezeOperations(records: RecordStore, freeze: Freeze): StoreOperation[] {
  const { volumeId, snapshotId, head, nextHead, volumeBytes, snapshotBytes } = freeze;
  return [
    records.put(layerKind, head.id, { ...head.record, frozen: true }),
    records.put(layerKind, nextHead, emptyLayer(head)),
    records.put(volumeKind, volumeId, { sizeBytes: volumeBytes, head: nextHead }),
    records.put(snapshotKind, snapshotId, { layer: head.id, sizeBytes: snapshotBytes }),
  ];
}

/**
 * Keeps a volume that nobody has open as it is now. Writes four records, whatever the volume holds.
 * Rejects with `InvalidVolume.NotFound`, `VolumeInUse` or `Snapshot.AlreadyExists`. Open volumes: `Volume.snapshot`.
 */
export async function snapshotVolume(
  { snapshotId, ...address }: VolumeAddress & { readonly snapshotId: string },
  surroundings: Surroundings = {},
): Promise<void> {
  const { volumeId } = address;
  await withClosedVolume(address, surroundings, async (records) => {
    const { volume, head } = await readChain(records, volumeId);
    await refuseSnapshot(records, snapshotId);
    const sizes = { volumeBytes: volume.sizeBytes, snapshotBytes: volume.sizeBytes };
    const nextHead = newLayerId(surroundings.random);
    await records.commit(freezeOperations(records, { volumeId, snapshotId, head, nextHead, ...sizes }));
  });
}

/**
 * Lets go of a snapshot; volumes made from it and other snapshots stay whole. What only it kept goes with the next
 * `collectGarbage`. Unknown: `InvalidSnapshot.NotFound`.
 */
export async function deleteSnapshot(
  { database, snapshotId }: SnapshotAddress,
  surroundings: Surroundings = {},
): Promise<void> {
  await withLayers(database, surroundings, "exclusive", async (records) => {
    await getSnapshot(records, snapshotId);
    await records.commit([records.delete(snapshotKind, snapshotId)]);
  });
}

/**
 * Makes a volume that nobody has open what a snapshot is. It is as large as it was, or as the snapshot when that is
 * larger. What the volume alone held goes with the next `collectGarbage`.
 * Rejects with `InvalidVolume.NotFound`, `InvalidSnapshot.NotFound` or `VolumeInUse`.
 */
export async function rollbackVolume(
  { snapshotId, ...address }: VolumeAddress & { readonly snapshotId: string },
  surroundings: Surroundings = {},
): Promise<void> {
  const { volumeId } = address;
  await withClosedVolume(address, surroundings, async (records) => {
    const volume = await getVolume(records, volumeId);
    const snapshot = await getSnapshot(records, snapshotId);
    const head = newLayerId(surroundings.random);
    const operations = [
      records.put(layerKind, head, emptyLayer(await getLayer(records, snapshot.layer))),
      records.put(volumeKind, volumeId, { sizeBytes: Math.max(volume.sizeBytes, snapshot.sizeBytes), head }),
    ];
    // Frozen, with nothing on it and nobody to name it, the old head is garbage.
    const old = await records.get(layerKind, volume.head);
    if (old !== undefined) operations.push(records.put(layerKind, volume.head, { ...old, frozen: true }));
    await records.commit(operations);
  });
}
