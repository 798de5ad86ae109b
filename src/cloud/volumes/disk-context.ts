import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { KeyedQueue } from "../keyed-queue.ts";
import type { QuotaKeeper } from "../quotas/quota-keeper.ts";
import type { Registry } from "../registry.ts";
import type { View } from "../scope.ts";
import type { SnapshotRecord } from "../snapshots/snapshot-record.ts";
import { isVisibleSnapshot } from "../snapshots/visible-snapshot.ts";
import type { VolumeWork } from "../volume-work.ts";
import type { FindInstance } from "./instance-link.ts";
import { volumeNotFound } from "./volume-errors.ts";
import type { VolumeRecord } from "./volume-record.ts";

/** What everything about disks works on. */
export interface DiskContext {
  readonly registry: Registry;
  /** Whose resources are there for whoever works on it, and where new ones are made. */
  readonly view: View;
  readonly quotas: QuotaKeeper;
  readonly work: VolumeWork;
  readonly keys: KeyRing;
  /** By volume id: whoever changes a volume, or reads its blocks, waits for its turn. */
  readonly queue: KeyedQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly findInstance: FindInstance;
  /** The instance whose root, an instance store, has a snapshot below it. */
  readonly bootedFrom: (snapshotId: string) => string | undefined;
  /** An image that something was launched from. */
  readonly imageRef: (imageId: string) => Promise<ImageRef>;
  /** The root volume of an image, by its name or id; `remember` keeps what a volume over it needs. */
  readonly imageRoot: (nameOrId: string, view: View) => Promise<ImageRoot>;
  /** There may be something to collect. */
  readonly onGarbage: () => void;
}

/** What a volume is made of that is made from an image: a snapshot, or the image's files. */
export interface ImageRoot {
  readonly snapshotId: string | null;
  readonly imageId: string | null;
  readonly sizeBytes: number;
  readonly remember: readonly StoreOperation[];
}

/** A volume's record by an id from outside. `InvalidVolumeID.Malformed`, `InvalidVolume.NotFound`. */
export function volumeOf({ registry, view }: DiskContext, volumeId: string): VolumeRecord {
  const record = registry.volumes.get(parseId("vol", volumeId, "InvalidVolumeID.Malformed"));
  if (record === undefined || !view.sees(record)) throw volumeNotFound(volumeId);
  return record;
}

const snapshotNotFound = (snapshotId: string) =>
  new CloudError("InvalidSnapshot.NotFound", `The snapshot '${snapshotId}' does not exist.`, { snapshotId });

/** A snapshot's record by an id from outside. `InvalidSnapshotID.Malformed`, `InvalidSnapshot.NotFound`. */
export function snapshotOf({ registry, view }: DiskContext, snapshotId: string): SnapshotRecord {
  const record = registry.snapshots.get(parseId("snap", snapshotId, "InvalidSnapshotID.Malformed"));
  if (record !== undefined && !record.deleting && view.sees(record)) return record;
  throw snapshotNotFound(snapshotId);
}

/** As `snapshotOf`, of one that can be looked at and made things from, though it may be another account's. */
export function visibleSnapshotOf({ registry, view }: DiskContext, snapshotId: string): SnapshotRecord {
  const record = registry.snapshots.get(parseId("snap", snapshotId, "InvalidSnapshotID.Malformed"));
  if (record !== undefined && !record.deleting && isVisibleSnapshot(record, view)) return record;
  throw snapshotNotFound(snapshotId);
}

/** A snapshot that something can be made from: `IncorrectState` unless completed. */
export function completedSnapshot(context: DiskContext, snapshotId: string): SnapshotRecord {
  const record = visibleSnapshotOf(context, snapshotId);
  if (record.state === "completed") return record;
  throw new CloudError("IncorrectState", `Snapshot '${snapshotId}' is in the '${record.state}' state.`, {
    snapshotId,
    state: record.state,
  });
}

/** Where the image below a disk is now; null where that is not known: the disk knows where it was when it was made. */
export async function imageUrlOf({ imageRef }: DiskContext, imageId: string | null): Promise<string | null> {
  if (imageId === null) return null;
  return await imageRef(imageId).then(
    ({ url }) => url,
    () => null,
  );
}
