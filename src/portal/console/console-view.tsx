import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { Instance } from "../../api/types.ts";
import { ConsoleSession } from "./console-session.ts";
import { TerminalView } from "./terminal-view.tsx";
import type { OpenSession } from "./use-terminal.ts";

interface ConsoleViewProps {
  readonly instance: Instance;
  /** Laid over the terminal while there is no output to see. */
  readonly whileEmpty: ReactNode;
}

/** The serial console of an instance. */
export default function ConsoleView({ instance, whileEmpty }: ConsoleViewProps) {
  const [hasOutput, setHasOutput] = useState(() => instance.state !== "pending" && instance.console.history() !== "");
  const open = useCallback<OpenSession>(
    (terminal, onError) => new ConsoleSession(instance, terminal, { onOutput: () => setHasOutput(true), onError }),
    [instance],
  );
  // A new boot begins with nothing to see.
  const isPending = instance.state === "pending";
  useEffect(() => {
    if (isPending) setHasOutput(false);
  }, [isPending]);
  return (
    <TerminalView
      title="Console"
      label={`Console of ${instance.name || instance.id}`}
      open={open}
      canType={instance.state === "running"}
      overlay={hasOutput ? null : whileEmpty}
    />
  );
}
