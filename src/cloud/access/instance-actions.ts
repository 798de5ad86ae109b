import type { LaunchRequest } from "../launch-request.ts";
import { accountView } from "../scope.ts";
import type { CONSOLE_PLAN, INSTANCE_PLAN } from "../tabs/plan.ts";
import { launchTouches } from "./launch-touches.ts";
import {
  type CallsOf,
  changing,
  type MemberAction,
  type MemberCall,
  requestOf,
  settingTags,
  textAt,
} from "./member-action.ts";

const itself = ({ id, lookup }: MemberCall) => [lookup.instance(id)];
const onIt = (action: string): MemberAction => ({ action, touches: itself, parameters: withId });
const withId = (call: MemberCall) => ({ instanceId: call.id, ...requestOf(call) });
const waiting: MemberAction = {
  action: "DescribeInstances",
  readOnly: true,
  parameters: ({ id }) => ({ instanceId: id }),
};

/** What is typed into a machine and comes out of it is nobody else's business: the log does not have it. */
const onlyId = ({ id }: MemberCall) => ({ instanceId: id });
const onlyPath = (call: MemberCall) => ({ instanceId: call.id, path: textAt(call, 0) });

const onlyPort = (call: MemberCall) => ({ instanceId: call.id, port: requestOf<{ port: number }>(call).port });

/** By EC2's names, where it has one. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  type: "InstanceType",
  kernelImage: "Kernel",
  commandLine: "CommandLine",
};

const attributesOf = (request: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(request).map(([name, value]) => [
      ATTRIBUTES[name] ?? name.charAt(0).toUpperCase() + name.slice(1),
      value,
    ]),
  );

export const INSTANCE_ACTIONS: CallsOf<typeof INSTANCE_PLAN> = {
  waitUntil: waiting,
  ready: waiting,
  waitForFirstStart: waiting,
  exec: { ...onIt("tabvisor:Exec"), parameters: onlyId },
  readFile: { ...onIt("tabvisor:ReadFile"), parameters: onlyPath },
  writeFile: { ...onIt("tabvisor:WriteFile"), parameters: onlyPath },
  connect: { ...onIt("tabvisor:Connect"), parameters: onlyPort },
  stop: onIt("StopInstances"),
  start: onIt("StartInstances"),
  reboot: onIt("RebootInstances"),
  terminate: onIt("TerminateInstances"),
  modify: changing(onIt("ModifyInstanceAttribute"), attributesOf),
  modifyMetadataOptions: changing(onIt("ModifyInstanceMetadataOptions"), attributesOf),
  modifyMaintenanceOptions: changing(onIt("ModifyInstanceMaintenanceOptions"), attributesOf),
  setTags: settingTags(itself),
};

const typing: MemberAction = { ...onIt("tabvisor:UseConsole"), frequent: true, parameters: onlyId };
export const CONSOLE_ACTIONS: CallsOf<typeof CONSOLE_PLAN> = { write: typing, resize: typing };

/** As RunInstances (F60). */
export const LAUNCH_ACTION: MemberAction = {
  action: "RunInstances",
  touches: (call) =>
    launchTouches(requestOf<LaunchRequest>(call), { ...call, view: accountView(call.scope.accountId) }),
};
