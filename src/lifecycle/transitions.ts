import { CloudError } from "../base/errors.ts";
import type { InstanceState, RootDeviceType, ShutdownBehavior } from "./states.ts";

/** What a user asks of the volumes and network interfaces of a running instance (F40–F42, F47, F49, F50, F58). */
export const DEVICE_ACTIONS = [
  "attach-volume",
  "detach-volume",
  "resize-volume",
  "grow-file-system",
  "snapshot-volumes",
  "limit-volume",
  "attach-interface",
  "detach-interface",
] as const;
export type DeviceAction = (typeof DEVICE_ACTIONS)[number];

/** What a user asks of an instance. */
export const ACTIONS = ["start", "stop", "force-stop", "reboot", "terminate", ...DEVICE_ACTIONS] as const;
export type Action = (typeof ACTIONS)[number];

/** What happens to the machine by itself. */
export const MACHINE_EVENTS = [
  "came-up",
  "launch-failed",
  "start-failed",
  "guest-shutdown",
  "went-down",
  "failed",
] as const;
export type MachineEvent = (typeof MACHINE_EVENTS)[number];

type Outcome = InstanceState | "no-op" | "reject";

const onDevices = (outcome: Outcome) =>
  Object.fromEntries(DEVICE_ACTIONS.map((action) => [action, outcome])) as Record<DeviceAction, Outcome>;
/** A machine that is not there, or is on its way, has nothing to plug in: what is attached then is the cloud's record. */
const NO_DEVICE_WORK = onDevices("reject");

/**
 * EC2's states × actions (F14–F18). A state: the action is legal and leads there at once. "no-op": it succeeds and
 * changes nothing (Previous = Current). "reject": `IncorrectInstanceState`.
 */
const ACTION_TABLE: Record<InstanceState, Record<Action, Outcome>> = {
  pending: {
    start: "no-op",
    stop: "reject",
    "force-stop": "reject",
    reboot: "reject",
    terminate: "shutting-down",
    ...NO_DEVICE_WORK,
  },
  running: {
    start: "no-op",
    stop: "stopping",
    "force-stop": "stopping",
    reboot: "running",
    terminate: "shutting-down",
    ...onDevices("running"),
  },
  stopping: {
    start: "reject",
    stop: "no-op",
    "force-stop": "stopping",
    reboot: "reject",
    terminate: "shutting-down",
    ...NO_DEVICE_WORK,
  },
  stopped: {
    start: "pending",
    stop: "no-op",
    "force-stop": "no-op",
    reboot: "reject",
    terminate: "shutting-down",
    ...NO_DEVICE_WORK,
  },
  "shutting-down": {
    start: "reject",
    stop: "reject",
    "force-stop": "reject",
    reboot: "reject",
    terminate: "no-op",
    ...NO_DEVICE_WORK,
  },
  terminated: {
    start: "reject",
    stop: "reject",
    "force-stop": "reject",
    reboot: "reject",
    terminate: "no-op",
    ...NO_DEVICE_WORK,
  },
};

/**
 * Where the machine's own events lead. "no-op": the event comes too late to matter (a machine that goes down while
 * the instance is already stopped). A guest that powers itself off stops its instance, or terminates it (F21); a failure
 * keeps the disk and stops it (F08); a first launch that fails terminates it (F14); an instance on its way out keeps going
 * there.
 */
const EVENT_TABLE: Record<InstanceState, Record<MachineEvent, InstanceState | "no-op">> = {
  pending: {
    "came-up": "running",
    "launch-failed": "terminated",
    "start-failed": "stopped",
    "guest-shutdown": "stopping",
    "went-down": "stopped",
    failed: "stopped",
  },
  running: {
    "came-up": "no-op",
    "launch-failed": "no-op",
    "start-failed": "no-op",
    "guest-shutdown": "stopping",
    "went-down": "stopped",
    failed: "stopped",
  },
  stopping: {
    "came-up": "no-op",
    "launch-failed": "no-op",
    "start-failed": "no-op",
    "guest-shutdown": "no-op",
    "went-down": "stopped",
    failed: "stopped",
  },
  stopped: {
    "came-up": "no-op",
    "launch-failed": "no-op",
    "start-failed": "no-op",
    "guest-shutdown": "no-op",
    "went-down": "no-op",
    failed: "no-op",
  },
  "shutting-down": {
    "came-up": "no-op",
    "launch-failed": "no-op",
    "start-failed": "no-op",
    "guest-shutdown": "no-op",
    "went-down": "terminated",
    failed: "terminated",
  },
  terminated: {
    "came-up": "no-op",
    "launch-failed": "no-op",
    "start-failed": "no-op",
    "guest-shutdown": "no-op",
    "went-down": "no-op",
    failed: "no-op",
  },
};

/**
 * The state that `action` leads to from `state`, or `undefined` for a success that changes nothing. An instance whose root
 * is on an instance store cannot be stopped (F22): `UnsupportedOperation`.
 */
export function applyAction(
  instanceId: string,
  state: InstanceState,
  action: Action,
  root: RootDeviceType = "ebs",
): InstanceState | undefined {
  const outcome = ACTION_TABLE[state][action];
  if (outcome === "reject") throw incorrectState(instanceId, state, action);
  if (root === "instance-store" && (action === "stop" || action === "force-stop")) throw cannotStop(instanceId);
  return outcome === "no-op" ? undefined : outcome;
}

const INSTEAD_OF_STOPPING: Partial<Record<InstanceState, InstanceState>> = {
  stopping: "shutting-down",
  stopped: "terminated",
};

/**
 * The state that a machine's event leads to, or `undefined` when it changes nothing. What would stop an instance whose root
 * is on an instance store terminates it: there is nothing left to start from (F32). So does a guest that powers itself off
 * where that is its instance's behavior (F21).
 */
export function applyEvent(
  state: InstanceState,
  event: MachineEvent,
  root: RootDeviceType = "ebs",
  behavior: ShutdownBehavior = "stop",
): InstanceState | undefined {
  const outcome = EVENT_TABLE[state][event];
  if (outcome === "no-op") return undefined;
  const terminates = root === "instance-store" || (event === "guest-shutdown" && behavior === "terminate");
  return (terminates ? INSTEAD_OF_STOPPING[outcome] : undefined) ?? outcome;
}

/** EC2's text. */
function cannotStop(instanceId: string): CloudError {
  const text = `The instance '${instanceId}' does not have an 'ebs' root device type and cannot be stopped.`;
  return new CloudError("UnsupportedOperation", text, { instanceId });
}

const CONDITIONS: Record<Action, string> = {
  start: "from which it can be started",
  stop: "from which it can be stopped",
  "force-stop": "from which it can be stopped",
  reboot: "from which it can be rebooted",
  terminate: "from which it can be terminated",
  "attach-volume": "in which its machine takes a volume",
  "detach-volume": "in which its machine gives up a volume",
  "resize-volume": "in which its machine resizes a volume",
  "grow-file-system": "in which its guest can grow a file system",
  "snapshot-volumes": "in which its machine takes snapshots",
  "limit-volume": "in which its machine limits a volume",
  "attach-interface": "in which its machine takes a network interface",
  "detach-interface": "in which its machine gives up a network interface",
};

function incorrectState(instanceId: string, state: InstanceState, action: Action): CloudError {
  return new CloudError(
    "IncorrectInstanceState",
    `The instance '${instanceId}' is not in a state ${CONDITIONS[action]}. It is ${state}.`,
    { instanceId, state, action },
  );
}
