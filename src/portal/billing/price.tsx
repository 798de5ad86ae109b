import Box from "@cloudscape-design/components/box";
import { useEffect, useState } from "react";
import type { Estimate, EstimateRequest } from "../../api/billing-types.ts";
import { formatMoney } from "../format/money.ts";
import { usePortal } from "../live/portal-context.ts";

/** Somebody who types a number need not be told the price of each digit. */
const PAUSE_MS = 200;

/** What something will cost, as it stands in a form (F68); nothing while that is no whole request. */
export function Price({ of }: { of: EstimateRequest | null }) {
  const { cloud } = usePortal();
  const [estimate, setEstimate] = useState<Estimate | null>(null);
  const asked = of === null ? "" : JSON.stringify(of);
  useEffect(() => {
    setEstimate((before) => (asked === "" ? null : before));
    if (asked === "") return;
    let gone = false;
    const timer = setTimeout(() => {
      cloud.billing.estimate(JSON.parse(asked) as EstimateRequest).then(
        (found) => !gone && setEstimate(found),
        // What is wrong with it is told when it is sent.
        () => !gone && setEstimate(null),
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [cloud, asked]);
  return (
    <Box variant="small">
      <span role="status">{estimate === null ? "" : describeEstimate(estimate)}</span>
    </Box>
  );
}

/** "$0.0104 an hour while running, $0.80 a month for disks. Play money: nobody is charged." */
export function describeEstimate({ currency, perHour, perMonth, items }: Estimate): string {
  const hasDisks = items.some(({ unit }) => unit !== "Hrs");
  const parts = [
    ...(perHour > 0 ? [`${formatMoney(perHour, currency)} an hour while running`] : []),
    ...(hasDisks ? [`${formatMoney(perMonth, currency)} a month for disks`] : []),
  ];
  return parts.length === 0 ? "" : `${parts.join(", ")}. Play money: nobody is charged.`;
}
