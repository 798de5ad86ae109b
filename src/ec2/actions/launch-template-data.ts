import type { ResponseLaunchTemplateData, TagSpecification } from "@aws-sdk/client-ec2";
import { encodeUserData } from "../../cloud/first-start/user-data.ts";
import type { LaunchTemplateData } from "../../cloud/launch-templates/launch-template-info.ts";
import type { LaunchInterfaceRequest } from "../../cloud/network/launch-request.ts";
import type { Tags } from "../../cloud/tags.ts";
import type { Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { tagList } from "../tags.ts";

type Output = ResponseLaunchTemplateData;
type Mapping = NonNullable<Output["BlockDeviceMappings"]>[number];

/** The parameters that are written here; one that a template can have and that is not among them does not compile. */
const WRITTEN: Readonly<Record<keyof LaunchTemplateData, true>> = {
  image: true,
  type: true,
  availabilityZone: true,
  keyName: true,
  userData: true,
  name: true,
  tags: true,
  volumeTags: true,
  networkInterfaceTags: true,
  rootVolumeGiB: true,
  blockDevices: true,
  subnetId: true,
  securityGroupIds: true,
  privateIpAddress: true,
  associatePublicIpAddress: true,
  networkInterfaces: true,
  disableApiTermination: true,
  disableApiStop: true,
  instanceInitiatedShutdownBehavior: true,
  metadataOptions: true,
  maintenanceOptions: true,
};

/** A template's data in EC2's words. */
export async function templateDataOutput(data: LaunchTemplateData, cloud: Ec2Cloud): Promise<Output> {
  const output = wireData(data);
  return data.image === undefined ? output : { ...output, ImageId: await imageIdOf(data.image, cloud) };
}

/** With an image as the template names it. */
export function wireData(data: LaunchTemplateData): Output {
  const unknown = Object.keys(data).find((name) => !Object.hasOwn(WRITTEN, name));
  if (unknown !== undefined) throw new TypeError(`the launch template's ${unknown} has no form in EC2`);
  const { availabilityZone: zone, userData, maintenanceOptions: maintenance, metadataOptions: metadata } = data;
  return defined({
    ImageId: data.image,
    InstanceType: data.type as Output["InstanceType"],
    KeyName: data.keyName,
    UserData: userData === undefined ? undefined : encodeUserData(userData),
    Placement: zone === undefined ? undefined : { AvailabilityZone: zone },
    TagSpecifications: tagsOutput(data),
    BlockDeviceMappings: mappingsOutput(data),
    ...networkOutput(data),
    DisableApiTermination: data.disableApiTermination,
    DisableApiStop: data.disableApiStop,
    InstanceInitiatedShutdownBehavior: data.instanceInitiatedShutdownBehavior,
    MaintenanceOptions: maintenance === undefined ? undefined : defined({ AutoRecovery: maintenance.autoRecovery }),
    MetadataOptions:
      metadata === undefined
        ? undefined
        : defined({
            HttpTokens: metadata.httpTokens,
            HttpPutResponseHopLimit: metadata.httpPutResponseHopLimit,
            HttpEndpoint: metadata.httpEndpoint,
            HttpProtocolIpv6: metadata.httpProtocolIpv6,
            InstanceMetadataTags: metadata.instanceMetadataTags,
          }),
  });
}

/** This cloud's own API names images: EC2 knows their ids. One that there is not (yet) stays as it is named. */
async function imageIdOf(nameOrId: string, { images }: Ec2Cloud): Promise<string> {
  if (nameOrId.startsWith("ami-")) return nameOrId;
  return await images.get(nameOrId).then(
    ({ id }) => id,
    () => nameOrId,
  );
}

function tagsOutput({ name, tags = {}, volumeTags = {}, networkInterfaceTags = {} }: LaunchTemplateData) {
  const of = (type: TagSpecification["ResourceType"], all: Tags) =>
    Object.keys(all).length === 0 ? [] : [{ ResourceType: type, Tags: tagList(all) }];
  const specifications = [
    ...of("instance", name === undefined ? tags : { ...tags, Name: name }),
    ...of("volume", volumeTags),
    ...of("network-interface", networkInterfaceTags),
  ];
  return specifications.length === 0 ? undefined : specifications;
}

function mappingsOutput({ blockDevices, rootVolumeGiB }: LaunchTemplateData): Mapping[] | undefined {
  const mappings = (blockDevices ?? []).map(({ device, ebs, virtualName, noDevice }) =>
    defined({
      DeviceName: device,
      VirtualName: virtualName,
      NoDevice: noDevice ? "" : undefined,
      Ebs:
        ebs === undefined
          ? undefined
          : defined({
              SnapshotId: ebs.snapshotId,
              VolumeSize: ebs.sizeGiB,
              VolumeType: ebs.type,
              Iops: ebs.iops,
              Throughput: ebs.throughputMiBps,
              DeleteOnTermination: ebs.deleteOnTermination,
              Encrypted: ebs.encrypted,
            }),
    }),
  );
  const root = rootVolumeGiB === undefined ? [] : [{ DeviceName: "/dev/vda", Ebs: { VolumeSize: rootVolumeGiB } }];
  const all = [...root, ...mappings];
  return all.length === 0 ? undefined : all;
}

/** A subnet and an address are an interface's, in a template. */
function networkOutput(data: LaunchTemplateData): Pick<Output, "NetworkInterfaces" | "SecurityGroupIds"> {
  const { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress, networkInterfaces } = data;
  if (networkInterfaces !== undefined) return { NetworkInterfaces: networkInterfaces.map(interfaceOutput) };
  const own = { subnetId, privateIpAddress, associatePublicIpAddress };
  if (Object.values(own).every((value) => value === undefined)) {
    return defined({ SecurityGroupIds: securityGroupIds === undefined ? undefined : [...securityGroupIds] });
  }
  return { NetworkInterfaces: [interfaceOutput({ deviceIndex: 0, ...defined({ ...own, securityGroupIds }) })] };
}

const interfaceOutput = (one: LaunchInterfaceRequest) =>
  defined({
    DeviceIndex: one.deviceIndex,
    NetworkInterfaceId: one.networkInterfaceId,
    SubnetId: one.subnetId,
    PrivateIpAddress: one.privateIpAddress,
    PrivateIpAddresses: one.secondaryPrivateIpAddresses?.map((PrivateIpAddress) => ({
      Primary: false,
      PrivateIpAddress,
    })),
    SecondaryPrivateIpAddressCount: one.secondaryPrivateIpAddressCount,
    Groups: one.securityGroupIds === undefined ? undefined : [...one.securityGroupIds],
    AssociatePublicIpAddress: one.associatePublicIpAddress,
    DeleteOnTermination: one.deleteOnTermination,
    Description: one.description,
  });
