import type { BlockDeviceMapping, RunInstancesRequest } from "@aws-sdk/client-ec2";
import type { LaunchedDevice } from "../../cloud/access/resource-lookup.ts";
import type { TouchedResource } from "../policy/index.ts";
import { newTags } from "../tags.ts";
import { newResource, type Surroundings, touch } from "./touch.ts";

const GIB = 2 ** 30;

/** All that RunInstances uses and makes (F60): each of it must be allowed. */
export const touchLaunch = touch<RunInstancesRequest>(async (input, at) => {
  const { lookup, scope } = at;
  const { ImageId: imageId, InstanceType: type, Placement: placement, KeyName: keyName } = input;
  const image = imageId === undefined ? [] : [await lookup.image(imageId)];
  const zone = placement?.AvailabilityZone;
  const instance = newResource("instance", input.TagSpecifications, {
    ...(zone === undefined ? {} : { AvailabilityZone: zone }),
    ...(type === undefined ? {} : { InstanceType: type }),
    ...(image[0]?.facts?.RootDeviceType === undefined ? {} : { RootDeviceType: image[0].facts.RootDeviceType }),
    EbsOptimized: input.EbsOptimized ?? false,
    InstanceMarketType: "on-demand",
    Tenancy: placement?.Tenancy ?? "default",
    ...metadataFacts(input),
  });
  return [
    ...image,
    instance,
    ...(keyName === undefined ? [] : lookup.keyPair({ name: keyName }, scope)),
    ...lookup.network(networkOf(input), scope),
    ...snapshotsOf(input, at),
    ...(await volumesOf(input, at)),
  ];
});

function metadataFacts({ MetadataOptions: options }: RunInstancesRequest): NonNullable<TouchedResource["facts"]> {
  const { HttpEndpoint: endpoint, HttpTokens: tokens, HttpPutResponseHopLimit: hops } = options ?? {};
  return {
    ...(endpoint === undefined ? {} : { MetadataHttpEndpoint: endpoint }),
    ...(tokens === undefined ? {} : { MetadataHttpTokens: tokens }),
    ...(hops === undefined ? {} : { MetadataHttpPutResponseHopLimit: hops }),
  };
}

/** In either place where they can be named. */
function networkOf(input: RunInstancesRequest) {
  const interfaces = input.NetworkInterfaces ?? [];
  return {
    availabilityZone: input.Placement?.AvailabilityZone,
    subnetIds: [input.SubnetId, ...interfaces.map(({ SubnetId: id }) => id)].filter((id) => id !== undefined),
    securityGroupIds: [...(input.SecurityGroupIds ?? []), ...interfaces.flatMap(({ Groups: ids = [] }) => ids)],
    tags: newTags(input.TagSpecifications, "network-interface"),
  };
}

function snapshotsOf({ BlockDeviceMappings: mappings = [] }: RunInstancesRequest, { lookup }: Surroundings) {
  const ids = mappings.map(({ Ebs: ebs }) => ebs?.SnapshotId).filter((id) => id !== undefined);
  return ids.map((id) => lookup.snapshot(id));
}

/** A volume for each of the image's that is not left out, as the mappings change it, and for each mapping beside. */
async function volumesOf(input: RunInstancesRequest, { lookup }: Surroundings): Promise<TouchedResource[]> {
  const mappings = input.BlockDeviceMappings ?? [];
  const devices = input.ImageId === undefined ? [] : await lookup.devicesOf(input.ImageId);
  const names = new Set([
    ...devices.map(({ device }) => device),
    ...mappings.filter(({ Ebs: ebs }) => ebs !== undefined).map(({ DeviceName: name = "" }) => name),
  ]);
  return [...names].flatMap((name) => {
    const mapping = mappings.find(({ DeviceName: device }) => device === name);
    if (mapping?.NoDevice !== undefined || mapping?.VirtualName !== undefined) return [];
    const device = devices.find((one) => one.device === name);
    return [newResource("volume", input.TagSpecifications, volumeFacts(mapping, device, input))];
  });
}

function volumeFacts(
  mapping: BlockDeviceMapping | undefined,
  device: LaunchedDevice | undefined,
  { Placement: placement }: RunInstancesRequest,
): NonNullable<TouchedResource["facts"]> {
  const { Ebs: ebs = {} } = mapping ?? {};
  const size = ebs.VolumeSize ?? (device === undefined ? undefined : Math.ceil(device.sizeBytes / GIB));
  const facts = {
    AvailabilityZone: placement?.AvailabilityZone,
    Encrypted: ebs.Encrypted ?? false,
    VolumeIops: ebs.Iops,
    VolumeSize: size,
    VolumeThroughput: ebs.Throughput,
    VolumeType: ebs.VolumeType ?? device?.type ?? "gp2",
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
