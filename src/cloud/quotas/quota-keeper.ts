import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import type { RecordStore } from "../../store/records.ts";
import type { Limits } from "../capacity.ts";
import { type Change, RecordTable } from "../record-table.ts";
import { ownedIn, type Scope } from "../scope.ts";
import { type QuotaRecord, type QuotaRequestRecord, quotaRecord, quotaRequestRecord } from "./quota-records.ts";
import { type CountedQuota, type QuotaCode, quotaOf } from "./quota-table.ts";

/** How much of each there is in an account and region. */
export type QuotaCounters = Readonly<Record<CountedQuota, (scope: Scope) => number>>;

/** The quotas of all accounts: what they are, and who may not go beyond them. */
export class QuotaKeeper {
  readonly requests: RecordTable<QuotaRequestRecord>;
  readonly #values: RecordTable<QuotaRecord>;
  readonly #limits: Limits;
  readonly #counters: QuotaCounters;
  readonly #changed = new Emitter<void>();

  constructor(records: RecordStore, limits: Limits, counters: QuotaCounters) {
    this.requests = new RecordTable(records, quotaRequestRecord);
    this.#values = new RecordTable(records, quotaRecord);
    this.#limits = limits;
    this.#counters = counters;
    this.requests.onChange(() => this.#changed.fire());
    this.#values.onChange(() => this.#changed.fire());
  }

  /** Fires after a quota or a request has changed. What is used changes without it. */
  readonly onChange = this.#changed.event;

  async load(): Promise<void> {
    await Promise.all([this.requests.load(), this.#values.load()]);
  }

  defaultOf(code: QuotaCode): number {
    const { defaultValue } = quotaOf(code);
    return typeof defaultValue === "number" ? defaultValue : defaultValue(this.#limits);
  }

  limitOf(code: QuotaCode, scope: Scope): number {
    return this.#values.get(idOf(code, scope))?.value ?? this.defaultOf(code);
  }

  /** Null for what is of each resource. */
  usageOf(code: QuotaCode, scope: Scope): number | null {
    const count = (this.#counters as Partial<Record<QuotaCode, (scope: Scope) => number>>)[code];
    return count === undefined ? null : count(scope);
  }

  /** Throws the quota's own error when there is no room for `more` (F69, F71). Nothing more is always allowed. */
  check(code: CountedQuota, scope: Scope, more: number): void {
    const usage = this.#counters[code](scope);
    const limit = this.limitOf(code, scope);
    if (more <= 0 || usage + more <= limit) return;
    throw this.#exceeded(code, scope, { limit, usage, requested: more });
  }

  /** As `check`, for what each resource has so many of. */
  checkEach(code: QuotaCode, scope: Scope, count: number): void {
    const limit = this.limitOf(code, scope);
    if (count > limit) throw this.#exceeded(code, scope, { limit, requested: count });
  }

  setValue(code: QuotaCode, scope: Scope, value: number): Change {
    return this.#values.put(idOf(code, scope), { ...ownedIn(scope), code, value });
  }

  #exceeded(code: QuotaCode, { region }: Scope, facts: { limit: number } & Record<string, number>): CloudError {
    const { error, text } = quotaOf(code);
    return new CloudError(error, text(facts.limit, region), { quota: code, ...facts });
  }
}

const idOf = (code: QuotaCode, { accountId, region }: Scope) => `${accountId} ${region} ${code}`;
