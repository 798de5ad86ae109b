import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Policy } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { DeniedAlert } from "./denied-alert.tsx";
import { PolicyEditor } from "./policy-editor.tsx";
import { Simulator } from "./simulator.tsx";

type Row = Policy & { readonly id: string };

const COLUMNS: readonly ResourceColumn<Row>[] = [
  {
    id: "name",
    header: "Policy name",
    text: ({ policyName }) => policyName,
    cell: ({ policyName }) => policyName,
    isRowHeader: true,
  },
  {
    id: "type",
    header: "Made by",
    text: ({ isAws }) => (isAws ? "AWS" : "this account"),
    cell: ({ isAws }) => (isAws ? "AWS" : "this account"),
  },
  {
    id: "description",
    header: "Description",
    text: ({ description }) => description,
    cell: ({ description }) => description || "–",
  },
  { id: "arn", header: "ARN", text: ({ arn }) => arn, cell: ({ arn }) => <code>{arn}</code> },
];

type Open = { readonly what: "new" } | { readonly what: "edit" | "delete"; readonly policy: Policy } | null;

export default function PoliciesPage() {
  const { cloud } = usePortal();
  const { access } = cloud;
  const policies = useLoaded(() => access.listPolicies(), access.onChange);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <Page
      title="Policies"
      description="What users and groups may do, as IAM's JSON policies say it. They are attached on the page of users and groups."
      actions={
        <Button variant="primary" onClick={() => setOpen({ what: "new" })}>
          Create policy
        </Button>
      }
    >
      <SpaceBetween size="l">
        {policies.error !== null && <DeniedAlert error={policies.error} />}
        <ResourceTable
          items={(policies.value ?? []).map((policy) => ({ ...policy, id: policy.arn }))}
          columns={COLUMNS}
          noun={["policy", "policies"]}
          selection="single"
          loading={policies.value === null && policies.error === null}
          initialSorting={{ column: "type", descending: true }}
          filterPlaceholder="Find a policy"
          nameOf={({ policyName }) => policyName}
          actions={([policy]) => (
            <PolicyActions policy={policy} onAction={(what, of) => setOpen({ what, policy: of })} />
          )}
        />
        <Simulator />
      </SpaceBetween>
      {open?.what === "new" && <PolicyEditor policy={null} onClose={close} />}
      {open?.what === "edit" && <PolicyEditor policy={open.policy} onClose={close} />}
      {open?.what === "delete" && (
        <Question
          title={`Delete ${open.policy.policyName}?`}
          submit="Delete"
          consequence="It cannot be undone. Whoever has the policy has to lose it first."
          onSubmit={() => access.deletePolicy({ policyArn: open.policy.arn })}
          onClose={close}
        />
      )}
    </Page>
  );
}

type Action = "edit" | "delete";

function PolicyActions(props: { policy: Policy | undefined; onAction: (action: Action, policy: Policy) => void }) {
  const { policy, onAction } = props;
  const whyNot = policy === undefined ? "Select a policy first" : null;
  return (
    <ActionsMenu<Action>
      items={[
        { action: "edit", text: policy?.isAws ? "View…" : "Edit…", whyNot },
        { action: "delete", text: "Delete…", whyNot: policy?.isAws ? "AWS's policies stay" : whyNot },
      ]}
      onAction={(action) => policy && onAction(action, policy)}
    />
  );
}
