import type { LaunchRequest } from "../launch-request.ts";
import type { VolumeType } from "../volumes/volume-types.ts";

/** What is paid for. An image's storage is that of its snapshots (F36). */
export const BILLED_SERVICES = ["instance", "volume", "snapshot"] as const;
export type BilledService = (typeof BILLED_SERVICES)[number];

/** Hours of running; GiB, provisioned IOPS and provisioned MiB/s, each for a month of 30 days. */
export const USAGE_UNITS = ["Hrs", "GB-Mo", "IOPS-Mo", "MiBps-Mo"] as const;
export type UsageUnit = (typeof USAGE_UNITS)[number];

/** What usage can be summed up by. A day is one of UTC, "2026-11-21". */
export const USAGE_DIMENSIONS = ["day", "accountId", "region", "service", "usageType", "resourceId"] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

export interface UsageQuery {
  /** The beginning of this month (UTC) by default. */
  readonly from?: Date;
  /** Exclusive; by default all that is to be paid so far, with the minutes that have begun. */
  readonly to?: Date;
  /** Service, usage type and resource by default; none gives one row of everything. */
  readonly groupBy?: readonly UsageDimension[];
  readonly service?: BilledService;
  readonly resourceId?: string;
}

/** One sum. A dimension that the query does not group by is null. */
export interface UsageRow {
  readonly day: string | null;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly service: BilledService | null;
  /** As in EC2's bills: "BoxUsage:v1.micro", "EBS:VolumeUsage.gp3", "EBS:SnapshotUsage". */
  readonly usageType: string | null;
  /** Empty for usage so old that it is kept in daily sums, without resources. */
  readonly resourceId: string | null;
  /** The resource's `Name` at the time; null unless by resource. */
  readonly name: string | null;
  /** Null where the sum is of several units. */
  readonly unit: UsageUnit | null;
  readonly amount: number | null;
  /** Seconds of running instances that are paid for; 0 for disks. */
  readonly instanceSeconds: number;
  /** In the currency of the prices. */
  readonly cost: number;
}

/** By usage type: for an hour of an instance, and for a month of a GiB, of a provisioned I/O a second, of a MiB/s. */
export interface PriceTable {
  readonly currency: string;
  readonly prices: Readonly<Record<string, number>>;
}

/** What shall be priced: a launch, an instance type that runs, or a volume. */
export type EstimateRequest =
  | { readonly launch: LaunchRequest }
  | { readonly instanceType: string }
  | {
      readonly volume: {
        readonly sizeGiB: number;
        /** "gp2" by default, as in `volumes.create`. */
        readonly type?: VolumeType;
        readonly iops?: number;
        readonly throughputMiBps?: number;
      };
    };

export interface EstimateItem {
  readonly usageType: string;
  readonly unit: UsageUnit;
  readonly amount: number;
  /** Of one unit. */
  readonly price: number;
}

export interface Estimate {
  readonly currency: string;
  /** While its instances run. */
  readonly perHour: number;
  /** For its disks, whether instances run or not. A month has 30 days. */
  readonly perMonth: number;
  readonly items: readonly EstimateItem[];
}
