import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useCallback, useState } from "react";
import type { CloudError } from "../../base/errors.ts";
import { TerminalView } from "../console/terminal-view.tsx";
import type { OpenSession } from "../console/use-terminal.ts";
import { sentence } from "../format/text.ts";
import { adviceFor } from "../notifications/advice.ts";
import { type OpenShell, ShellSession, type ShellState } from "./shell-session.ts";

interface ShellViewProps {
  readonly title: string;
  readonly label: string;
  readonly open: OpenShell;
  /** What can be done about a failure. */
  readonly remedy?: (error: CloudError) => ReactNode;
}

/** A shell in a terminal; when it has ended it can be opened again. */
export default function ShellView(props: ShellViewProps) {
  const [attempt, setAttempt] = useState(0);
  return <OneShell key={attempt} {...props} onAgain={() => setAttempt(attempt + 1)} />;
}

function OneShell({ title, label, open, remedy, onAgain }: ShellViewProps & { readonly onAgain: () => void }) {
  const [state, setState] = useState<ShellState>({ kind: "opening" });
  const connect = useCallback<OpenSession>(
    (terminal, onError) => new ShellSession(terminal, open, { onState: setState, onError }),
    [open],
  );
  const again = <Button onClick={onAgain}>Connect again</Button>;
  return (
    <SpaceBetween size="s">
      {state.kind === "ended" && (
        <Alert type="info" action={again}>
          {state.why}
        </Alert>
      )}
      {state.kind === "failed" && (
        <Alert type="error" header={state.error.code} action={again}>
          <SpaceBetween size="s">
            <span>
              {sentence(state.error.message)} {adviceFor(state.error.code) ?? ""}
            </span>
            {remedy?.(state.error)}
          </SpaceBetween>
        </Alert>
      )}
      {state.kind !== "failed" && (
        <TerminalView
          title={title}
          label={label}
          open={connect}
          canType={state.kind === "open"}
          overlay={state.kind === "opening" ? "Connecting…" : null}
        />
      )}
    </SpaceBetween>
  );
}
