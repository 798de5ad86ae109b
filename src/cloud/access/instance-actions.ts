import type { LaunchRequest } from "../launch-request.ts";
import type { CONSOLE_PLAN, INSTANCE_PLAN } from "../tabs/plan.ts";
import { GIB } from "../volumes/volume-types.ts";
import { type CallsOf, type MemberAction, type MemberCall, made, requestOf, textAt } from "./member-action.ts";

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

export const INSTANCE_ACTIONS: CallsOf<typeof INSTANCE_PLAN> = {
  waitUntil: waiting,
  ready: waiting,
  waitForFirstStart: waiting,
  exec: { ...onIt("tabvisor:Exec"), parameters: onlyId },
  readFile: { ...onIt("tabvisor:ReadFile"), parameters: onlyPath },
  writeFile: { ...onIt("tabvisor:WriteFile"), parameters: onlyPath },
  stop: onIt("StopInstances"),
  start: onIt("StartInstances"),
  reboot: onIt("RebootInstances"),
  terminate: onIt("TerminateInstances"),
  modify: {
    ...onIt("ModifyInstanceAttribute"),
    touches: (call) => itself(call).map((resource) => ({ ...resource, attributes: attributesOf(requestOf(call)) })),
  },
  setTags: {
    action: "CreateTags",
    touches: (call) => itself(call).map((resource) => ({ ...resource, requestTags: tagsOf(call) })),
    parameters: (call) => ({ instanceId: call.id, tags: requestOf(call) }),
  },
};

const tagsOf = (call: MemberCall) => requestOf(call) as Readonly<Record<string, string>>;

const typing: MemberAction = { ...onIt("tabvisor:UseConsole"), frequent: true, parameters: onlyId };
export const CONSOLE_ACTIONS: CallsOf<typeof CONSOLE_PLAN> = { write: typing, resize: typing };

/** By EC2's names, where it has one. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  type: "InstanceType",
  kernelImage: "Kernel",
  commandLine: "CommandLine",
};

function attributesOf(request: object): Record<string, string> {
  const entries = Object.entries(request).map(([name, value]) => [
    ATTRIBUTES[name] ?? name.charAt(0).toUpperCase() + name.slice(1),
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** As RunInstances: everything that it uses and makes (F60). */
export const LAUNCH_ACTION: MemberAction = {
  action: "RunInstances",
  async touches(call) {
    const { lookup, scope } = call;
    const request = requestOf<LaunchRequest>(call);
    const {
      image: nameOrId = "",
      type,
      name,
      tags = {},
      volumeTags = {},
      blockDevices = [],
      availabilityZone,
    } = request;
    const image = await lookup.image(nameOrId);
    const devices = await lookup.devicesOf(nameOrId);
    const volumes = new Map(devices.map((device) => [device.device, volumeFacts(device)]));
    for (const { device, ebs, virtualName, noDevice } of blockDevices) {
      if (virtualName !== undefined || noDevice !== undefined) volumes.delete(device);
      else volumes.set(device, { ...volumes.get(device), ...mappedFacts(ebs ?? {}) });
    }
    const root = image.facts?.RootDeviceType;
    return [
      image,
      made(
        "instance",
        { name, tags },
        {
          InstanceType: type ?? "v1.micro",
          AvailabilityZone: availabilityZone,
          RootDeviceType: root,
          Tenancy: "default",
        },
      ),
      ...lookup.keyPair({ name: request.keyName }, scope),
      ...blockDevices.flatMap(({ ebs }) => (ebs?.snapshotId === undefined ? [] : [lookup.snapshot(ebs.snapshotId)])),
      ...[...volumes.values()].map((facts) =>
        made("volume", { tags: volumeTags }, { ...facts, AvailabilityZone: availabilityZone }),
      ),
      ...lookup.network(networkOf(request), scope),
    ];
  },
};

const networkOf = ({
  availabilityZone,
  subnetId,
  securityGroupIds = [],
  networkInterfaceTags = {},
}: Partial<LaunchRequest>) => ({
  availabilityZone,
  subnetIds: subnetId === undefined ? [] : [subnetId],
  securityGroupIds,
  tags: networkInterfaceTags,
});

interface Ebs {
  readonly sizeGiB?: number;
  readonly type?: string;
  readonly iops?: number;
  readonly throughputMiBps?: number;
  readonly encrypted?: boolean;
}

type Facts = Readonly<Record<string, unknown>>;

const volumeFacts = ({ sizeBytes, type }: { readonly sizeBytes: number; readonly type: string }): Facts => ({
  Encrypted: false,
  VolumeSize: Math.ceil(sizeBytes / GIB),
  VolumeType: type,
});

function mappedFacts({ sizeGiB, type, iops, throughputMiBps, encrypted }: Ebs): Facts {
  const facts = {
    VolumeSize: sizeGiB,
    VolumeType: type,
    VolumeIops: iops,
    VolumeThroughput: throughputMiBps,
    Encrypted: encrypted,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
