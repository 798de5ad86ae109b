import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import { isId } from "../../base/ids.ts";
import { reportBackground, reportUnexpected } from "../background.ts";
import type { VolumeWork } from "../volume-work.ts";
import type { StorageLevel, StorageState, StorageUsage } from "./storage-info.ts";
import type { StorageWitness } from "./storage-witness.ts";

/** The part of `navigator.storage` that is used (Storage Standard §4); a browser may have less of it. */
export interface BrowserStorage {
  estimate?(): Promise<{ usage?: number; quota?: number }>;
  persisted?(): Promise<boolean>;
  persist?(): Promise<boolean>;
  getDirectory?(): Promise<FileSystemDirectoryHandle>;
}

/** A guest fills tens of MiB in that time; the browser counts what it takes only every so often, too. */
const LOOK_EVERY_MS = 30_000;
const LOW_SHARE = 0.1;
const CRITICAL_SHARE = 0.02;
/** Four of a volume's largest heaps of unstored writes. */
const CRITICAL_BYTES = 64 * 2 ** 20;

const UNKNOWN: StorageState = {
  level: "unknown",
  usedBytes: null,
  quotaBytes: null,
  persistent: false,
  lostSince: null,
};

/** How much room there is and who takes it, as the public API shows it: `api/storage-types.ts`. */
export class CloudStorage implements Disposable {
  readonly #work: VolumeWork;
  readonly #browser: BrowserStorage;
  readonly #witness: StorageWitness | undefined;
  readonly #clock: Clock;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();
  #state = UNKNOWN;
  #asked = false;
  #vouched = false;
  #timer: (() => void) | undefined;

  /** Without a witness no loss is noticed. `firstUse` fires when something is made that must not be lost: then the browser is asked to keep it. */
  constructor(
    work: VolumeWork,
    browser: BrowserStorage,
    witness: StorageWitness | undefined,
    clock: Clock,
    firstUse: Event<void>,
  ) {
    this.#work = work;
    this.#browser = browser;
    this.#witness = witness;
    this.#clock = clock;
    this.#owned.add(firstUse(() => this.#keep()));
    this.#owned.defer(() => this.#timer?.());
  }

  readonly onChange = this.#changed.event;

  get state(): StorageState {
    return this.#state;
  }

  /** Looks now, and every half minute from now on where the browser has something to tell. */
  watch(): void {
    if (this.#owned.isDisposed) return;
    this.#timer?.();
    if (this.#browser.estimate !== undefined) {
      this.#timer = this.#clock.setTimer(LOOK_EVERY_MS, () => this.watch());
    }
    this.look().catch(reportBackground);
  }

  async look(): Promise<StorageState> {
    const { usage, quota } = (await this.#browser.estimate?.()) ?? {};
    const persistent = (await this.#browser.persisted?.()) ?? false;
    const next: StorageState = {
      level: levelOf(usage, quota),
      usedBytes: usage ?? null,
      quotaBytes: quota ?? null,
      persistent,
      lostSince: this.#state.lostSince,
    };
    this.#set(next);
    return next;
  }

  /** Once, when the cloud is opened, before anything new is made. `inUse`: it has something to keep. */
  async begin(inUse: boolean): Promise<void> {
    if (this.#witness === undefined) return;
    const lostSince = await this.#witness.lostSince();
    this.#set({ ...this.#state, lostSince });
    if (inUse) await this.#witness.vouch();
  }

  async dismissLoss(): Promise<void> {
    await this.#witness?.forget();
    this.#set({ ...this.#state, lostSince: null });
  }

  #set(next: StorageState): void {
    const { level, persistent, lostSince } = this.#state;
    const isNew =
      next.level !== level || next.persistent !== persistent || next.lostSince?.getTime() !== lostSince?.getTime();
    this.#state = next;
    if (isNew && !this.#owned.isDisposed) this.#changed.fire();
  }

  async persist(): Promise<boolean> {
    this.#asked = true;
    await this.#browser.persist?.();
    return (await this.look()).persistent;
  }

  async usage(): Promise<StorageUsage> {
    const { database } = this.#work;
    const client = await this.#work.client();
    const [state, blocks, cache] = await Promise.all([
      this.look(),
      client.databaseUsage({ database }),
      client.imageCacheUsage(),
    ]);
    return {
      ...state,
      volumes: blocks.volumes.map(({ volumeId, ...usage }) => ({ id: volumeId, ...usage })),
      // Those that an export reads from are gone with it.
      snapshots: blocks.snapshots
        .filter(({ snapshotId }) => isId("snap", snapshotId))
        .map(({ snapshotId, ...usage }) => ({ id: snapshotId, ...usage })),
      garbageBytes: blocks.garbageBytes,
      imageCacheBytes: cache.storedBytes,
    };
  }

  async evictImageCache(): Promise<void> {
    await (await this.#work.client()).evictImageCache();
    await this.look();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #keep(): void {
    if (!this.#vouched) {
      this.#vouched = true;
      this.#witness?.vouch().catch((error: unknown) => {
        // A database that takes nothing more says so to whoever stores something; the next change tries this again.
        this.#vouched = false;
        reportUnexpected(error);
      });
    }
    // The browser may ask the user, or decide by itself: a "no" changes nothing but `persistent`.
    if (!this.#asked) this.persist().catch(reportBackground);
  }
}

function levelOf(usage: number | undefined, quota: number | undefined): StorageLevel | "unknown" {
  if (usage === undefined || quota === undefined) return "unknown";
  const free = quota - usage;
  if (free < Math.max(quota * CRITICAL_SHARE, CRITICAL_BYTES)) return "critical";
  return free < quota * LOW_SHARE ? "low" : "ok";
}
