import type * as ec2 from "@aws-sdk/client-ec2";
import type { ResourceLookup } from "../../cloud/access/resource-lookup.ts";
import { deviceLetter } from "../../cloud/volumes/device-names.ts";
import type { Ec2ActionName, TouchedResource } from "../policy/index.ts";
import { tagsOf } from "../tags.ts";
import { NETWORK_TOUCHES } from "./network-touches.ts";
import { changing, newResource, type Touch, touch } from "./touch.ts";
import { touchLaunch } from "./touch-launch.ts";

type Given<T> = T | undefined;

/** The instances that an action names, one or several. */
const instances = touch<{ InstanceId?: string; InstanceIds?: string[] }>(
  ({ InstanceId: id, InstanceIds: ids = [] }, { lookup }) => [...each(id), ...ids].map((one) => lookup.instance(one)),
);
const volume = touch<{ VolumeId?: string }>(({ VolumeId: id }, { lookup }) =>
  each(id).map((one) => lookup.volume(one)),
);
const snapshot = touch<{ SnapshotId?: string }>(({ SnapshotId: id }, { lookup }) =>
  each(id).map((one) => lookup.snapshot(one)),
);
const image = touch<{ ImageId?: string }>(({ ImageId: id }, { lookup }) => images(each(id), lookup));
const launchTemplate = touch<{ LaunchTemplateId?: string; LaunchTemplateName?: string }>((input, { lookup, scope }) =>
  lookup.launchTemplate({ id: input.LaunchTemplateId, name: input.LaunchTemplateName }, scope),
);

/** The tags that are set or taken, of anything that there is. */
const tagging = touch<ec2.CreateTagsRequest>(async ({ Resources: ids = [], Tags: tags = [] }, { lookup, scope }) => {
  const requestTags = tagsOf(tags);
  const found = await Promise.all([...new Set(ids)].map((id) => lookup.byId(id, scope)));
  return found.flat().map((resource) => ({ ...resource, requestTags }));
});

/**
 * What each action touches, beside the types that the policies' table has for it: actions that the table has any type for must
 * be here, and are refused otherwise. `touches.test.ts` says which one is missing.
 */
