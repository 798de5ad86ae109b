import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { Quota, QuotaRequest, QuotaRequestState } from "../../api/quota-types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { DecideRequest } from "./decide-request.tsx";

const STATES: Readonly<Record<QuotaRequestState, readonly [StatusIndicatorProps.Type, string]>> = {
  pending: ["pending", "Pending"],
  approved: ["success", "Approved"],
  "partially-approved": ["success", "Partially approved"],
  denied: ["error", "Denied"],
};

/** Requests for more, and what the root user says to them. */
export function RequestsTable(props: { requests: readonly QuotaRequest[]; quotas: readonly Quota[] }) {
  const { requests, quotas } = props;
  const { cloud } = usePortal();
  useRerenderOn(cloud.access.onChange);
  const isRoot = cloud.access.identity.userName === null;
  const [deciding, setDeciding] = useState<{ request: QuotaRequest; action: "approve" | "deny" } | null>(null);
  const nameOf = ({ code }: QuotaRequest) => quotas.find((quota) => quota.code === code)?.name ?? code;
  return (
    <>
      <ResourceTable
        items={requests}
        columns={columns(nameOf)}
        noun={["quota request", "quota requests"]}
        selection="single"
        initialSorting={{ column: "created", descending: true }}
        filterPlaceholder="Find a request by its quota, state or user"
        nameOf={(request) => `${nameOf(request)}, ${request.desiredValue}`}
        actions={([request]) => (
          <ActionsMenu
            items={[
              { action: "approve", text: "Approve…", whyNot: whyNot(request, isRoot) },
              { action: "deny", text: "Deny…", whyNot: whyNot(request, isRoot) },
            ]}
            onAction={(action) => {
              if (request !== undefined) setDeciding({ request, action: action === "deny" ? "deny" : "approve" });
            }}
          />
        )}
        empty="Nobody has asked for more."
      />
      {deciding !== null && (
        <DecideRequest name={nameOf(deciding.request)} {...deciding} onClose={() => setDeciding(null)} />
      )}
    </>
  );
}

function whyNot(request: QuotaRequest | undefined, isRoot: boolean): string | null {
  if (!isRoot) return "The root user decides";
  if (request === undefined) return "Select a request first";
  return request.state === "pending" ? null : "It is decided already";
}

function columns(nameOf: (request: QuotaRequest) => string): readonly ResourceColumn<QuotaRequest>[] {
  return [
    { id: "quota", header: "Quota", text: nameOf, cell: nameOf, isRowHeader: true },
    {
      id: "state",
      header: "State",
      text: ({ state }) => STATES[state][1],
      cell: ({ state }) => <StatusIndicator type={STATES[state][0]}>{STATES[state][1]}</StatusIndicator>,
    },
    {
      id: "desired",
      header: "Desired",
      order: ({ desiredValue }) => desiredValue,
      cell: ({ desiredValue }) => desiredValue,
    },
    {
      id: "granted",
      header: "Granted",
      order: ({ grantedValue }) => grantedValue ?? 0,
      cell: ({ grantedValue }) => grantedValue ?? "–",
    },
    {
      id: "by",
      header: "Requested by",
      text: ({ requestedBy }) => requestedBy,
      cell: ({ requestedBy }) => requestedBy,
    },
    { id: "reason", header: "Reason", text: ({ reason }) => reason, cell: ({ reason }) => reason || "–" },
    { id: "comment", header: "Comment", text: ({ comment }) => comment, cell: ({ comment }) => comment || "–" },
    {
      id: "created",
      header: "Requested",
      order: ({ createTime }) => createTime.getTime(),
      cell: ({ createTime }) => formatShortDateTime(createTime),
    },
  ];
}
