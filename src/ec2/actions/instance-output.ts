import type { Instance, InstanceBlockDeviceMapping, InstanceState, StateReason } from "@aws-sdk/client-ec2";
import { privateDnsNameOf } from "../../cloud/addresses.ts";
import { type CloudInstance, STATE_CODES } from "../../cloud/instance.ts";
import type { VolumeInfo } from "../../cloud/volumes/volume-info.ts";
import type { ActionContext } from "../action.ts";
import { defined } from "../defined.ts";
import type { FilterTable } from "../filters.ts";
import { tagList } from "../tags.ts";
import { metadataOutput } from "./instance-options.ts";
import { ARCHITECTURE, wireType } from "./instance-types.ts";
import {
  type DescribedInterface,
  groupsOutput,
  instanceInterfaceOutput,
  interfacesByInstance,
} from "./network-interfaces.ts";

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
  const interfaces = interfacesByInstance(context.cloud);
  return instances.map((instance) => ({
    reservationId: instance.reservationId,
    ownerId: instance.ownerId,
    instance: instanceOutput(instance, volumes.get(instance.id) ?? [], interfaces.get(instance.id) ?? []),
  }));
}

function instanceOutput(
  instance: CloudInstance,
  volumes: readonly VolumeInfo[],
  interfaces: readonly DescribedInterface[],
): Instance {
  const reason = stateReason(instance);
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    ...(instance.keyName === null ? {} : { KeyName: instance.keyName }),
    AmiLaunchIndex: instance.launchIndex,
    InstanceType: wireType(instance.type),
    LaunchTime: instance.launchTime,
    State: stateOutput(instance.state),
    StateTransitionReason: instance.stateTransitionReason,
    ...(reason === undefined ? {} : { StateReason: reason }),
    Placement: { AvailabilityZone: instance.availabilityZone, Tenancy: "default" },
    Monitoring: { State: "disabled" },
    Architecture: ARCHITECTURE,
    VirtualizationType: "hvm",
    RootDeviceType: instance.rootDeviceType,
    RootDeviceName: instance.rootDevice,
    BlockDeviceMappings: mappingsOutput(volumes, instance.rootDevice),
    CpuOptions: { CoreCount: instance.type.vcpus, ThreadsPerCore: 1 },
    EbsOptimized: false,
    EnaSupport: false,
    EnclaveOptions: { Enabled: false },
    HibernationOptions: { Configured: false },
    MaintenanceOptions: { AutoRecovery: instance.attributes.autoRecovery },
    MetadataOptions: metadataOutput(instance),
    SourceDestCheck: instance.attributes.sourceDestCheck,
    ...defined({ KernelId: instance.kernel?.imageId }),
    ClientToken: instance.clientToken,
    Hypervisor: "xen",
    ...networkOutput(interfaces),
    Tags: tagList(instance.tags),
  };
}

/** What a terminated instance has no more. */
function networkOutput(interfaces: readonly DescribedInterface[]): Partial<Instance> {
  const [primary] = interfaces;
  if (primary === undefined) return { NetworkInterfaces: [], SecurityGroups: [] };
  return {
    NetworkInterfaces: interfaces.map(instanceInterfaceOutput),
    PrivateDnsName: privateDnsNameOf(primary.privateIpAddress, primary.region),
    PrivateIpAddress: primary.privateIpAddress,
    SecurityGroups: groupsOutput(primary),
    SubnetId: primary.subnetId,
    VpcId: primary.vpcId,
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
  "host-id",
  "iam-instance-profile.arn",
  "iam-instance-profile.id",
  "instance-lifecycle",
  "ip-address",
  "placement-group-name",
  "platform",
  "product-code",
  "ramdisk-id",
  "spot-instance-request-id",
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
  "hibernation-options.configured": field(({ HibernationOptions: options }) => options?.Configured),
  "image-id": field(({ ImageId: image }) => image),
  "instance-id": field(({ InstanceId: id }) => id),
  "instance-state-code": field(({ State: state }) => state?.Code),
  "instance-state-name": field(({ State: state }) => state?.Name),
  "instance.group-id": field(({ SecurityGroups: groups = [] }) => groups.map(({ GroupId: id }) => id)),
  "instance.group-name": field(({ SecurityGroups: groups = [] }) => groups.map(({ GroupName: name }) => name)),
  "instance-type": field(({ InstanceType: type }) => type),
  "kernel-id": field(({ KernelId: kernel }) => kernel),
  "key-name": field(({ KeyName: name }) => name),
  "launch-index": field(({ AmiLaunchIndex: index }) => index),
  "launch-time": field(({ LaunchTime: time }) => time),
  "maintenance-options.auto-recovery": field(({ MaintenanceOptions: options }) => options?.AutoRecovery),
  "metadata-options.http-endpoint": field(({ MetadataOptions: options }) => options?.HttpEndpoint),
  "metadata-options.http-protocol-ipv6": field(({ MetadataOptions: options }) => options?.HttpProtocolIpv6),
  "metadata-options.http-put-response-hop-limit": field(
    ({ MetadataOptions: options }) => options?.HttpPutResponseHopLimit,
  ),
  "metadata-options.http-tokens": field(({ MetadataOptions: options }) => options?.HttpTokens),
  "metadata-options.instance-metadata-tags": field(({ MetadataOptions: options }) => options?.InstanceMetadataTags),
  "metadata-options.state": field(({ MetadataOptions: options }) => options?.State),
  "monitoring-state": field(({ Monitoring: monitoring }) => monitoring?.State),
  "owner-id": ({ ownerId }) => ownerId,
  "private-dns-name": field(({ PrivateDnsName: name }) => name),
  "private-ip-address": field(({ PrivateIpAddress: address }) => address),
  reason: field(({ StateTransitionReason: reason }) => reason),
  "reservation-id": ({ reservationId }) => reservationId,
  "root-device-name": field(({ RootDeviceName: name }) => name),
  "root-device-type": field(({ RootDeviceType: type }) => type),
  "source-dest-check": field(({ SourceDestCheck: check }) => check),
  "state-reason-code": field(({ StateReason: reason }) => reason?.Code),
  "state-reason-message": field(({ StateReason: reason }) => reason?.Message),
  "subnet-id": field(({ SubnetId: id }) => id),
  "vpc-id": field(({ VpcId: id }) => id),
  tenancy: field(({ Placement: placement }) => placement?.Tenancy),
  "virtualization-type": field(({ VirtualizationType: type }) => type),
};
