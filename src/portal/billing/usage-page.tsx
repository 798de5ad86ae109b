import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import type { BilledService, UsageRow } from "../../api/billing-types.ts";
import { formatMoney } from "../format/money.ts";
import { formatDuration } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { numberColumn, textColumn } from "../resources/columns.tsx";
import { labelOf } from "../resources/label.ts";
import { InAll, LookAgain } from "../resources/overview.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { saveFile } from "../resources/save-file.ts";
import { useAbortOnClose } from "../resources/use-abort-on-close.ts";
import { useAction } from "../resources/use-action.ts";
import { ResourceLink } from "../routing/links.tsx";
import type { PageName } from "../routing/route.ts";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { PriceTableEditor } from "./price-table.tsx";
import { SERVICE_NAMES, SERVICES, UsageChart } from "./usage-chart.tsx";
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
        <LookAgain look={look}>
          <Button iconName="download" onClick={() => run("Could not save the usage", save)}>
            Download CSV
          </Button>
        </LookAgain>
      }
    >
      <SpaceBetween size="l">
        <UsageRange value={range} onChange={setRange} />
        {usage === null ? (
          <Loading text="Looking at the usage…" />
        ) : (
          <SpaceBetween size="l">
            <InAll
              columns={4}
              facts={{
                Cost: money(total(usage.byDay)),
                ...Object.fromEntries(
                  SERVICES.map((service) => [SERVICE_NAMES[service], money(total(usage.byDay, service))]),
                ),
              }}
            />
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
    textColumn("resource", "Resource", ({ resourceId, name }) => `${resourceId} ${name}`, {
      cell: (row) => <Resource row={row} />,
      isRowHeader: true,
    }),
    textColumn("type", "Usage type", ({ usageType }) => usageType ?? ""),
    textColumn("account", "Account", ({ accountId }) => accountId ?? ""),
    textColumn("region", "Region", ({ region }) => region ?? ""),
    numberColumn("amount", "Used", ({ amount }) => amount, { cell: amountText }),
    numberColumn("cost", "Cost", ({ cost }) => cost, { cell: ({ cost }) => money(cost) }),
  ];
}

const PAGE_OF: Partial<Readonly<Record<BilledService, PageName>>> = { volume: "volumes", instance: "instances" };

function Resource({ row: { service, resourceId, name } }: { row: Row }) {
  if (resourceId === "" || resourceId === null) return "More than 90 days ago";
  const label = labelOf({ id: resourceId, name: name ?? "" });
  const page = service === null ? undefined : PAGE_OF[service];
  if (page === undefined) return label;
  return (
    <ResourceLink page={page} id={resourceId}>
      {label}
    </ResourceLink>
  );
}

/** "2 min 0 s", or "0.0123 GB-Mo". */
function amountText({ unit, amount, instanceSeconds }: UsageRow): string {
  if (unit === "Hrs") return formatDuration(instanceSeconds * 1000);
  return amount === null ? "" : `${AMOUNTS.format(amount)} ${unit}`;
}

const total = (rows: readonly UsageRow[], service?: BilledService): number =>
  rows.filter((row) => service === undefined || row.service === service).reduce((sum, { cost }) => sum + cost, 0);
