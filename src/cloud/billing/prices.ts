import { CloudError } from "../../base/errors.ts";
import type { PriceTable, UsageUnit } from "./billing-info.ts";
import table from "./prices.json" with { type: "json" };

/**
 * Play money: nobody is charged anything. The amounts are those of EC2's classes in us-east-1 that come nearest (t3.nano
 * to t3.large on Linux, EBS's volume types and snapshots), so that a bill has EC2's proportions.
 */
export const DEFAULT_PRICES: PriceTable = table;

const UNITS: readonly (readonly [prefix: string, unit: UsageUnit])[] = [
  ["BoxUsage:", "Hrs"],
  ["EBS:VolumeUsage.", "GB-Mo"],
  ["EBS:SnapshotUsage", "GB-Mo"],
  ["EBS:VolumeP-IOPS.", "IOPS-Mo"],
  ["EBS:VolumeP-Throughput.", "MiBps-Mo"],
];

export function unitOf(usageType: string): UsageUnit {
  const unit = UNITS.find(([prefix]) => usageType.startsWith(prefix))?.[1];
  if (unit === undefined) throw new TypeError(`"${usageType}" is no usage type`);
  return unit;
}

/** An expensive mistake is easier to see than to believe: more than this is a typing error. */
const MAX_PRICE = 1_000_000;

/** `table` with other prices in it. Throws `InvalidParameterValue` for what is no usage type, or no price. */
export function withPrices(table: PriceTable, changes: Readonly<Record<string, number>>): PriceTable {
  for (const [usageType, price] of Object.entries(changes)) {
    if (!Object.hasOwn(DEFAULT_PRICES.prices, usageType)) {
      const text = `There is no usage type '${usageType.slice(0, 64)}'. There are: ${Object.keys(DEFAULT_PRICES.prices).join(", ")}.`;
      throw new CloudError("InvalidParameterValue", text, { usageType: usageType.slice(0, 64) });
    }
    if (typeof price === "number" && price >= 0 && price <= MAX_PRICE) continue;
    const text = `The price of '${usageType}' is a number of 0 to ${MAX_PRICE}.`;
    throw new CloudError("InvalidParameterValue", text, { usageType, price });
  }
  return { ...table, prices: { ...table.prices, ...changes } };
}
