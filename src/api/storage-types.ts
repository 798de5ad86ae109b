import type { Event } from "../base/event.ts";
import type { StorageState, StorageUsage } from "../cloud/storage/storage-info.ts";

export type { StorageLevel, StorageState, StorageUsage } from "../cloud/storage/storage-info.ts";

/** Where the cloud keeps everything: the browser's storage for this page's origin. */
export interface Storage {
  /** As it was when it was looked at last: when the cloud opened, and every half minute. */
  readonly state: StorageState;
  /** Fires after `state.level`, `state.persistent` or `state.lostSince` has changed. */
  readonly onChange: Event<void>;
  /** Who takes how much, now. */
  usage(): Promise<StorageUsage>;
  /**
   * Asks the browser not to clear it when room gets tight, which it may ask the user; tells whether it will not. Done by
   * itself at the first launch, or when the first volume is made.
   */
  persist(): Promise<boolean>;
  /** Gives the room of downloaded images back: what is needed of them is downloaded again. Volumes keep everything. */
  evictImageCache(): Promise<void>;
  /** The user knows what `state.lostSince` tells. */
  dismissLoss(): Promise<void>;
}
