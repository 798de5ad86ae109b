import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { type FormEvent, useState } from "react";
import type { SimulatedAccess } from "../../api/types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { SelectField, TextField } from "../resources/fields.tsx";
import { DeniedAlert } from "./denied-alert.tsx";

/** Says what a user's policies say of a call, and why, without making it. */
export function Simulator() {
  const { cloud } = usePortal();
  const { access } = cloud;
  const users = useLoaded(() => access.listUsers(), [access.onChange]);
  const [userName, setUser] = useState("");
  const [action, setAction] = useState("ec2:StopInstances");
  const [resources, setResources] = useState("");
  const [answers, setAnswers] = useState<readonly SimulatedAccess[] | null>(null);
  const [error, setError] = useState<CloudError | null>(null);
  const ask = async () => {
    setError(null);
    try {
      const ids = resources.split(/[\s,]+/).filter(Boolean);
      setAnswers(await access.simulatePrincipalPolicy({ userName, action: action.trim(), resources: ids }));
    } catch (thrown) {
      setAnswers(null);
      setError(toCloudError(thrown));
    }
  };
  return (
    <Container
      header={
        <Header variant="h2" description="What the policies of a user say of a call, and which one decides.">
          Simulator
        </Header>
      }
    >
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (userName !== "") void ask();
        }}
      >
        <SpaceBetween size="m">
          <SpaceBetween direction="horizontal" size="m" alignItems="end">
            <SelectField
              label="User"
              value={userName}
              options={(users.value ?? []).map((user) => ({ value: user.userName }))}
              placeholder="Choose a user"
              empty="There are no users."
              onChange={setUser}
            />
            <TextField label="Action" value={action} onChange={setAction} />
            <TextField label="Resources" value={resources} placeholder="i-…, vol-…" onChange={setResources} />
            <Button disabled={userName === ""}>Simulate</Button>
          </SpaceBetween>
          {error !== null && <DeniedAlert error={error} />}
          {answers !== null && <Answers answers={answers} />}
        </SpaceBetween>
      </form>
    </Container>
  );
}

const REASONS: Readonly<Record<SimulatedAccess["reason"], string>> = {
  root: "The root user may do everything",
  allowed: "Allowed",
  implicitDeny: "No policy allows it",
  explicitDeny: "A policy denies it",
};

function Answers({ answers }: { answers: readonly SimulatedAccess[] }) {
  return (
    <Table
      variant="embedded"
      items={answers}
      ariaLabels={{ tableLabel: "What the policies say" }}
      columnDefinitions={[
        { id: "action", header: "Action", cell: ({ action }) => action, isRowHeader: true },
        { id: "resource", header: "Resource", cell: ({ resource }) => <code>{resource}</code> },
        {
          id: "decision",
          header: "Decision",
          cell: ({ allowed, reason }) => (
            <StatusIndicator type={allowed ? "success" : "error"}>{REASONS[reason]}</StatusIndicator>
          ),
        },
        {
          id: "by",
          header: "By",
          cell: ({ by }) =>
            by === null ? "–" : `${by.policy} of ${by.attachedTo}, ${by.sid ?? `statement ${by.statement + 1}`}`,
        },
      ]}
    />
  );
}
