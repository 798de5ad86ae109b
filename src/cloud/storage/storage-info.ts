/** How much room there is: "low" below a tenth of the quota, "critical" below a fiftieth or 64 MiB. */
export type StorageLevel = "ok" | "low" | "critical";

export interface StorageState {
  /** "unknown" where the browser does not say how much room there is. */
  readonly level: StorageLevel | "unknown";
  /** Bytes that this page's origin takes, everything counted, as the browser says. */
  readonly usedBytes: number | null;
  /** Bytes that the browser lets it take. */
  readonly quotaBytes: number | null;
  /** The browser will not clear it when room gets tight elsewhere. */
  readonly persistent: boolean;
  /**
   * The browser has lost all that the cloud had stored, from then on: it deletes a database that it finds corrupt. Null:
   * nothing is missing. Stays until `dismissLoss`.
   */
  readonly lostSince: Date | null;
}

export interface StorageUsage extends StorageState {
  /** What each volume holds beyond its latest snapshot or its image. */
  readonly volumes: readonly { readonly id: string; readonly sizeBytes: number; readonly storedBytes: number }[];
  /** What each snapshot holds beyond the one before it. */
  readonly snapshots: readonly { readonly id: string; readonly sizeBytes: number; readonly storedBytes: number }[];
  /** What nothing needs any more, and comes back soon. */
  readonly garbageBytes: number;
  /** Downloaded parts of images, shared with other clouds of this origin. They can be evicted. */
  readonly imageCacheBytes: number;
}
