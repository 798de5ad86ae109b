import type { Owned } from "../scope.ts";

/** Its owner and region are those of what it backs up. */
export interface BackupPolicyInfo extends Owned {
  /** "policy-" and 17 digits, as Amazon's Data Lifecycle Manager has it. */
  readonly id: string;
  readonly volumeId: string | null;
  /** All volumes that are attached to it at the time, at one point in time. */
  readonly instanceId: string | null;
  readonly everyHours: number;
  /** How many backups are kept. */
  readonly keep: number;
  readonly freeze: boolean;
  readonly createTime: Date;
  /** When the last backup was made. */
  readonly lastTime: Date | null;
  /** When the next one is due; past when the page was closed at that time: then it is made soon. */
  readonly nextTime: Date;
  /** Why the last try failed; null when it did not. Another one is made within a quarter of an hour. */
  readonly lastError: { readonly code: string; readonly message: string } | null;
  /** Its snapshots, oldest first. They carry the tags `tabvisor:policy` and `tabvisor:backup`. */
  readonly snapshotIds: readonly string[];
}

export interface CreateBackupPolicyRequest {
  /** One of them: else `InvalidParameterCombination`. */
  readonly volumeId?: string;
  readonly instanceId?: string;
  /** 1–8760, whole. */
  readonly everyHours: number;
  /** 1–1000. */
  readonly keep: number;
  /** Have the guest freeze its file systems, where its agent answers; where it does not, do without. False by default. */
  readonly freeze?: boolean;
}
