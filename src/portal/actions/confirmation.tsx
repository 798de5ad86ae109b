import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Instance } from "../../api/types.ts";
import { ShowCommands } from "../command/show-commands.tsx";
import { callOf, instanceLabel } from "./perform.ts";
import type { InstanceAction } from "./rules.ts";

const CONSEQUENCES: Readonly<Record<InstanceAction, string>> = {
  start: "The machine boots from its disk.",
  stop: "Programs end as at a shutdown, and memory is lost. The disk is kept: start it again at any time.",
  reboot: "Programs end as at a shutdown, and Linux starts again. The disk is kept.",
  terminate: "The machine and its disk are deleted. This cannot be undone.",
};

const FORCED_STOP = "The power is cut at once. What programs have not saved yet is lost, as when a plug is pulled.";

interface ConfirmationProps {
  readonly action: InstanceAction;
  readonly title: string;
  readonly instances: readonly Instance[];
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}

/** Asks before an action, naming every instance it is about. */
export function Confirmation({ action, title, instances, onCancel, onConfirm }: ConfirmationProps) {
  const forced = action === "stop" && instances.every(({ state }) => state === "stopping");
  const what = instances.length === 1 ? "instance" : `${instances.length} instances`;
  return (
    <Modal
      visible
      header={`${title} ${what}?`}
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            <Button variant="primary" onClick={onConfirm}>
              {title}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <ul>
          {instances.map((instance) => (
            <li key={instance.id}>{instanceLabel(instance)}</li>
          ))}
        </ul>
        <Alert type={action === "terminate" || forced ? "warning" : "info"}>
          {forced ? FORCED_STOP : CONSEQUENCES[action]}
        </Alert>
        <ShowCommands calls={instances.map((instance) => callOf(action, instance))} />
      </SpaceBetween>
    </Modal>
  );
}
