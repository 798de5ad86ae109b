import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useEffect, useState } from "react";
import type { Quota, QuotaRequest } from "../../api/quota-types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { RequestIncrease } from "./request-increase.tsx";
import { RequestsTable } from "./requests-table.tsx";

type Row = Quota & { readonly id: string };

const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const COLUMNS: readonly ResourceColumn<Row>[] = [
  { id: "name", header: "Quota", text: ({ name }) => name, cell: ({ name }) => name, isRowHeader: true },
  {
    id: "value",
    header: "Value",
    order: ({ value }) => value,
    cell: ({ value, unit, defaultValue }) =>
      `${NUMBERS.format(value)} ${unit}${value === defaultValue ? "" : `, raised from ${NUMBERS.format(defaultValue)}`}`,
  },
  {
    id: "usage",
    header: "In use",
    minWidth: 200,
    order: ({ usage, value }) => (usage ?? 0) / value,
    cell: (quota) => <Usage quota={quota} />,
  },
  {
    id: "adjustable",
    header: "Can be raised",
    text: ({ adjustable }) => (adjustable ? "yes" : "no"),
    cell: ({ adjustable, most }) => (adjustable ? `Up to ${NUMBERS.format(most)}` : "No"),
  },
];

interface Seen {
  readonly quotas: readonly Quota[];
  readonly requests: readonly QuotaRequest[];
}

/** What the account may have, how much of it there is, and requests for more (F69). */
export default function QuotasPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.quotas.onChange);
  const [seen, setSeen] = useState<Seen | null>(null);
  const [error, setError] = useState<CloudError | null>(null);
  const [asking, setAsking] = useState<Quota | null>(null);
  const look = useCallback(() => {
    Promise.all([cloud.quotas.list(), cloud.quotas.requests()]).then(
      ([quotas, requests]) => setSeen({ quotas, requests }),
      (thrown) => setError(toCloudError(thrown)),
    );
  }, [cloud]);
  useEffect(() => {
    look();
    const { quotas, access, instances, volumes, snapshots } = cloud;
    const subscriptions = [quotas, access, instances, volumes, snapshots].map(({ onChange }) => onChange(look));
    return () => {
      for (const subscription of subscriptions) subscription.dispose();
    };
  }, [cloud, look]);

  // The page's boundary says it, once.
  if (error !== null) throw error;
  if (seen === null) {
    return (
      <Page title="Quotas">
        <Loading text="Looking at the quotas…" />
      </Page>
    );
  }
  const region = seen.quotas[0]?.region ?? "";
  return (
    <Page title="Quotas" description={`What the account may have in ${region}, and how much of it there is.`}>
      <SpaceBetween size="l">
        <ResourceTable
          items={seen.quotas.map((quota) => ({ ...quota, id: quota.code }))}
          columns={COLUMNS}
          noun={["quota", "quotas"]}
          selection="single"
          initialSorting={{ column: "usage", descending: true }}
          filterPlaceholder="Find a quota by its name"
          nameOf={({ name }) => name}
          actions={([quota]) => (
            <Button
              disabled={quota === undefined || !quota.adjustable}
              disabledReason={quota === undefined ? "Select a quota first" : "This quota cannot be raised"}
              onClick={() => setAsking(quota ?? null)}
            >
              Request increase
            </Button>
          )}
        />
        <RequestsTable requests={seen.requests} quotas={seen.quotas} />
      </SpaceBetween>
      {asking !== null && <RequestIncrease quota={asking} onClose={() => setAsking(null)} />}
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
