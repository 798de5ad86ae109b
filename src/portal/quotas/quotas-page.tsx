import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Quota } from "../../api/quota-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { numberColumn, textColumn } from "../resources/columns.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { RequestIncrease } from "./request-increase.tsx";
import { RequestsTable } from "./requests-table.tsx";

type Row = Quota & { readonly id: string };

const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("name", "Quota", ({ name }) => name, { isRowHeader: true }),
  numberColumn("value", "Value", ({ value }) => value, {
    cell: ({ value, unit, defaultValue }) =>
      `${NUMBERS.format(value)} ${unit}${value === defaultValue ? "" : `, raised from ${NUMBERS.format(defaultValue)}`}`,
  }),
  numberColumn("usage", "In use", ({ usage, value }) => (usage ?? 0) / value, {
    minWidth: 200,
    cell: (quota) => <Usage quota={quota} />,
  }),
  textColumn("adjustable", "Can be raised", ({ adjustable }) => (adjustable ? "yes" : "no"), {
    cell: ({ adjustable, most }) => (adjustable ? `Up to ${NUMBERS.format(most)}` : "No"),
  }),
];

/** What the account may have, how much of it there is, and requests for more (F69). */
export default function QuotasPage() {
  const { quotas, access, instances, volumes, snapshots } = usePortal().cloud;
  const seen = useLoaded(
    () => Promise.all([quotas.list(), quotas.requests()]),
    [quotas, access, instances, volumes, snapshots].map(({ onChange }) => onChange),
  );
  // The page's boundary says it, once.
  if (seen.error !== null) throw seen.error;
  if (seen.value === null) {
    return (
      <Page title="Quotas">
        <Loading text="Looking at the quotas…" />
      </Page>
    );
  }
  const [list, requests] = seen.value;
  const region = list[0]?.region ?? "";
  return (
    <Page title="Quotas" description={`What the account may have in ${region}, and how much of it there is.`}>
      <SpaceBetween size="l">
        <ResourceTable
          items={list.map((quota) => ({ ...quota, id: quota.code }))}
          columns={COLUMNS}
          noun={["quota", "quotas"]}
          selection="single"
          initialSorting={{ column: "usage", descending: true }}
          filterPlaceholder="Find a quota by its name"
          nameOf={({ name }) => name}
          actions={([quota]) => (
            <DialogButton
              text="Request increase"
              whyNot={
                quota === undefined ? "Select a quota first" : quota.adjustable ? null : "This quota cannot be raised"
              }
              dialog={(close) => quota && <RequestIncrease quota={quota} onClose={close} />}
            />
          )}
        />
        <RequestsTable requests={requests} quotas={list} />
      </SpaceBetween>
    </Page>
  );
}

const FULL = 100;

function Usage({ quota: { name, usage, value, unit } }: { quota: Quota }) {
  if (usage === null) return "Counted for each resource";
  const percent = value === 0 ? FULL : Math.min(FULL, (FULL * usage) / value);
  return (
    <ProgressBar
      value={percent}
      ariaLabel={`${name} in use`}
      additionalInfo={`${NUMBERS.format(usage)} of ${NUMBERS.format(value)} ${unit}`}
    />
  );
}
