import type { Owned } from "../scope.ts";
import type { Tags } from "../tags.ts";

/** EC2's snapshot states (F49). */
export const SNAPSHOT_STATES = ["pending", "completed", "error"] as const;
export type SnapshotState = (typeof SNAPSHOT_STATES)[number];

export interface SnapshotInfo extends Owned {
  readonly id: string;
  /** The tag `Name`; empty without one. */
  readonly name: string;
  readonly tags: Tags;
  readonly description: string;
  /** The volume that it was taken of, which may be gone by now; "vol-ffffffff" of a copied or imported one, as in EC2. */
  readonly volumeId: string;
  /** The volume's size at that time. */
  readonly sizeBytes: number;
  readonly state: SnapshotState;
  /** Why it is in the state "error". */
  readonly stateReason: { readonly code: string; readonly message: string } | null;
  /** Percent; of an import, of what has come of the file. */
  readonly progress: number;
  readonly startTime: Date;
  /** The images that use it: as long as there are any it cannot be deleted. */
  readonly imageIds: readonly string[];
  /** As its volume was (F48). */
  readonly encrypted: boolean;
  /** Another account's, which volumes and copies can be made of (F50). */
  readonly shared: boolean;
  /** Who else may make volumes of it: accounts, or "all". Who is not its owner sees those alone that are about them. */
  readonly createVolumePermissions: readonly string[];
}

export interface CreateSnapshotRequest {
  /** Available, or attached: the guest may go on writing. */
  readonly volumeId: string;
  readonly description?: string;
  /** Short for the tag `Name`. */
  readonly name?: string;
  readonly tags?: Tags;
  /**
   * Have the guest freeze its file systems meanwhile, so that they are consistent without a journal's replay; needs the
   * guest's agent. False by default: what the guest has flushed is there, as after a power cut.
   */
  readonly freeze?: boolean;
}

export interface CopySnapshotRequest {
  /** One's own, or one that may be used. */
  readonly snapshotId: string;
  readonly description?: string;
  /** Short for the tag `Name`. */
  readonly name?: string;
  readonly tags?: Tags;
  /** Encrypt the copy; a copy of an encrypted one is: then false is `InvalidParameterCombination`. */
  readonly encrypted?: boolean;
  /** Where the copy shall be; "us-east-1" by default. Unknown: `InvalidParameterValue`. */
  readonly region?: string;
  /** Where the snapshot is; wherever it is found by default. */
  readonly sourceRegion?: string;
}

export interface ImportSnapshotRequest {
  /**
   * A file that the user chose, or the URL of one whose server allows this page to read it: raw, raw packed with gzip or
   * zstd, or qcow2 without a backing file.
   */
  readonly source: Blob | string;
  readonly description?: string;
  /** Short for the tag `Name`. */
  readonly name?: string;
  readonly tags?: Tags;
  /** Encrypt it; false by default, unless the cloud encrypts by default. */
  readonly encrypted?: boolean;
  /** Aborting rejects with `Image.Cancelled`, and nothing is left. */
  readonly signal?: AbortSignal;
  /** Bytes of the file; of the disk for qcow2. */
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number | null }) => void;
}

export interface CreateSnapshotsRequest extends Omit<CreateSnapshotRequest, "volumeId"> {
  /** All volumes attached to it, at one point in time (F50). */
  readonly instanceId: string;
  readonly excludeBootVolume?: boolean;
}

export interface SnapshotUsage {
  readonly sizeBytes: number;
  /** Bytes of blocks that it is made of, shared with other snapshots and volumes or not. */
  readonly storedBytes: number;
  /** Bytes that only this snapshot holds: what deleting it gives back. */
  readonly ownBytes: number;
}
