import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Quota, QuotaRequest, QuotaRequestState } from "../../api/quota-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn, timeColumn } from "../resources/columns.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { DecideRequest } from "./decide-request.tsx";

const NOUN = ["quota request", "quota requests"] as const;

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
  const nameOf = ({ code }: QuotaRequest) => quotas.find((quota) => quota.code === code)?.name ?? code;
  const actionOf = (text: string, action: "approve" | "deny"): ResourceAction<QuotaRequest> => ({
    text,
    whyNot: ({ state }) => (state === "pending" ? null : "It is decided already"),
    dialog: ([request], close) => (
      <DecideRequest request={request} name={nameOf(request)} action={action} onClose={close} />
    ),
  });
  return (
    <ResourceTable
      items={requests}
      columns={columns(nameOf)}
      noun={NOUN}
      selection="single"
      initialSorting={{ column: "created", descending: true }}
      filterPlaceholder="Find a request by its quota, state or user"
      nameOf={(request) => `${nameOf(request)}, ${request.desiredValue}`}
      // The root user decides.
      actions={(selected) =>
        isRoot && (
          <ResourceActions
            noun={NOUN}
            items={selected}
            actions={[actionOf("Approve…", "approve"), actionOf("Deny…", "deny")]}
          />
        )
      }
      empty="Nobody has asked for more."
    />
  );
}

function columns(nameOf: (request: QuotaRequest) => string): readonly ResourceColumn<QuotaRequest>[] {
  return [
    textColumn("quota", "Quota", nameOf, { isRowHeader: true }),
    textColumn("state", "State", ({ state }) => STATES[state][1], {
      cell: ({ state }) => <StatusIndicator type={STATES[state][0]}>{STATES[state][1]}</StatusIndicator>,
    }),
    numberColumn("desired", "Desired", ({ desiredValue }) => desiredValue),
    numberColumn("granted", "Granted", ({ grantedValue }) => grantedValue),
    textColumn("by", "Requested by", ({ requestedBy }) => requestedBy),
    textColumn("reason", "Reason", ({ reason }) => reason),
    textColumn("comment", "Comment", ({ comment }) => comment),
    timeColumn("created", "Requested", ({ createTime }) => createTime),
  ];
}
