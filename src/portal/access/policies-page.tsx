import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Policy } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { textColumn } from "../resources/columns.tsx";
import { askedAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { DeniedAlert } from "./denied-alert.tsx";
import { PolicyEditor } from "./policy-editor.tsx";
import { Simulator } from "./simulator.tsx";

type Row = Policy & { readonly id: string };

const NOUN = ["policy", "policies"] as const;

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("name", "Policy name", labelOf, { isRowHeader: true }),
  textColumn("type", "Made by", ({ isAws }) => (isAws ? "AWS" : "this account")),
  textColumn("description", "Description", ({ description }) => description),
  textColumn("arn", "ARN", ({ arn }) => arn, { cell: ({ arn }) => <code>{arn}</code> }),
];

export default function PoliciesPage() {
  const { access } = usePortal().cloud;
  const policies = useLoaded(() => access.listPolicies(), [access.onChange]);
  return (
    <Page
      title="Policies"
      description="What users and groups may do, as IAM's JSON policies say it. They are attached on the page of users and groups."
      actions={
        <DialogButton primary text="Create policy" dialog={(close) => <PolicyEditor policy={null} onClose={close} />} />
      }
    >
      <SpaceBetween size="l">
        {policies.error !== null && <DeniedAlert error={policies.error} />}
        <ResourceTable
          items={(policies.value ?? []).map((policy): Row => ({ ...policy, id: policy.arn }))}
          columns={COLUMNS}
          noun={NOUN}
          selection="single"
          loading={policies.loading}
          initialSorting={{ column: "type", descending: true }}
          filterPlaceholder="Find a policy"
          nameOf={labelOf}
          actions={(selected) => <PolicyActions policies={selected} />}
        />
        <Simulator />
      </SpaceBetween>
    </Page>
  );
}

function PolicyActions({ policies }: { policies: readonly Row[] }) {
  const { access } = usePortal().cloud;
  const actions: readonly ResourceAction<Row>[] = [
    {
      text: policies[0]?.isAws ? "View…" : "Edit…",
      dialog: ([policy], close) => <PolicyEditor policy={policy} onClose={close} />,
    },
    askedAction({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      whyNot: ({ isAws }) => (isAws ? "AWS's policies stay" : null),
      consequence: "It cannot be undone. Whoever has the policy has to lose it first.",
      act: ({ arn }) => access.deletePolicy({ policyArn: arn }),
    }),
  ];
  return <ResourceActions noun={NOUN} items={policies} actions={actions} />;
}

function labelOf({ policyName }: Row): string {
  return policyName;
}
