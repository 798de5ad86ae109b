import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";

/** A sentence that is good or bad news: its lines wrap as any text's, so that a list's number stands at the first one. */
export function Verdict({ good, children }: { good: boolean; children: ReactNode }) {
  return (
    <>
      <StatusIndicator type={good ? "success" : "error"} iconAriaLabel={good ? "Passes" : "Stops"} /> {children}
    </>
  );
}
