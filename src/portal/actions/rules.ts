import type { Instance, InstanceState } from "../../api/types.ts";

export type InstanceAction = "start" | "stop" | "reboot" | "terminate";

export const INSTANCE_ACTIONS: readonly InstanceAction[] = ["start", "stop", "reboot", "terminate"];

/**
 * In which states an action is offered. It only decides what can be clicked: the cloud decides what is legal (F14–F18),
 * and its refusal is shown. A stop while stopping is offered as the forced one.
 */
const OFFERED: Readonly<Record<InstanceAction, readonly InstanceState[]>> = {
  start: ["stopped"],
  stop: ["running", "stopping"],
  reboot: ["running"],
  terminate: ["pending", "running", "stopping", "stopped"],
};

export function isOffered(action: InstanceAction, state: InstanceState): boolean {
  return OFFERED[action].includes(state);
}

/** Why an action cannot be clicked for this selection; null when it can. */
export function whyDisabled(
  action: InstanceAction,
  selection: readonly Pick<Instance, "state" | "rootDeviceType">[],
): string | null {
  if (selection.length === 0) return "Select an instance first";
  const lasting = selection.every(({ rootDeviceType }) => rootDeviceType === "ebs");
  if (action === "stop" && !lasting) return "Its root volume is an instance store: it can only be terminated";
  if (selection.every((instance) => isOffered(action, instance.state))) return null;
  const wanted = OFFERED[action].join(" or ");
  return selection.length === 1
    ? `The instance must be ${wanted}; it is ${selection[0]?.state}`
    : `Every selected instance must be ${wanted}`;
}

/** Which actions ask before they act: those that interrupt what runs in the guest, or that cannot be undone. */
export function needsConfirmation(action: InstanceAction): boolean {
  return action !== "start";
}
