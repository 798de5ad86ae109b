import type { Event } from "../base/event.ts";
import type { BackupPolicyInfo, CreateBackupPolicyRequest } from "../cloud/backups/backup-info.ts";
import type { SnapshotInfo } from "../cloud/snapshots/snapshot-info.ts";

export type { BackupPolicyInfo as BackupPolicy, CreateBackupPolicyRequest } from "../cloud/backups/backup-info.ts";

/**
 * Backups by the clock (F51): snapshots every so many hours, of which the last ones are kept. They are made while the page
 * is open; one that was due while it was not is made soon after it is opened. An unknown id is `ResourceNotFoundException`.
 */
export interface Backups {
  /** Oldest first. */
  list(): BackupPolicyInfo[];
  /** Fires after a policy has appeared, changed or gone. */
  readonly onChange: Event<void>;
  /** The first backup is made an interval later, or when `run` is called. */
  create(request: CreateBackupPolicyRequest): Promise<BackupPolicyInfo>;
  /** Makes a backup now; rejects as `snapshots.create` does. */
  run(policyId: string): Promise<SnapshotInfo[]>;
  /** Its snapshots stay. */
  delete(policyId: string): Promise<void>;
}
