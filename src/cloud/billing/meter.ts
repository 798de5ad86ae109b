import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Client } from "../../protocol/contract.ts";
import type { VolumeContract } from "../../protocol/volume-contract.ts";
import { reportBackground } from "../background.ts";
import type { CloudInstances } from "../instances.ts";
import type { Registry } from "../registry.ts";
import type { Owned } from "../scope.ts";
import { nameOf, type Tags } from "../tags.ts";
import type { VolumeRecord } from "../volumes/volume-record.ts";
import type { BilledService, PriceTable } from "./billing-info.ts";
import { type Charge, instanceCharges, snapshotCharges, volumeCharges } from "./charges.ts";
import type { Ledger } from "./ledger.ts";
import { LEAST_MS } from "./periods.ts";

/**
 * While instances run, it is written this often that the page is there. A page that is killed is known to have lived until
 * then: its instances are billed for that, up to half a minute less than they ran, never for more.
 */
const SEEN_EVERY_MS = 30_000;
/** Browsers wake a hidden page's timers once a minute. After longer than this the computer slept, and nothing ran. */
const SLEPT_MS = 180_000;
/** What a snapshot holds is looked up a moment after the list has changed, once for all of what changed. */
const SAMPLE_AFTER_MS = 1_000;

export interface MeterOptions {
  readonly ledger: Ledger;
  readonly instances: CloudInstances;
  readonly registry: Registry;
  readonly database: string;
  readonly volumeClient: () => Promise<Client<VolumeContract>>;
  readonly clock: Clock;
  readonly prices: () => PriceTable;
  /** For tests that have days go by. */
  readonly seenEveryMs?: number | undefined;
}

interface Billed {
  readonly service: BilledService;
  readonly resourceId: string;
  readonly owned: Owned;
  readonly tags: Tags;
}

/**
 * Sees what there is to pay for, from the changes of the resources, and keeps the ledger of it. It compares what is with
 * what is being paid for, so that nothing is counted twice, whatever is told twice: at each change, and when the page opens.
 */
export class Meter implements Disposable {
  readonly #options: MeterOptions;
  readonly #owned = new DisposableStore();
  /** The volumes as they were last looked at: of thousands, the one that has changed is priced again. */
  readonly #seenVolumes = new Map<string, VolumeRecord>();
  /** Bytes of each snapshot as they were last looked up. */
  #snapshotBytes = new Map<string, number>();
  #seenAt = 0;
  #seenTimer: (() => void) | undefined;
  #sampleTimer: (() => void) | undefined;

  constructor(options: MeterOptions) {
    this.#options = options;
    this.#owned.defer(() => this.#seenTimer?.());
    this.#owned.defer(() => this.#sampleTimer?.());
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Ends what an earlier page left open, and begins to look. The resources are loaded. */
  start(): void {
    const { ledger, instances, registry, clock } = this.#options;
    this.#seenAt = clock.now();
    const lastSeen = ledger.lastSeen ?? clock.now();
    const running = new Set(instances.list().flatMap(({ id, state }) => (state === "running" ? id : [])));
    for (const { service, resourceId } of ledger.open()) {
      if (!this.#exists(service, resourceId, running)) ledger.end(resourceId, lastSeen);
    }
    this.#owned.add(instances.onChange(() => this.#lookAtInstances()));
    this.#owned.add(registry.volumes.onChange(() => this.#lookAtVolumes()));
    this.#owned.add(registry.snapshots.onChange(() => this.#lookAtSnapshots()));
    this.#lookAtInstances();
    this.#lookAtVolumes();
    this.#lookAtSnapshots();
  }

  /** The prices are others now: what goes on costs them from now on. */
  reprice(): void {
    const { ledger, instances, clock, prices } = this.#options;
    for (const { id, type } of instances.list()) ledger.change(id, instanceCharges(prices(), type.name), clock.now());
    this.#seenVolumes.clear();
    this.#lookAtVolumes();
    for (const { resourceId } of ledger.open().filter(({ service }) => service === "snapshot")) {
      const bytes = this.#snapshotBytes.get(resourceId);
      if (bytes !== undefined) ledger.change(resourceId, snapshotCharges(prices(), bytes), clock.now());
    }
  }

  #exists(service: BilledService, id: string, running: ReadonlySet<string>): boolean {
    const { registry } = this.#options;
    if (service === "instance") return running.has(id);
    return (service === "volume" ? registry.volumes : registry.snapshots).get(id) !== undefined;
  }

  /** Paid for while "running" and in no other state (F65). */
  #lookAtInstances(): void {
    const { ledger, instances, clock, prices } = this.#options;
    let anyRuns = false;
    for (const { id, state, type, tags, ownerId, region } of instances.list()) {
      const isOpen = ledger.openOf(id) !== undefined;
      if (state === "running") {
        anyRuns = true;
        const what: Billed = { service: "instance", resourceId: id, owned: { ownerId, region }, tags };
        if (!isOpen) this.#begin(what, instanceCharges(prices(), type.name), clock.now(), LEAST_MS);
      } else if (isOpen) ledger.end(id, clock.now());
    }
    if (anyRuns && this.#seenTimer === undefined) {
      this.#seenAt = clock.now();
      this.#watch();
    } else if (!anyRuns) {
      this.#seenTimer?.();
      this.#seenTimer = undefined;
    }
  }

