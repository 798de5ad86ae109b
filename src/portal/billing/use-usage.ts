import type { UsageQuery, UsageRow } from "../../api/billing-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoadedOften } from "../live/use-loaded.ts";

/** What runs costs more all the time; a page that is looked at shows it. */
const LOOK_EVERY_MS = 15_000;

interface SeenUsage {
  readonly byDay: readonly UsageRow[];
  readonly byResource: readonly UsageRow[];
}

/**
 * The usage of a time, live, or null until it is known; and how to look again at once. Throws what it cannot be had for: the
 * page says it, once.
 */
export function useUsage(range: Pick<UsageQuery, "from" | "to">): { usage: SeenUsage | null; look: () => void } {
  const { billing, access } = usePortal().cloud;
  const load = async (): Promise<SeenUsage> => {
    const [byDay, byResource] = await Promise.all([
      billing.usage({ ...range, groupBy: ["day", "service"] }),
      billing.usage({ ...range, groupBy: ["accountId", "region", "service", "usageType", "resourceId"] }),
    ]);
    return { byDay, byResource };
  };
  const { value, error, look } = useLoadedOften(load, [billing.onChange, access.onChange], LOOK_EVERY_MS, [
    range.from?.getTime(),
    range.to?.getTime(),
  ]);
  if (error !== null) throw error;
  return { usage: value, look };
}
