import type { Instance, InstanceBlockDeviceMapping, InstanceState, StateReason } from "@aws-sdk/client-ec2";
import { type CloudInstance, STATE_CODES } from "../../cloud/instance.ts";
import type { VolumeInfo } from "../../cloud/volumes/volume-info.ts";
import type { ActionContext } from "../action.ts";
import type { FilterTable } from "../filters.ts";
import { zoneOf } from "../regions.ts";
import { tagList } from "../tags.ts";
import { ARCHITECTURE, wireType } from "./instance-types.ts";

export const stateOutput = (state: CloudInstance["state"]): InstanceState => ({
  Code: STATE_CODES[state],
  Name: state,
});

/** Instances with their volumes, as EC2 answers with them. What there is not yet, a network above all, is left out. */
export function instanceOutputs(instances: readonly CloudInstance[], context: ActionContext): DescribedInstance[] {
  const volumes = new Map<string | null, VolumeInfo[]>();
  for (const volume of context.cloud.volumes.list()) {
    const others = volumes.get(volume.instanceId);
    if (others === undefined) volumes.set(volume.instanceId, [volume]);
    else others.push(volume);
  }
  return instances.map((instance) => ({
    reservationId: instance.reservationId,
    ownerId: context.caller.accountId,
    instance: instanceOutput(instance, volumes.get(instance.id) ?? [], context),
  }));
}

function instanceOutput(instance: CloudInstance, volumes: readonly VolumeInfo[], { caller }: ActionContext): Instance {
  const reason = stateReason(instance);
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    AmiLaunchIndex: instance.launchIndex,
    InstanceType: wireType(instance.type),
    LaunchTime: instance.launchTime,
    State: stateOutput(instance.state),
    StateTransitionReason: instance.stateTransitionReason,
    ...(reason === undefined ? {} : { StateReason: reason }),
    Placement: { AvailabilityZone: zoneOf(caller.region).name, Tenancy: "default" },
    Monitoring: { State: "disabled" },
    Architecture: ARCHITECTURE,
    VirtualizationType: "hvm",
    RootDeviceType: instance.rootDeviceType,
    RootDeviceName: instance.rootDevice,
    BlockDeviceMappings: mappingsOutput(volumes, instance.rootDevice),
    CpuOptions: { CoreCount: instance.type.vcpus, ThreadsPerCore: 1 },
    EbsOptimized: false,
    ClientToken: instance.clientToken,
    ...(instance.state === "terminated"
      ? {}
      : { PrivateIpAddress: instance.privateIpAddress, PrivateDnsName: `${instance.hostname}.ec2.internal` }),
    Tags: tagList(instance.tags),
  };
}

function stateReason({ stateReason: reason }: CloudInstance): StateReason | undefined {
  return reason === null ? undefined : { Code: reason.code, Message: reason.message };
}

/** The root first, the others by their names. */
function mappingsOutput(volumes: readonly VolumeInfo[], rootDevice: string): InstanceBlockDeviceMapping[] {
  const rank = ({ DeviceName: device = "" }: InstanceBlockDeviceMapping) => (device === rootDevice ? "" : device);
  return volumes.map(mappingOutput).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function mappingOutput({ id, attachment }: VolumeInfo): InstanceBlockDeviceMapping {
  if (attachment === null) throw new TypeError("only attached volumes are mapped");
  return {
    DeviceName: attachment.device,
    Ebs: {
      VolumeId: id,
      Status: attachmentStatus(attachment.state),
      AttachTime: attachment.attachTime,
      DeleteOnTermination: attachment.deleteOnTermination,
    },
  };
}

/** EC2 shows "busy" only where attachments are described. */
const attachmentStatus = (state: NonNullable<VolumeInfo["attachment"]>["state"]) =>
  state === "busy" ? "detaching" : state;

/** What EC2 can filter by, and no instance here has. */
const ABSENT = [
  "dns-name",
  "hibernation-options.configured",
  "host-id",
  "iam-instance-profile.arn",
  "iam-instance-profile.id",
  "instance-lifecycle",
  "instance.group-id",
  "instance.group-name",
  "ip-address",
  "kernel-id",
  "key-name",
  "network-interface.network-interface-id",
  "network-interface.subnet-id",
  "network-interface.vpc-id",
  "placement-group-name",
  "platform",
  "product-code",
  "ramdisk-id",
  "source-dest-check",
  "spot-instance-request-id",
  "subnet-id",
  "vpc-id",
];

export interface DescribedInstance {
  readonly reservationId: string;
  readonly ownerId: string;
  readonly instance: Instance;
}

type Field = (item: DescribedInstance) => ReturnType<FilterTable<DescribedInstance>[string]>;
const field =
  (read: (instance: Instance) => ReturnType<Field>): Field =>
  ({ instance }) =>
    read(instance);
const mapping = (read: (mapping: InstanceBlockDeviceMapping) => string | boolean | Date | undefined): Field =>
  field(({ BlockDeviceMappings: mappings = [] }) => mappings.map(read));

/** EC2 API, DescribeInstances, "Filters". */
export const INSTANCE_FILTERS: FilterTable<DescribedInstance> = {
  ...Object.fromEntries(ABSENT.map((name) => [name, () => undefined])),
  architecture: field(({ Architecture: architecture }) => architecture),
  "availability-zone": field(({ Placement: placement }) => placement?.AvailabilityZone),
  "block-device-mapping.attach-time": mapping(({ Ebs: ebs }) => ebs?.AttachTime),
  "block-device-mapping.delete-on-termination": mapping(({ Ebs: ebs }) => ebs?.DeleteOnTermination),
  "block-device-mapping.device-name": mapping(({ DeviceName: device }) => device),
  "block-device-mapping.status": mapping(({ Ebs: ebs }) => ebs?.Status),
  "block-device-mapping.volume-id": mapping(({ Ebs: ebs }) => ebs?.VolumeId),
  "client-token": field(({ ClientToken: token }) => token),
  "image-id": field(({ ImageId: image }) => image),
  "instance-id": field(({ InstanceId: id }) => id),
  "instance-state-code": field(({ State: state }) => state?.Code),
  "instance-state-name": field(({ State: state }) => state?.Name),
  "instance-type": field(({ InstanceType: type }) => type),
  "launch-index": field(({ AmiLaunchIndex: index }) => index),
  "launch-time": field(({ LaunchTime: time }) => time),
  "monitoring-state": field(({ Monitoring: monitoring }) => monitoring?.State),
  "owner-id": ({ ownerId }) => ownerId,
  "private-dns-name": field(({ PrivateDnsName: name }) => name),
  "private-ip-address": field(({ PrivateIpAddress: address }) => address),
  reason: field(({ StateTransitionReason: reason }) => reason),
  "reservation-id": ({ reservationId }) => reservationId,
  "root-device-name": field(({ RootDeviceName: name }) => name),
  "root-device-type": field(({ RootDeviceType: type }) => type),
  "state-reason-code": field(({ StateReason: reason }) => reason?.Code),
  "state-reason-message": field(({ StateReason: reason }) => reason?.Message),
  tenancy: field(({ Placement: placement }) => placement?.Tenancy),
  "virtualization-type": field(({ VirtualizationType: type }) => type),
};
