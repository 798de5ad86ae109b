import { useCallback, useEffect, useState } from "react";
import type { UsageQuery, UsageRow } from "../../api/billing-types.ts";
import { usePortal } from "../live/portal-context.ts";

/** What runs costs more all the time; a page that is looked at shows it. */
const LOOK_EVERY_MS = 15_000;

export interface SeenUsage {
  readonly byDay: readonly UsageRow[];
  readonly byResource: readonly UsageRow[];
}

/** The usage of a time, live, or null until it is known; and how to look again at once. */
export function useUsage(range: Pick<UsageQuery, "from" | "to">): { usage: SeenUsage | null; look: () => void } {
  const { cloud, notifications } = usePortal();
  const [usage, setUsage] = useState<SeenUsage | null>(null);
  const from = range.from?.getTime();
  const to = range.to?.getTime();
  const look = useCallback(() => {
    const time = {
      ...(from !== undefined && { from: new Date(from) }),
      ...(to !== undefined && { to: new Date(to) }),
    };
    Promise.all([
      cloud.billing.usage({ ...time, groupBy: ["day", "service"] }),
      cloud.billing.usage({ ...time, groupBy: ["accountId", "region", "service", "usageType", "resourceId"] }),
    ]).then(
      ([byDay, byResource]) => setUsage({ byDay, byResource }),
      (thrown) => notifications.showError("Could not look at the usage", thrown),
    );
  }, [cloud, notifications, from, to]);
  useEffect(() => {
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    const subscription = cloud.billing.onChange(look);
    return () => {
      clearInterval(timer);
      subscription.dispose();
    };
  }, [cloud, look]);
  return { usage, look };
}