  /** Paid for from creating until deleted, as it shall be from the moment that it is to become so (F68). */
  #lookAtVolumes(): void {
    const { ledger, registry, clock, prices } = this.#options;
    for (const [id, record] of registry.volumes.entries()) {
      if (this.#seenVolumes.get(id) === record) continue;
      this.#seenVolumes.set(id, record);
      if (record.state === "error") {
        ledger.end(id, clock.now());
        continue;
      }
      const charges = volumeCharges(prices(), shapeOf(record));
      const what: Billed = { service: "volume", resourceId: id, owned: record, tags: record.tags };
      if (ledger.openOf(id) === undefined) this.#begin(what, charges, record.createdAt);
      else ledger.change(id, charges, clock.now());
    }
    const isThere = (id: string) => registry.volumes.get(id) !== undefined;
    this.#endGone("volume", isThere);
    for (const id of this.#seenVolumes.keys()) if (!isThere(id)) this.#seenVolumes.delete(id);
  }

  #lookAtSnapshots(): void {
    const { registry, clock, ledger } = this.#options;
    this.#endGone("snapshot", (id) => registry.snapshots.get(id)?.deleting === false);
    const isNew = registry.snapshots.entries().some(([id]) => ledger.openOf(id) === undefined);
    // What one of them held may be the next one's now that it is gone.
    const isGone = [...this.#snapshotBytes.keys()].some((id) => registry.snapshots.get(id) === undefined);
    if (!isNew && !isGone) return;
    this.#sampleTimer ??= clock.setTimer(SAMPLE_AFTER_MS, () => {
      this.#sampleTimer = undefined;
      this.#sample().catch(reportBackground);
    });
  }

  /** A snapshot is paid for by what it holds beyond the one before it (F68): each block once, whatever uses it. */
  async #sample(): Promise<void> {
    const { ledger, registry, clock, database, volumeClient, prices } = this.#options;
    const { snapshots } = await (await volumeClient()).databaseUsage({ database });
    if (this.#owned.isDisposed) return;
    this.#snapshotBytes = new Map(snapshots.map(({ snapshotId, storedBytes }) => [snapshotId, storedBytes]));
    for (const [id, record] of registry.snapshots.entries()) {
      const bytes = this.#snapshotBytes.get(id);
      if (bytes === undefined || record.state !== "completed" || record.deleting) continue;
      const charges = snapshotCharges(prices(), bytes);
      const what: Billed = { service: "snapshot", resourceId: id, owned: record, tags: record.tags };
      if (ledger.openOf(id) === undefined) this.#begin(what, charges, record.startedAt);
      else ledger.change(id, charges, clock.now());
    }
  }

  #begin({ owned, tags, ...what }: Billed, charges: Charge[], startedAt: number, leastMs = 0): void {
    const { ownerId, region } = owned;
    this.#options.ledger.begin({ ...what, ownerId, region, name: nameOf(tags), charges, startedAt, leastMs });
  }

  #endGone(service: BilledService, isThere: (id: string) => boolean): void {
    const { ledger, clock } = this.#options;
    for (const period of ledger.open()) {
      if (period.service === service && !isThere(period.resourceId)) ledger.end(period.resourceId, clock.now());
    }
  }

  #watch(): void {
    const { ledger, clock, seenEveryMs = SEEN_EVERY_MS } = this.#options;
    this.#seenTimer = clock.setTimer(seenEveryMs, () => {
      const now = clock.now();
      if (now - this.#seenAt > Math.max(SLEPT_MS, 2 * seenEveryMs)) {
        for (const { service, resourceId } of ledger.open()) {
          if (service === "instance") ledger.interrupt(resourceId, this.#seenAt, now);
        }
      }
      this.#seenAt = now;
      ledger.seen();
      this.#watch();
    });
  }
}

const shapeOf = (record: VolumeRecord) =>
  record.modification?.state === "modifying" ? record.modification.target : record;
