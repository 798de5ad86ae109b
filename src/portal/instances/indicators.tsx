import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Instance, InstanceState, InstanceStatus } from "../../api/types.ts";
import { describeBoot } from "../instance/boot.ts";

const STATES: Readonly<Record<InstanceState, { type: StatusIndicatorProps.Type; text: string }>> = {
  pending: { type: "in-progress", text: "Pending" },
  running: { type: "success", text: "Running" },
  stopping: { type: "in-progress", text: "Stopping" },
  stopped: { type: "stopped", text: "Stopped" },
  "shutting-down": { type: "in-progress", text: "Shutting down" },
  terminated: { type: "stopped", text: "Terminated" },
};

const CHECKS: Readonly<Record<InstanceStatus["state"], { type: StatusIndicatorProps.Type; text: string } | null>> = {
  "not-applicable": null,
  initializing: { type: "in-progress", text: "Initializing" },
  ok: { type: "success", text: "Passed" },
  impaired: { type: "error", text: "Impaired" },
  "insufficient-data": { type: "warning", text: "Insufficient data" },
};

export function StateIndicator({ state }: { state: InstanceState }) {
  const { type, text } = STATES[state];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}

/** The status check; while the instance boots, how far it is. */
export function StatusCheck({ instance }: { instance: Instance }) {
  const progress = describeBoot(instance);
  if (progress !== null) return <StatusIndicator type="in-progress">{progress}</StatusIndicator>;
  const check = CHECKS[instance.status.state];
  return check === null ? "–" : <StatusIndicator type={check.type}>{check.text}</StatusIndicator>;
}
