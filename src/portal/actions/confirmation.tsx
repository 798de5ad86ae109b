import Alert from "@cloudscape-design/components/alert";
import type { Instance } from "../../api/types.ts";
import { Dialog } from "../resources/dialog.tsx";
import { labelOf } from "../resources/label.ts";
import { callOf } from "./perform.ts";
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
  readonly onClose: () => void;
  /** What becomes of it shows in the page. */
  readonly onConfirm: () => void;
}

/** Asks before an action, naming every instance it is about. */
export function Confirmation({ action, title, instances, onClose, onConfirm }: ConfirmationProps) {
  const forced = action === "stop" && instances.every(({ state }) => state === "stopping");
  const what = instances.length === 1 ? "instance" : `${instances.length} instances`;
  return (
    <Dialog
      title={`${title} ${what}?`}
      submit={title}
      onSubmit={async () => onConfirm()}
      onClose={onClose}
      calls={instances.map((instance) => callOf(action, instance))}
    >
      <ul>
        {instances.map((instance) => (
          <li key={instance.id}>{labelOf(instance)}</li>
        ))}
      </ul>
      <Alert type={action === "terminate" || forced ? "warning" : "info"}>
        {forced ? FORCED_STOP : CONSEQUENCES[action]}
      </Alert>
    </Dialog>
  );
}
