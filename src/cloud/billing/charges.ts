import { GIB, performanceOf, type VolumeShape } from "../volumes/volume-types.ts";
import type { EstimateItem, PriceTable, UsageUnit } from "./billing-info.ts";
import { unitOf } from "./prices.ts";

/** What a resource costs as long as it is as it is: so much of each unit. */
export type Charge = EstimateItem;

const HOUR_MS = 3_600_000;
/** EBS prices a month by its days; one length for all months keeps a day's price the same. */
const MONTH_MS = 30 * 24 * HOUR_MS;

const lengthOf = (unit: UsageUnit): number => (unit === "Hrs" ? HOUR_MS : MONTH_MS);

/** How much of its unit a charge comes to in a time. */
export const amountOf = ({ amount, unit }: Charge, ms: number): number => (amount * ms) / lengthOf(unit);

const charge = ({ prices }: PriceTable, usageType: string, amount: number): Charge => ({
  usageType,
  unit: unitOf(usageType),
  amount,
  // A type that somebody adds without a price costs nothing rather than failing to be counted.
  price: prices[usageType] ?? 0,
});

export const instanceCharges = (table: PriceTable, typeName: string): Charge[] => [
  charge(table, `BoxUsage:${typeName}`, 1),
];

/** gp3 has 3000 IOPS and 125 MiB/s in its price, io1 and io2 pay for each I/O a second (EBS's pricing). */
export function volumeCharges(table: PriceTable, shape: VolumeShape): Charge[] {
  const { type, sizeBytes } = shape;
  const { iops, throughputMiBps } = performanceOf(shape);
  const storage = charge(table, `EBS:VolumeUsage.${type}`, sizeBytes / GIB);
  if (type === "io1" || type === "io2") return [storage, charge(table, `EBS:VolumeP-IOPS.${type}`, iops)];
  if (type !== "gp3") return [storage];
  const more = [
    charge(table, "EBS:VolumeP-IOPS.gp3", iops - 3000),
    charge(table, "EBS:VolumeP-Throughput.gp3", throughputMiBps - 125),
  ];
  return [storage, ...more.filter(({ amount }) => amount > 0)];
}

export const snapshotCharges = (table: PriceTable, storedBytes: number): Charge[] => [
  charge(table, "EBS:SnapshotUsage", storedBytes / GIB),
];

export const sameCharges = (a: readonly Charge[], b: readonly Charge[]): boolean =>
  a.length === b.length &&
  a.every(({ usageType, amount, price }, i) => {
    const other = b[i];
    return other?.usageType === usageType && other.amount === amount && other.price === price;
  });
