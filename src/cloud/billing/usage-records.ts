import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { BILLED_SERVICES, USAGE_UNITS } from "./billing-info.ts";

const amount = v.pipe(v.number(), v.minValue(0));

/** A time during which a resource cost the same. Its price is what it was at the beginning: later ones do not touch it. */
export const usagePeriodRecord = defineRecordKind({
  kind: "usage-period",
  version: 1,
  schema: v.object({
    ownerId: v.string(),
    region: v.string(),
    service: v.picklist(BILLED_SERVICES),
    resourceId: v.string(),
    /** The resource's tag `Name` at the beginning. */
    name: v.string(),
    charges: v.array(v.object({ usageType: v.string(), unit: v.picklist(USAGE_UNITS), amount, price: amount })),
    /** Epoch ms. */
    startedAt: v.number(),
    /** Null while it goes on. */
    endedAt: v.nullable(v.number()),
    /** So many ms are paid for at least. */
    leastMs: v.number(),
  }),
});
export type UsagePeriod = v.InferOutput<typeof usagePeriodRecord.schema>;

/** What is left of old periods, by day of UTC. */
export const usageDayRecord = defineRecordKind({
  kind: "usage-day",
  version: 1,
  schema: v.object({
    sums: v.array(
      v.object({
        ownerId: v.string(),
        region: v.string(),
        service: v.picklist(BILLED_SERVICES),
        usageType: v.string(),
        unit: v.picklist(USAGE_UNITS),
        amount,
        instanceSeconds: amount,
        cost: amount,
      }),
    ),
  }),
});
export type UsageDay = v.InferOutput<typeof usageDayRecord.schema>;

/** When the page was last known to be there: what ran then, and was never seen to end, ran until then. */
export const lastSeenRecord = defineRecordKind({
  kind: "billing-last-seen",
  version: 1,
  schema: v.object({ at: v.number() }),
});

export const pricesRecord = defineRecordKind({
  kind: "billing-prices",
  version: 1,
  schema: v.object({ prices: v.record(v.string(), amount) }),
});
