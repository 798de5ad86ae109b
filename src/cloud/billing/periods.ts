import type { BilledService, UsageUnit } from "./billing-info.ts";
import { amountOf } from "./charges.ts";
import type { UsageDay, UsagePeriod } from "./usage-records.ts";

export const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

/** EC2 is billed by the second, one minute at least from each start (F66). */
export const LEAST_MS = 60_000;

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
export const startOfDay = (ms: number): number => ms - (((ms % DAY_MS) + DAY_MS) % DAY_MS);

/** Until when a period is paid for: instances for whole seconds, and for a minute at least. */
export function paidUntil({ service, startedAt, endedAt, leastMs }: UsagePeriod, now: number): number {
  const ms = Math.max(0, (endedAt ?? now) - startedAt);
  if (service !== "instance") return startedAt + ms;
  return startedAt + Math.max(leastMs, Math.ceil(ms / SECOND_MS) * SECOND_MS);
}

/** Where a period can be cut in two that come to the same: after whole seconds. */
export function cut(period: UsagePeriod, at: number): { at: number; leastMs: number } {
  const ms = Math.max(0, at - period.startedAt);
  const whole = period.service === "instance" ? Math.floor(ms / SECOND_MS) * SECOND_MS : ms;
  return { at: period.startedAt + whole, leastMs: Math.max(0, period.leastMs - whole) };
}

/** What one charge came to within a time. */
export interface Usage {
  readonly ownerId: string;
  readonly region: string;
  readonly service: BilledService;
  readonly usageType: string;
  /** Empty: of several. */
  readonly resourceId: string;
  readonly name: string;
  readonly unit: UsageUnit;
  readonly day: string;
  readonly amount: number;
  readonly instanceSeconds: number;
  readonly cost: number;
}

/** What a period comes to in [from, to); by day, or all at once with the day on which that begins. */
export function* usageOf(
  period: UsagePeriod,
  { from, to, now, byDay }: { from: number; to: number; now: number; byDay: boolean },
): Generator<Usage> {
  const end = Math.min(to, paidUntil(period, now));
  for (let start = Math.max(from, period.startedAt); start < end; ) {
    const next = byDay ? Math.min(end, startOfDay(start) + DAY_MS) : end;
    for (const charge of period.charges) {
      const amount = amountOf(charge, next - start);
      const { ownerId, region, service, resourceId, name } = period;
      const instanceSeconds = service === "instance" ? (next - start) / SECOND_MS : 0;
      const { usageType, unit } = charge;
      const cost = amount * charge.price;
      const day = dayOf(start);
      yield { ownerId, region, service, usageType, resourceId, name, unit, day, amount, instanceSeconds, cost };
    }
    start = next;
  }
}

/** A day's sums with more usage of that day in them. */
export function addToDay(day: UsageDay | undefined, usage: readonly Usage[]): UsageDay {
  const sums = new Map((day?.sums ?? []).map((sum) => [keyOf(sum), sum] as const));
  for (const { ownerId, region, service, usageType, unit, amount, instanceSeconds, cost } of usage) {
    const before = sums.get(keyOf({ ownerId, region, usageType }));
    sums.set(keyOf({ ownerId, region, usageType }), {
      ownerId,
      region,
      service,
      usageType,
      unit,
      amount: amount + (before?.amount ?? 0),
      instanceSeconds: instanceSeconds + (before?.instanceSeconds ?? 0),
      cost: cost + (before?.cost ?? 0),
    });
  }
  return { sums: [...sums.values()] };
}

const keyOf = ({ ownerId, region, usageType }: Pick<Usage, "ownerId" | "region" | "usageType">) =>
  `${ownerId} ${region} ${usageType}`;