export const TOUCHES: Readonly<Partial<Record<Ec2ActionName, Touch>>> = {
  RunInstances: touchLaunch,
  StartInstances: instances,
  StopInstances: instances,
  RebootInstances: instances,
  TerminateInstances: instances,
  DescribeInstanceAttribute: instances,
  ModifyInstanceAttribute: changing(
    touch<ec2.ModifyInstanceAttributeRequest>((input, { lookup, scope }) => [
      ...each(input.InstanceId).map((id) => lookup.instance(id)),
      ...(input.Groups ?? []).map((id) => lookup.networkPart("security-group", id, scope)),
      ...mappedVolumes(input, lookup).map((id) => lookup.volume(id)),
    ]),
  ),
  ResetInstanceAttribute: instances,
  ModifyInstanceMetadataOptions: changing(instances),
  ModifyInstanceMaintenanceOptions: changing(instances),
  GetConsoleOutput: instances,
  GetPasswordData: instances,
  GetLaunchTemplateData: instances,

  CreateTags: tagging,
  DeleteTags: tagging,

  CreateVolume: touch<ec2.CreateVolumeRequest>((input, { lookup }) => [
    ...each(input.SnapshotId === "" ? undefined : input.SnapshotId).map((id) => lookup.snapshot(id)),
    newResource("volume", input.TagSpecifications, {
      AvailabilityZone: input.AvailabilityZone as string,
      Encrypted: input.Encrypted ?? false,
      VolumeIops: input.Iops as number,
      VolumeSize: input.Size as number,
      VolumeThroughput: input.Throughput as number,
      VolumeType: input.VolumeType ?? "gp2",
    }),
  ]),
  DeleteVolume: volume,
  AttachVolume: touch<ec2.AttachVolumeRequest>((input, { lookup }) => [
    ...each(input.InstanceId).map((id) => lookup.instance(id)),
    ...each(input.VolumeId).map((id) => lookup.volume(id)),
  ]),
  DetachVolume: touch<ec2.DetachVolumeRequest>(({ InstanceId: named, VolumeId: id = "" }, { lookup }) => [
    ...each(named ?? lookup.instanceOf(id)).map((instanceId) => lookup.instance(instanceId)),
    lookup.volume(id),
  ]),
  ModifyVolume: changing(volume),
  ModifyVolumeAttribute: changing(volume),
  DescribeVolumeAttribute: volume,

  CreateSnapshot: touch<ec2.CreateSnapshotRequest>((input, { lookup }) => [
    newResource("snapshot", input.TagSpecifications),
    ...each(input.VolumeId).map((id) => lookup.volume(id)),
  ]),
  CreateSnapshots: touch<ec2.CreateSnapshotsRequest>((input, { lookup }) => {
    const { InstanceId: id = "", ExcludeBootVolume: withoutRoot = false } = input.InstanceSpecification ?? {};
    const root = lookup.rootDeviceOf(id);
    const volumes = lookup.attachedTo(id).filter(({ device }) => !withoutRoot || device !== root);
    return [
      lookup.instance(id),
      newResource("snapshot", input.TagSpecifications),
      ...volumes.map((one) => lookup.volume(one.id)),
    ];
  }),
  DeleteSnapshot: snapshot,
  CopySnapshot: touch<ec2.CopySnapshotRequest>((input) => [
    newResource("snapshot", input.TagSpecifications, { Encrypted: input.Encrypted ?? false }),
  ]),
  DescribeSnapshotAttribute: snapshot,
  ModifySnapshotAttribute: changing(snapshot),
  ResetSnapshotAttribute: changing(snapshot),

  CreateImage: touch<ec2.CreateImageRequest>((input, { lookup }) => [
    newResource("image", input.TagSpecifications),
    ...each(input.InstanceId).map((id) => lookup.instance(id)),
    newResource("snapshot", input.TagSpecifications),
  ]),
  RegisterImage: touch<ec2.RegisterImageRequest>((input, { lookup }) => {
    const ids = (input.BlockDeviceMappings ?? []).flatMap(({ Ebs: ebs }) => each(ebs?.SnapshotId));
    return [newResource("image", input.TagSpecifications), ...ids.map((id) => lookup.snapshot(id))];
  }),
  CopyImage: touch<ec2.CopyImageRequest>((input) => [
    newResource("image", input.TagSpecifications),
    newResource("snapshot", input.TagSpecifications),
  ]),
  DeregisterImage: image,
  DescribeImageAttribute: image,
  ModifyImageAttribute: changing(image),
  ResetImageAttribute: changing(image),
  EnableImage: image,
  DisableImage: image,
  EnableImageDeprecation: image,
  DisableImageDeprecation: image,

  CreateKeyPair: touch<ec2.CreateKeyPairRequest>((input) => [
    newResource("key-pair", input.TagSpecifications, { KeyPairType: input.KeyType ?? "rsa" }),
  ]),
  ImportKeyPair: touch<ec2.ImportKeyPairRequest>((input) => [newResource("key-pair", input.TagSpecifications)]),
  DeleteKeyPair: touch<ec2.DeleteKeyPairRequest>(({ KeyName: name, KeyPairId: id }, { lookup, scope }) =>
    lookup.keyPair({ id, name }, scope),
  ),

  CreateLaunchTemplate: touch<ec2.CreateLaunchTemplateRequest>((input) => [
    newResource("launch-template", input.TagSpecifications),
  ]),
  CreateLaunchTemplateVersion: launchTemplate,
  ModifyLaunchTemplate: changing(launchTemplate),
  DeleteLaunchTemplate: launchTemplate,
  DeleteLaunchTemplateVersions: launchTemplate,

  ...NETWORK_TOUCHES,
};

const each = <T>(one: Given<T>): T[] => (one === undefined ? [] : [one]);

/** The volumes at the devices that are named. */
function mappedVolumes(
  { InstanceId: id = "", BlockDeviceMappings: mappings = [] }: ec2.ModifyInstanceAttributeRequest,
  lookup: ResourceLookup,
): string[] {
  const letters = new Set(mappings.map(({ DeviceName: device = "" }) => deviceLetter(device)));
  return lookup
    .attachedTo(id)
    .filter(({ device }) => letters.has(deviceLetter(device)))
    .map((volume) => volume.id);
}

const images = (ids: readonly string[], lookup: { image(id: string): Promise<TouchedResource> }) =>
  Promise.all(ids.map((id) => lookup.image(id)));
