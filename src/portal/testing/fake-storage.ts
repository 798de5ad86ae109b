import type { Storage, StorageState, StorageUsage } from "../../api/types.ts";
import { Emitter } from "../../base/event.ts";

const MIB = 2 ** 20;

/** Storage that only pretends; `set` shows what is hard to reach. */
export class FakeStorage implements Storage {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  state: StorageState = {
    level: "ok",
    usedBytes: 20 * MIB,
    quotaBytes: 4096 * MIB,
    persistent: false,
    lostSince: null,
  };
  #imageCacheBytes = 7 * MIB;

  set(change: Partial<StorageState>): void {
    this.state = { ...this.state, ...change };
    this.#changed.fire();
  }

  async usage(): Promise<StorageUsage> {
    return { ...this.state, volumes: [], snapshots: [], garbageBytes: 0, imageCacheBytes: this.#imageCacheBytes };
  }

  async persist(): Promise<boolean> {
    this.set({ persistent: true });
    return true;
  }

  async dismissLoss(): Promise<void> {
    this.set({ lostSince: null });
  }

  async evictImageCache(): Promise<void> {
    this.#imageCacheBytes = 0;
  }
}
