import type { Event } from "../base/event.ts";
import type { ExportOptions } from "../cloud/disk-export.ts";
import type { PermissionChange } from "../cloud/sharing.ts";
import type * as info from "../cloud/snapshots/snapshot-info.ts";

export type {
  CopySnapshotRequest,
  CreateSnapshotRequest,
  CreateSnapshotsRequest,
  ImportSnapshotRequest,
  SnapshotInfo as Snapshot,
  SnapshotState,
  SnapshotUsage,
} from "../cloud/snapshots/snapshot-info.ts";

/**
 * The snapshots: one's own, and those of others that one may use. `volumes.create({ snapshotId })` restores one to a new volume, `volumes.rollback` in place.
 *
 * An id that is none is `InvalidSnapshotID.Malformed`, an unknown one `InvalidSnapshot.NotFound`.
 */
export interface Snapshots {
  /** Oldest first. */
  list(): info.SnapshotInfo[];
  get(snapshotId: string): info.SnapshotInfo;
  /** Fires after a snapshot has appeared, changed or gone. */
  readonly onChange: Event<void>;

  /**
   * Takes a snapshot: the volume as it is at the call. "pending" in the list at once; resolves when it is completed.
   * Rejects with `ConcurrentSnapshotLimitExceeded` beyond 5 pending ones of a volume (1 of st1 and sc1).
   */
  create(request: info.CreateSnapshotRequest): Promise<info.SnapshotInfo>;
  /** Takes snapshots of all volumes of an instance at one point in time (F50). */
  createMany(request: info.CreateSnapshotsRequest): Promise<info.SnapshotInfo[]>;
  /** Makes a copy that shares nothing with it, in another region where that is wanted (F50). */
  copy(request: info.CopySnapshotRequest): Promise<info.SnapshotInfo>;
  /**
   * Who else may make volumes and copies of it (F50): accounts of twelve digits, or "all"; as `images.share`. Another
   * account's: `AuthFailure`, as for its tags and for deleting it.
   */
  share(snapshotId: string, change: PermissionChange): Promise<info.SnapshotInfo>;
  /**
   * Makes a snapshot of a disk's file (F30): "pending" in the list at once, with progress; resolves when it is completed.
   * The file is never in memory as a whole. Rejects with `Image.Malformed`, `Image.Truncated`, `Image.Unsupported`,
   * `Image.NeedsRandomAccess`, `Image.SourceUnavailable`, `Store.QuotaExceeded`, …, and then it is in the state "error".
   */
  import(request: info.ImportSnapshotRequest): Promise<info.SnapshotInfo>;
  /** As `volumes.export`. `IncorrectState` unless completed. */
  export(snapshotId: string, options?: ExportOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Deletes one; others, and volumes made from it, stay whole. `InvalidSnapshot.InUse` while an image uses it. */
  delete(snapshotId: string): Promise<void>;
  /** What it takes in IndexedDB at this moment. */
  usage(snapshotId: string): Promise<info.SnapshotUsage>;
  /** Replaces all tags. */
  setTags(snapshotId: string, tags: Readonly<Record<string, string>>): Promise<info.SnapshotInfo>;
}
