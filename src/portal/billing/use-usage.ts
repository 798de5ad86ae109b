import { useCallback, useEffect, useState } from "react";
import type { UsageQuery, UsageRow } from "../../api/billing-types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { usePortal } from "../live/portal-context.ts";

/** What runs costs more all the time; a page that is looked at shows it. */
const LOOK_EVERY_MS = 15_000;

export interface SeenUsage {
  readonly byDay: readonly UsageRow[];
  readonly byResource: readonly UsageRow[];
}

/**
 * The usage of a time, live, or null until it is known; and how to look again at once. Throws what it cannot be had for: the
 * page says it, once.
 */
export function useUsage(range: Pick<UsageQuery, "from" | "to">): { usage: SeenUsage | null; look: () => void } {
  const { cloud } = usePortal();
  const [usage, setUsage] = useState<SeenUsage | null>(null);
  const [error, setError] = useState<CloudError | null>(null);
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
      (thrown) => setError(toCloudError(thrown)),
    );
  }, [cloud, from, to]);
  useEffect(() => {
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    const subscriptions = [cloud.billing, cloud.access].map(({ onChange }) => onChange(look));
    return () => {
      clearInterval(timer);
      for (const subscription of subscriptions) subscription.dispose();
    };
  }, [cloud, look]);
  if (error !== null) throw error;
  return { usage, look };
}
