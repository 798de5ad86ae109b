import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { NetworkFinding } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { textColumn } from "../resources/columns.tsx";
import { Question } from "../resources/question.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { revokeCall } from "../security-groups/rule-calls.ts";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { adviceWords, findingWords, severityOf } from "./findings.ts";
import { Sentence } from "./sentence.tsx";
import { plain } from "./words.ts";

type Row = NetworkFinding & { readonly id: string };

const NOUN = ["finding", "findings"] as const;

const INDICATORS: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  High: "error",
  Medium: "warning",
  Low: "info",
};

/** What is worth a look in the security groups (F57), live. */
export default function ReviewPage() {
  const { cloud } = usePortal();
  const { network } = cloud;
  const { value, error } = useLoaded(() => network.review(), [network.onChange]);
  // The page's boundary says it.
  if (error !== null) throw error;
  const columns: readonly ResourceColumn<Row>[] = [
    textColumn("severity", "Severity", severityOf, {
      order: (row) => ["High", "Medium", "Low"].indexOf(severityOf(row)),
      cell: (row) => <StatusIndicator type={INDICATORS[severityOf(row)] ?? "info"}>{severityOf(row)}</StatusIndicator>,
    }),
    textColumn("finding", "Finding", (row) => plain(findingWords(cloud, row)), {
      isRowHeader: true,
      cell: (row) => <Sentence words={findingWords(cloud, row)} />,
    }),
    textColumn("advice", "What to do", (row) => plain(adviceWords(cloud, row)), {
      cell: (row) => <Sentence words={adviceWords(cloud, row)} />,
    }),
  ];
  return (
    <Page
      title="Security review"
      description="Rules that let everybody in, groups that nobody has, and rules that name what is not there."
    >
      {value === null ? (
        <Loading text="Looking at the security groups…" />
      ) : (
        <ResourceTable
          items={value.map((finding) => ({ ...finding, id: idOf(finding) }))}
          columns={columns}
          noun={NOUN}
          selection="single"
          initialSorting={{ column: "severity", descending: false }}
          filterPlaceholder="Find by severity, group, port"
          nameOf={(row) => plain(findingWords(cloud, row))}
          actions={(selected) => <ResourceActions noun={NOUN} items={selected} actions={actionsOf(cloud)} />}
          empty="Nothing to complain of: no rule lets everybody in, and every group and reference is in use."
        />
      )}
    </Page>
  );
}

const idOf = (finding: NetworkFinding): string =>
  finding.kind === "unused-group" ? finding.groupId : `${finding.kind} ${finding.ruleId}`;

const actionsOf = ({ securityGroups }: Cloud): readonly ResourceAction<Row>[] => [
  {
    text: "Revoke the rule…",
    whyNot: ({ kind }) => (kind === "unused-group" ? "It is about a group, not a rule" : null),
    dialog: ([row], close) => row.kind !== "unused-group" && <RevokeRule finding={row} onClose={close} />,
  },
  {
    text: "Delete the group…",
    whyNot: ({ kind }) => (kind === "unused-group" ? null : "It is about a rule of a group"),
    dialog: ([{ groupId }], close) => (
      <Question
        title={`Delete ${groupId}?`}
        submit="Delete"
        consequence="It cannot be undone. No interface has the group, and no rule names it."
        onSubmit={() => securityGroups.delete(groupId)}
        calls={[{ member: "securityGroups.delete", args: [groupId] }]}
        onClose={close}
      />
    ),
  },
];

type OfRule = Exclude<NetworkFinding, { readonly kind: "unused-group" }>;

function RevokeRule({ finding, onClose }: { finding: OfRule; onClose: () => void }) {
  const { securityGroups } = usePortal().cloud;
  const { groupId, ruleId } = finding;
  const group = securityGroups.list().find(({ id }) => id === groupId);
  const direction = group?.rules.find(({ id }) => id === ruleId)?.egress ? "egress" : "ingress";
  return (
    <Question
      title={`Revoke ${ruleId} of ${group?.name ?? groupId}?`}
      submit="Revoke"
      consequence={
        finding.kind === "open-to-world" && finding.interfaceIds.length > 0
          ? "What only this rule lets in is dropped at once, by all members of the group: whoever works by it is cut off."
          : "Nobody is let in by it now: nothing changes for anyone."
      }
      onSubmit={() => securityGroups.revoke(groupId, [ruleId])}
      calls={[revokeCall(groupId, direction, [ruleId])]}
      onClose={onClose}
    />
  );
}
