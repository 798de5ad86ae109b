import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Volume, VolumeState } from "../../api/volume-types.ts";

const STATES: Readonly<Record<VolumeState, { type: StatusIndicatorProps.Type; text: string }>> = {
  creating: { type: "in-progress", text: "Creating" },
  available: { type: "success", text: "Available" },
  "in-use": { type: "success", text: "In use" },
  deleting: { type: "in-progress", text: "Deleting" },
  error: { type: "error", text: "Error" },
};

const ATTACHMENTS = {
  attaching: "Attaching",
  attached: "",
  busy: "Busy: mounted in the guest",
  detaching: "Detaching",
};

/** A volume's state; while it is attached or detached, that. */
export function VolumeStateIndicator({ volume }: { volume: Volume }) {
  const moving = volume.attachment && ATTACHMENTS[volume.attachment.state];
  if (moving) return <StatusIndicator type="in-progress">{moving}</StatusIndicator>;
  const { type, text } = STATES[volume.state];
  return (
    <StatusIndicator type={type}>
      {text}
      {volume.stateReason && `: ${volume.stateReason.message}`}
    </StatusIndicator>
  );
}
