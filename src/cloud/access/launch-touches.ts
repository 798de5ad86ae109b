import { CloudError } from "../../base/errors.ts";
import { resourceArn, type TouchedResource } from "../../ec2/policy/index.ts";
import type { BlockDeviceMapping } from "../launch-block-devices.ts";
import type { LaunchRequest } from "../launch-request.ts";
import { type Scope, type View, viewOf } from "../scope.ts";
import { GIB } from "../volumes/volume-types.ts";
import { made } from "./member-action.ts";
import type { LaunchedDevice, ResourceLookup } from "./resource-lookup.ts";

export type Launch = Partial<LaunchRequest>;

interface Surroundings {
  readonly lookup: ResourceLookup;
  readonly scope: Scope;
  /** Whose templates are found by name. */
  readonly view?: View;
}

/** All that a launch uses and makes (F60): each of it must be allowed. What a template says counts as said. */
export async function launchTouches(launch: Launch, at: Surroundings): Promise<TouchedResource[]> {
  const { lookup, scope, view = viewOf(scope) } = at;
  const { launchTemplate, ...own } = launch;
  if (launchTemplate === undefined) return await touchesOf(own, at);
  const template = lookup.launchTemplate(launchTemplate, scope);
  const { request, isTemplate } = fromTemplate(launch, lookup, view);
  const touched = await touchesOf(request, at);
  const id = template[0]?.id;
  const arn = id === undefined ? {} : { LaunchTemplate: resourceArn("launch-template", id, scope) };
  return [
    ...template,
    ...touched.map((one) => marked(one, { ...arn, IsLaunchTemplateResource: isTemplate(one.type) })),
  ];
}

const marked = (resource: TouchedResource, facts: NonNullable<TouchedResource["facts"]>): TouchedResource => ({
  ...resource,
  facts: { ...resource.facts, ...facts },
});

/** Which parameter of a launch says which resource. */
const SAID_BY: Readonly<Partial<Record<TouchedResource["type"], keyof LaunchRequest>>> = {
  image: "image",
  instance: "type",
  "key-pair": "keyName",
  "security-group": "securityGroupIds",
  snapshot: "blockDevices",
  subnet: "subnetId",
  volume: "blockDevices",
};

/** The launch with what its template says; a template that there is not says nothing, and is told of by the launch. */
function fromTemplate(launch: Launch, lookup: ResourceLookup, view: View) {
  const { launchTemplate: _, ...rest } = launch;
  const own: Launch = rest;
  let request = own;
  try {
    request = lookup.withTemplate(launch as LaunchRequest, view);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
  }
  const isTemplate = (type: TouchedResource["type"]) => {
    const said = SAID_BY[type];
    return said === undefined || own[said] === undefined;
  };
  return { request, isTemplate };
}

async function touchesOf(launch: Launch, { lookup, scope }: Surroundings): Promise<TouchedResource[]> {
  const { image: nameOrId, type, name, tags = {}, volumeTags = {}, blockDevices = [], availabilityZone } = launch;
  const image = nameOrId === undefined ? undefined : await lookup.image(nameOrId);
  const devices = nameOrId === undefined ? [] : await lookup.devicesOf(nameOrId);
  const { metadataOptions: metadata } = launch;
  const instance = {
    AvailabilityZone: availabilityZone,
    EbsOptimized: false,
    InstanceMarketType: "on-demand",
    InstanceType: type ?? "v1.micro",
    MetadataHttpEndpoint: metadata?.httpEndpoint,
    MetadataHttpPutResponseHopLimit: metadata?.httpPutResponseHopLimit,
    MetadataHttpTokens: metadata?.httpTokens,
    RootDeviceType: image?.facts?.RootDeviceType,
    Tenancy: "default",
  };
  const volumes = volumeFacts(devices, blockDevices).map((facts) => ({ ...facts, AvailabilityZone: availabilityZone }));
  return [
    ...(image === undefined ? [] : [image]),
    made("instance", { name, tags }, instance),
    ...lookup.keyPair({ name: launch.keyName }, scope),
    ...blockDevices.flatMap(({ ebs }) => (ebs?.snapshotId === undefined ? [] : [lookup.snapshot(ebs.snapshotId)])),
    ...volumes.map((facts) => made("volume", { tags: volumeTags }, facts)),
    ...lookup.network(networkOf(launch), scope),
  ];
}

const networkOf = ({ availabilityZone, securityGroupIds = [], networkInterfaceTags = {}, ...launch }: Launch) => {
  const { subnetId, networkInterfaces, associatePublicIpAddress } = launch;
  return {
    availabilityZone,
    securityGroupIds,
    tags: networkInterfaceTags,
    ...(subnetId === undefined ? {} : { subnetId }),
    ...(networkInterfaces === undefined ? {} : { networkInterfaces }),
    ...(associatePublicIpAddress === undefined ? {} : { associatePublicIpAddress }),
  };
};

type Facts = Readonly<Record<string, unknown>>;

/** A volume for each of the image's that is not left out, as the mappings change it, and for each mapping beside. */
function volumeFacts(devices: readonly LaunchedDevice[], mappings: readonly BlockDeviceMapping[]): Facts[] {
  const volumes = new Map<string, Facts>(
    devices.map(({ device, sizeBytes, type }) => [
      device,
      { Encrypted: false, VolumeSize: Math.ceil(sizeBytes / GIB), VolumeType: type },
    ]),
  );
  for (const { device, ebs, virtualName, noDevice } of mappings) {
    if (virtualName !== undefined || noDevice !== undefined) {
      volumes.delete(device);
      continue;
    }
    const asked = {
      Encrypted: ebs?.encrypted,
      VolumeIops: ebs?.iops,
      VolumeSize: ebs?.sizeGiB,
      VolumeThroughput: ebs?.throughputMiBps,
      VolumeType: ebs?.type,
    };
    const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    volumes.set(device, { Encrypted: false, ...volumes.get(device), ...given });
  }
  return [...volumes.values()];
}
