import type { Instance, InstanceBlockDeviceMapping, InstanceState, StateReason } from "@aws-sdk/client-ec2";
import { privateDnsNameOf } from "../../cloud/addresses.ts";
import { type CloudInstance, STATE_CODES } from "../../cloud/instance.ts";
import { findZone } from "../../cloud/regions.ts";
import type { VolumeInfo } from "../../cloud/volumes/volume-info.ts";
import type { ActionContext } from "../action.ts";
import { defined } from "../defined.ts";
import { tagList } from "../tags.ts";
import { metadataOutput } from "./instance-options.ts";
import { ARCHITECTURE, wireType } from "./instance-types.ts";
import {
  type DescribedInterface,
  groupsOutput,
  instanceInterfaceOutput,
  interfacesByInstance,
  publicOf,
} from "./network-interfaces.ts";

export const stateOutput = (state: CloudInstance["state"]): InstanceState => ({
  Code: STATE_CODES[state],
  Name: state,
});

/** One instance, as EC2 answers with it. */
export const instanceOutputOf = (instance: CloudInstance, context: ActionContext): Instance =>
  describing(context)(instance).instance;

/** Instances as they are at this moment, all of them: those of a launch are pending. */
export const launchOutputs = (instances: readonly CloudInstance[], context: ActionContext): DescribedInstance[] =>
  instances.map(describing(context));

/** Instances with their volumes and interfaces, as EC2 answers with them. Of thousands, in several goes. */
export async function instanceOutputs(
  instances: readonly CloudInstance[],
  context: ActionContext,
): Promise<DescribedInstance[]> {
  const describe = describing(context);
  const outputs: DescribedInstance[] = [];
  for (const instance of instances) {
    outputs.push(describe(instance));
    await context.breather.breathe();
  }
  return outputs;
}

/** Describes instances with their volumes and interfaces as they are now. */
function describing({ cloud }: ActionContext): (instance: CloudInstance) => DescribedInstance {
  const volumes = new Map<string | null, VolumeInfo[]>();
  for (const volume of cloud.volumes.list()) {
    const others = volumes.get(volume.instanceId);
    if (others === undefined) volumes.set(volume.instanceId, [volume]);
    else others.push(volume);
  }
  const interfaces = interfacesByInstance(cloud);
  return (instance) => ({
    reservationId: instance.reservationId,
    ownerId: instance.ownerId,
    instance: instanceOutput(instance, volumes.get(instance.id) ?? [], interfaces.get(instance.id) ?? []),
  });
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
    Placement: {
      AvailabilityZone: instance.availabilityZone,
      ...defined({ AvailabilityZoneId: findZone(instance.availabilityZone)?.id }),
      GroupName: "",
      Tenancy: "default",
    },
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
    PlatformDetails: "Linux/UNIX",
    UsageOperation: "RunInstances",
    UsageOperationUpdateTime: instance.launchTime,
    ...networkOutput(interfaces),
    Tags: tagList(instance.tags),
  };
}

/** Names are of addresses (EC2 User Guide, "EC2 instance hostnames and domains"); other kinds there are none of. */
export const PRIVATE_NAMES = {
  HostnameType: "ip-name",
  EnableResourceNameDnsARecord: false,
  EnableResourceNameDnsAAAARecord: false,
} as const;

/** What a terminated instance has no more. */
function networkOutput(interfaces: readonly DescribedInterface[]): Partial<Instance> {
  const [primary] = interfaces;
  if (primary === undefined) return { NetworkInterfaces: [], SecurityGroups: [], PublicDnsName: "" };
  const privateIp = primary.addresses[0]?.privateIp ?? "";
  return {
    NetworkInterfaces: interfaces.map(instanceInterfaceOutput),
    PrivateDnsName: privateDnsNameOf(privateIp, primary.region),
    PrivateDnsNameOptions: PRIVATE_NAMES,
    PrivateIpAddress: privateIp,
    ...publicOf(primary),
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

export interface DescribedInstance {
  readonly reservationId: string;
  readonly ownerId: string;
  readonly instance: Instance;
}
