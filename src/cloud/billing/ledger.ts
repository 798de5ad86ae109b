import type { Clock } from "../../base/clock.ts";
import { hasCode, reportUncaught } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import type { RecordStore } from "../../store/records.ts";
import { reportBackground } from "../background.ts";
import { type Charge, sameCharges } from "./charges.ts";
import { addToDay, cut, DAY_MS, startOfDay, type Usage, usageOf } from "./periods.ts";
import { lastSeenRecord, type UsageDay, type UsagePeriod, usageDayRecord, usagePeriodRecord } from "./usage-records.ts";

/** Periods are kept one by one for 90 days: three months' bills can be looked into. */
const KEEP_PERIODS_MS = 90 * DAY_MS;
/** ... and no more than so many, whatever a script starts and stops: some megabytes. */
const MAX_PERIODS = 10_000;
/** Daily sums: 13 months, as long as Cost Explorer shows them. */
const KEEP_DAYS_MS = 400 * DAY_MS;
const LAST_SEEN = "page";

export type NewPeriod = Omit<UsagePeriod, "endedAt">;

/**
 * The periods that are paid for, in memory and stored. What changes is written at once, in the background and in order;
 * what could not be written is written with the next change. A period's id is its resource and its beginning: the same one
 * twice is one.
 */
export class Ledger {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #changed = new Emitter<void>();
  readonly #periods = new Map<string, UsagePeriod>();
  readonly #days = new Map<string, UsageDay>();
  /** The period of each resource that goes on. */
  readonly #open = new Map<string, string>();
  readonly #dirty = new Set<string>();
  #lastSeen: number | undefined;
  #writing: Promise<void> = Promise.resolve();
  #scheduled = false;

