import type { Event } from "../base/event.ts";
import type { Estimate, EstimateRequest, PriceTable, UsageQuery, UsageRow } from "../cloud/billing/billing-info.ts";

export type {
  BilledService,
  Estimate,
  EstimateItem,
  EstimateRequest,
  PriceTable,
  UsageDimension,
  UsageQuery,
  UsageRow,
  UsageUnit,
} from "../cloud/billing/billing-info.ts";

/**
 * What there is to pay, as EC2 counts it (F65–F68) and in play money: nobody is charged anything. Instances by the second
 * while they run, a minute at least from each start; volumes from their creation to their deletion; snapshots by what each
 * holds beyond the one before it. A page that is killed is known to have lived until up to half a minute before; its
 * instances are not billed for longer. Usage is kept for 90 days as it was, then for 400 days by day and usage type.
 */
export interface Billing {
  /** What a unit costs now. Usage costs what it did when it began, or when prices were last set. */
  readonly prices: PriceTable;
  /** Fires after usage has begun or ended, or prices have changed. Usage that goes on grows without it. */
  readonly onChange: Event<void>;
  /** Some prices, by usage type; the others stay. Unknown usage types and negative prices: `InvalidParameterValue`. */
  setPrices(prices: Readonly<Record<string, number>>): Promise<void>;
  usage(query?: UsageQuery): Promise<UsageRow[]>;
  cost(query?: Omit<UsageQuery, "groupBy">): Promise<{ currency: string; cost: number }>;
  /** As `usage`, as a CSV file (RFC 4180) with a header. */
  exportCsv(query?: UsageQuery): Promise<string>;
  /** What it will cost as prices are now; rejects as doing it would. */
  estimate(request: EstimateRequest): Promise<Estimate>;
}
