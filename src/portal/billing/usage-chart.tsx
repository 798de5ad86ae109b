import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { BilledService, UsageRow } from "../../api/billing-types.ts";
import { formatMoney } from "../format/money.ts";

export const SERVICE_NAMES: Readonly<Record<BilledService, string>> = {
  instance: "Instances",
  volume: "Volumes",
  snapshot: "Snapshots",
};
export const SERVICES = Object.keys(SERVICE_NAMES) as BilledService[];
const HEIGHT = 240;

/** What each day cost, by what it was for. */
export function UsageChart({ rows, currency }: { rows: readonly UsageRow[]; currency: string }) {
  const days = [...new Set(rows.map(({ day }) => day ?? ""))].sort();
  const series = SERVICES.map((service) => ({
    type: "bar" as const,
    title: SERVICE_NAMES[service],
    data: days.map((day) => ({ x: day, y: costOf(rows, day, service) })),
    valueFormatter: (value: number) => formatMoney(value, currency),
  }));
  return (
    <Container header={<Header variant="h2">Cost by day</Header>}>
      <BarChart
        series={series}
        stackedBars
        height={HEIGHT}
        hideFilter
        xScaleType="categorical"
        xDomain={days}
        xTitle="Day (UTC)"
        yTitle={currency}
        ariaLabel="Cost by day"
        i18nStrings={{
          yTickFormatter: (value) => formatMoney(value, currency),
          detailPopoverDismissAriaLabel: "Close",
        }}
        empty={<Box textAlign="center">There was nothing to pay for.</Box>}
      />
    </Container>
  );
}

const costOf = (rows: readonly UsageRow[], day: string, service: BilledService): number =>
  rows.filter((row) => row.day === day && row.service === service).reduce((sum, { cost }) => sum + cost, 0);