  constructor(records: RecordStore, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** Fires after a period has begun or ended. */
  readonly onChange = this.#changed.event;

  /** When the page was last known to be there; undefined when nothing was ever written. */
  get lastSeen(): number | undefined {
    return this.#lastSeen;
  }

  async load(): Promise<void> {
    const [periods, days, seen] = await Promise.all([
      this.#records.list(usagePeriodRecord),
      this.#records.list(usageDayRecord),
      this.#records.get(lastSeenRecord, LAST_SEEN),
    ]);
    for (const error of [...periods.damaged, ...days.damaged]) reportUncaught(error);
    for (const { id, value } of days.records) this.#days.set(id, value);
    for (const { id, value } of periods.records) this.#set(id, value);
    this.#lastSeen = seen?.at;
  }

  /** What goes on, by resource. */
  open(): UsagePeriod[] {
    return [...this.#open.values()].map((id) => this.#periods.get(id) as UsagePeriod);
  }

  openOf(resourceId: string): UsagePeriod | undefined {
    const id = this.#open.get(resourceId);
    return id === undefined ? undefined : this.#periods.get(id);
  }

  begin(period: NewPeriod): void {
    let { startedAt } = period;
    // Two starts in one millisecond are two.
    while (this.#periods.has(idOf({ ...period, startedAt }))) startedAt++;
    this.#write({ ...period, startedAt, endedAt: null });
  }

  /** A period's end cannot be before its beginning. */
  end(resourceId: string, at: number): void {
    const period = this.openOf(resourceId);
    if (period === undefined) return;
    this.#write({ ...period, endedAt: Math.max(period.startedAt, at) });
  }

  /** From `at` on it costs something else; what came before costs what it did. Its minimum is not paid twice (F66). */
  change(resourceId: string, charges: readonly Charge[], at: number): void {
    const period = this.openOf(resourceId);
    if (period === undefined || sameCharges(period.charges, charges)) return;
    this.#goOn(period, at, at, charges);
  }

  /** Nothing is paid for from `from` to `to`. */
  interrupt(resourceId: string, from: number, to: number): void {
    const period = this.openOf(resourceId);
    if (period !== undefined && to > from) this.#goOn(period, from, to, period.charges);
  }

  *usage(from: number, to: number, byDay: boolean): Generator<Usage> {
    const now = this.#clock.now();
    for (const period of this.#periods.values()) yield* usageOf(period, { from, to, now, byDay });
    for (const [day, { sums }] of this.#days) {
      const start = Date.parse(day);
      if (start >= from && start < to) for (const sum of sums) yield { ...sum, day, resourceId: "", name: "" };
    }
  }

  /** Writes that the page is still there. */
  seen(): void {
    this.#schedule();
  }

  /** Resolves when all that is known is stored, or could not be. */
  async flush(): Promise<void> {
    if (this.#scheduled) this.#storeNext();
    await this.#writing;
  }

  /**
   * Sums up by day what ended more than 90 days ago, or is too much, and forgets sums of more than 400 days ago. A period
   * goes in the transaction in which its sums come.
   */
  async compact(): Promise<void> {
    await this.flush();
    const now = this.#clock.now();
    const closed = [...this.#periods].filter(([, { endedAt }]) => endedAt !== null).sort(byEnd);
    const limit = startOfDay(now) - KEEP_PERIODS_MS;
    const old = closed.filter(([, { endedAt }], i) => (endedAt ?? 0) < limit || closed.length - i > MAX_PERIODS);
    const oldest = startOfDay(now) - KEEP_DAYS_MS;
    const days = new Map<string, UsageDay | undefined>();
    for (const [day] of this.#days) if (Date.parse(day) < oldest) days.set(day, undefined);
    const byDay = new Map<string, Usage[]>();
    for (const [, period] of old) {
      for (const usage of usageOf(period, { from: oldest, to: Number.POSITIVE_INFINITY, now, byDay: true })) {
        byDay.set(usage.day, [...(byDay.get(usage.day) ?? []), usage]);
      }
    }
    for (const [day, usage] of byDay) days.set(day, addToDay(this.#days.get(day), usage));
    if (old.length === 0 && days.size === 0) return;
    const operations: StoreOperation[] = old.map(([id]) => this.#records.delete(usagePeriodRecord, id));
    for (const [day, sums] of days) {
      operations.push(
        sums === undefined ? this.#records.delete(usageDayRecord, day) : this.#records.put(usageDayRecord, day, sums),
      );
    }
    await this.#records.commit(operations);
    for (const [id] of old) this.#periods.delete(id);
    for (const [day, sums] of days) {
      if (sums === undefined) this.#days.delete(day);
      else this.#days.set(day, sums);
    }
    this.#changed.fire();
  }

  #goOn(period: UsagePeriod, end: number, start: number, charges: readonly Charge[]): void {
    const { at, leastMs } = cut(period, end);
    const startedAt = start === end ? at : start;
    // Of one that has just begun, what follows takes the place.
    if (startedAt > period.startedAt) this.#write({ ...period, endedAt: at, leastMs: 0 });
    this.#write({ ...period, charges: [...charges], startedAt, leastMs });
  }

  #write(period: UsagePeriod): void {
    const id = idOf(period);
    this.#set(id, period);
    this.#dirty.add(id);
    this.#schedule();
    this.#changed.fire();
  }

  #set(id: string, period: UsagePeriod): void {
    this.#periods.set(id, period);
    if (period.endedAt === null) this.#open.set(period.resourceId, id);
    else if (this.#open.get(period.resourceId) === id) this.#open.delete(period.resourceId);
  }

  /** All that changes in one go is one transaction. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      if (this.#scheduled) this.#storeNext();
    });
  }

  #storeNext(): void {
    this.#scheduled = false;
    this.#writing = this.#writing
      .then(() => this.#store())
      .catch((error: unknown) => {
        // The portal warns of a full disk, and whoever wants to store more hears of it.
        if (!hasCode(error, "Store.QuotaExceeded")) reportBackground(error);
      });
  }

  async #store(): Promise<void> {
    const ids = [...this.#dirty];
    const at = this.#clock.now();
    const puts = ids.flatMap((id) => {
      const period = this.#periods.get(id);
      return period === undefined ? [] : this.#records.put(usagePeriodRecord, id, period);
    });
    this.#dirty.clear();
    try {
      await this.#records.commit([...puts, this.#records.put(lastSeenRecord, LAST_SEEN, { at })]);
      this.#lastSeen = at;
    } catch (error) {
      for (const id of ids) this.#dirty.add(id);
      throw error;
    }
  }
}

const idOf = ({ resourceId, startedAt }: Pick<UsagePeriod, "resourceId" | "startedAt">) => `${resourceId} ${startedAt}`;

const byEnd = ([, a]: readonly [string, UsagePeriod], [, b]: readonly [string, UsagePeriod]) =>
  (a.endedAt ?? 0) - (b.endedAt ?? 0);
