import { CloudError } from "../../base/errors.ts";
import type { View } from "../scope.ts";
import {
  BILLED_SERVICES,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageQuery,
  type UsageRow,
  type UsageUnit,
} from "./billing-info.ts";
import type { Usage } from "./periods.ts";

/** A query, with what it says by default. */
export interface CheckedQuery {
  readonly from: number;
  readonly to: number;
  readonly groupBy: readonly UsageDimension[];
  readonly service: string | undefined;
  readonly resourceId: string | undefined;
}

const DEFAULT_GROUPS: readonly UsageDimension[] = ["service", "usageType", "resourceId"];

/** Throws `InvalidParameterValue`. */
export function checkQuery(query: UsageQuery, now: number): CheckedQuery {
  const { groupBy = DEFAULT_GROUPS, service, resourceId } = query;
  const today = new Date(now);
  const month = Date.UTC(today.getUTCFullYear(), today.getUTCMonth());
  const from = query.from?.getTime() ?? month;
  const to = query.to?.getTime() ?? Number.POSITIVE_INFINITY;
  if (!Number.isFinite(from) || Number.isNaN(to) || to < from) {
    throw invalid("Usage is asked for from one time to a later one: `from` and `to` are dates.", {});
  }
  const unknown = groupBy.find((name) => !USAGE_DIMENSIONS.includes(name));
  if (unknown !== undefined) {
    throw invalid(`Usage has no dimension '${unknown}'. It has: ${USAGE_DIMENSIONS.join(", ")}.`, { groupBy: unknown });
  }
  if (service !== undefined && !BILLED_SERVICES.includes(service)) {
    throw invalid(`There is no service '${service}'. There are: ${BILLED_SERVICES.join(", ")}.`, { service });
  }
  return { from, to, groupBy, service, resourceId };
}

interface Sum {
  readonly of: Usage;
  units: Set<UsageUnit>;
  amount: number;
  instanceSeconds: number;
  cost: number;
}

/** Sums usage up, in the order of what it is grouped by. */
export function sumUp(usage: Iterable<Usage>, query: CheckedQuery, view: View): UsageRow[] {
  const { groupBy, service, resourceId } = query;
  const sums = new Map<string, Sum>();
  for (const one of usage) {
    if (service !== undefined && one.service !== service) continue;
    if (resourceId !== undefined && one.resourceId !== resourceId) continue;
    if (!view.sees(one)) continue;
    const key = groupBy.map((dimension) => textOf(one, dimension)).join("\n");
    const sum = sums.get(key) ?? { of: one, units: new Set(), amount: 0, instanceSeconds: 0, cost: 0 };
    sums.set(key, sum);
    sum.units.add(one.unit);
    sum.amount += one.amount;
    sum.instanceSeconds += one.instanceSeconds;
    sum.cost += one.cost;
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => rowOf(sum, groupBy));
}

function rowOf({ of, units, amount, instanceSeconds, cost }: Sum, groupBy: readonly UsageDimension[]): UsageRow {
  const by = (dimension: UsageDimension) => (groupBy.includes(dimension) ? textOf(of, dimension) : null);
  const [unit, ...others] = units;
  const isOne = unit !== undefined && others.length === 0;
  return {
    day: by("day"),
    accountId: by("accountId"),
    region: by("region"),
    service: groupBy.includes("service") ? of.service : null,
    usageType: by("usageType"),
    resourceId: by("resourceId"),
    name: groupBy.includes("resourceId") ? of.name : null,
    unit: isOne ? unit : null,
    amount: isOne ? amount : null,
    instanceSeconds,
    cost,
  };
}

const textOf = (usage: Usage, dimension: UsageDimension): string =>
  dimension === "accountId" ? usage.ownerId : usage[dimension];

const invalid = (message: string, details: Record<string, unknown>) =>
  new CloudError("InvalidParameterValue", message, details);
