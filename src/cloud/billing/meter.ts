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
 * what is being paid for, so that nothing is counted twice, whatever is told twice: each resource at each of its changes,
 * and all of them when the page opens.
 */
export class Meter implements Disposable {
  readonly #options: MeterOptions;
  readonly #owned = new DisposableStore();
  /** Instances that are paid for. */
  readonly #running = new Set<string>();
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
    this.#owned.add(instances.onItem((id) => this.#lookAtInstance(id)));
    this.#owned.add(registry.volumes.onRecord((id) => this.#lookAtVolume(id)));
    this.#owned.add(registry.snapshots.onRecord((id) => this.#lookAtSnapshot(id)));
    for (const { id } of instances.list()) this.#lookAtInstance(id);
    for (const [id] of registry.volumes.entries()) this.#lookAtVolume(id);
    for (const [id] of registry.snapshots.entries()) this.#lookAtSnapshot(id);
  }

  /** The prices are others now: what goes on costs them from now on. */
  reprice(): void {
    const { ledger, instances, registry, clock, prices } = this.#options;
    for (const { id, type } of instances.list()) ledger.change(id, instanceCharges(prices(), type.name), clock.now());
    for (const [id] of registry.volumes.entries()) this.#lookAtVolume(id);
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
  #lookAtInstance(id: string): void {
    const { ledger, instances, clock, prices } = this.#options;
    const instance = instances.find(id);
    const isOpen = ledger.openOf(id) !== undefined;
    if (instance?.state === "running") {
      const { ownerId, region, tags, type } = instance;
      const what: Billed = { service: "instance", resourceId: id, owned: { ownerId, region }, tags };
      if (!isOpen) this.#begin(what, instanceCharges(prices(), type.name), clock.now(), LEAST_MS);
      this.#running.add(id);
    } else {
      if (isOpen) ledger.end(id, clock.now());
      this.#running.delete(id);
    }
    this.#watchWhileAnyRuns();
  }

  #watchWhileAnyRuns(): void {
    const anyRuns = this.#running.size > 0;
    if (anyRuns && this.#seenTimer === undefined) {
      this.#seenAt = this.#options.clock.now();
      this.#watch();
    } else if (!anyRuns) {
      this.#seenTimer?.();
      this.#seenTimer = undefined;
    }
  }

  /** Paid for from creating until deleted, as it shall be from the moment that it is to become so (F68). */
  #lookAtVolume(id: string): void {
    const { ledger, registry, clock, prices } = this.#options;
    const record = registry.volumes.get(id);
    if (record === undefined || record.state === "error") {
      ledger.end(id, clock.now());
      return;
    }
    const charges = volumeCharges(prices(), shapeOf(record));
    const what: Billed = { service: "volume", resourceId: id, owned: record, tags: record.tags };
    if (ledger.openOf(id) === undefined) this.#begin(what, charges, record.createdAt);
    else ledger.change(id, charges, clock.now());
  }

  #lookAtSnapshot(id: string): void {
    const { registry, clock, ledger } = this.#options;
    const record = registry.snapshots.get(id);
    if (record?.deleting !== false) ledger.end(id, clock.now());
    const isNew = record !== undefined && ledger.openOf(id) === undefined;
    // What it held may be the next one's now that it is gone.
    const isGone = record === undefined && this.#snapshotBytes.has(id);
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
