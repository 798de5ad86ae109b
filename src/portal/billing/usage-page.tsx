import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import type { BilledService, UsageRow } from "../../api/billing-types.ts";
import { formatMoney } from "../format/money.ts";
import { formatDuration } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { saveFile } from "../resources/save-file.ts";
import { useAbortOnClose } from "../resources/use-abort-on-close.ts";
import { useAction } from "../resources/use-action.ts";
import { formatRoute } from "../routing/route.ts";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { PriceTableEditor } from "./price-table.tsx";
import { SERVICE_NAMES, UsageChart } from "./usage-chart.tsx";
import { type RangeValue, toQuery, UsageRange } from "./usage-range.tsx";
import { useUsage } from "./use-usage.ts";

const AMOUNTS = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

type Row = UsageRow & { readonly id: string };

/** What there is to pay, in play money. */
export default function UsagePage() {
  const { cloud } = usePortal();
  const run = useAction();
  const closed = useAbortOnClose();
  const [range, setRange] = useState<RangeValue>(null);
  const query = useMemo(() => toQuery(range, Date.now()), [range]);
  const { usage, look } = useUsage(query);
  const { currency } = cloud.billing.prices;
  const money = (amount: number) => formatMoney(amount, currency);
  const save = () =>
    saveFile(
      "usage.csv",
      async () => {
        const groupBy = ["day", "accountId", "region", "service", "usageType", "resourceId"] as const;
        return new Blob([await cloud.billing.exportCsv({ ...query, groupBy })], { type: "text/csv" }).stream();
      },
      closed.current.signal,
    );

  return (
    <Page
      title="Usage"
      description="What EC2 would charge for what was used here. It is play money: nobody is charged anything."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" onClick={look}>
            Look again
          </Button>
          <Button iconName="download" onClick={() => run("Could not save the usage", save)}>
            Download CSV
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        <UsageRange value={range} onChange={setRange} />
        {usage === null ? (
          <Loading text="Looking at the usage…" />
        ) : (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">In all</Header>}>
              <KeyValuePairs
                columns={4}
                items={[
                  { label: "Cost", value: money(total(usage.byDay)) },
                  ...Object.entries(SERVICE_NAMES).map(([service, label]) => ({
                    label,
                    value: money(total(usage.byDay, service as BilledService)),
                  })),
                ]}
              />
            </Container>
            <UsageChart rows={usage.byDay} currency={currency} />
            <ResourceTable
              items={usage.byResource.map((row) => ({
                ...row,
                id: `${row.resourceId} ${row.usageType} ${row.accountId} ${row.region}`,
              }))}
              columns={columns(money)}
              noun={["usage item", "usage items"]}
              initialSorting={{ column: "cost", descending: true }}
              filterPlaceholder="Find usage by its resource, type, account or region"
              nameOf={({ id }) => id}
              empty="Nothing was used in that time."
            />
          </SpaceBetween>
        )}
        <PriceTableEditor />
      </SpaceBetween>
    </Page>
  );
}

function columns(money: (amount: number) => string): readonly ResourceColumn<Row>[] {
  return [
    {
      id: "resource",
      header: "Resource",
      text: ({ resourceId, name }) => `${resourceId} ${name}`,
      cell: (row) => <Resource row={row} />,
      isRowHeader: true,
    },
    { id: "type", header: "Usage type", text: ({ usageType }) => usageType ?? "", cell: ({ usageType }) => usageType },
    { id: "account", header: "Account", text: ({ accountId }) => accountId ?? "", cell: ({ accountId }) => accountId },
    { id: "region", header: "Region", text: ({ region }) => region ?? "", cell: ({ region }) => region },
    { id: "amount", header: "Used", order: ({ amount }) => amount ?? 0, cell: amountText },
    { id: "cost", header: "Cost", order: ({ cost }) => cost, cell: ({ cost }) => money(cost) },
  ];
}

function Resource({ row: { service, resourceId, name } }: { row: Row }) {
  if (resourceId === "" || resourceId === null) return "More than 90 days ago";
  const label = name === "" ? resourceId : `${name} (${resourceId})`;
  if (service === "volume") return <Link href={formatRoute({ page: "volume", id: resourceId })}>{label}</Link>;
  if (service !== "instance") return label;
  return <Link href={formatRoute({ page: "instance", id: resourceId, tab: "console" })}>{label}</Link>;
}

/** "2 min 0 s", or "0.0123 GB-Mo". */
function amountText({ unit, amount, instanceSeconds }: UsageRow): string {
  if (unit === "Hrs") return formatDuration(instanceSeconds * 1000);
  return amount === null ? "" : `${AMOUNTS.format(amount)} ${unit}`;
}

const total = (rows: readonly UsageRow[], service?: BilledService): number =>
  rows.filter((row) => service === undefined || row.service === service).reduce((sum, { cost }) => sum + cost, 0);
