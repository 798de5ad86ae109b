import type { PermissionChange } from "../../api/image-types.ts";
import type { CopySnapshotRequest, CreateSnapshotRequest } from "../../api/snapshot-types.ts";
import type {
  BlockDeviceMapping,
  CopyImageRequest,
  CreateImageRequest,
  LaunchRequest,
  MaintenanceOptions,
  ModifyInstanceRequest,
  RegisterImageRequest,
} from "../../api/types.ts";
import type {
  AttachVolumeRequest,
  CreateVolumeRequest,
  DetachVolumeRequest,
  ModifyVolumeRequest,
} from "../../api/volume-types.ts";
import type { Ec2Request } from "./cli.ts";
import { ON_NETWORKS } from "./network-requests.ts";
import { ON_ROUTING } from "./routing-requests.ts";
import type { ApiCall } from "./script.ts";
import { nameTag, REGION, type Translation, tagsAtCreation, ZONE } from "./translation.ts";

const ON_INSTANCE: Readonly<Record<string, Translation>> = {
  start: ["StartInstances", (id: string) => ({ InstanceIds: [id] })],
  stop: [
    "StopInstances",
    (id: string, options?: { force?: boolean }) => ({ InstanceIds: [id], Force: options?.force || undefined }),
  ],
  reboot: ["RebootInstances", (id: string) => ({ InstanceIds: [id] })],
  terminate: ["TerminateInstances", (id: string) => ({ InstanceIds: [id] })],
  modify: ["ModifyInstanceAttribute", (id: string, request: ModifyInstanceRequest) => oneAttribute(id, request)],
  modifyMetadataOptions: [
    "ModifyInstanceMetadataOptions",
    (id: string, options: LaunchRequest["metadataOptions"] = {}) => ({
      InstanceId: id,
      HttpTokens: options.httpTokens,
      HttpPutResponseHopLimit: options.httpPutResponseHopLimit,
      HttpEndpoint: options.httpEndpoint,
      InstanceMetadataTags: options.instanceMetadataTags,
    }),
  ],
  modifyMaintenanceOptions: [
    "ModifyInstanceMaintenanceOptions",
    (id: string, { autoRecovery }: MaintenanceOptions) => ({ InstanceId: id, AutoRecovery: autoRecovery }),
  ],
};

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  ...ON_NETWORKS,
  ...ON_ROUTING,
  "instances.launch": ["RunInstances", launched],
  "volumes.create": [
    "CreateVolume",
    ({ sizeGiB, snapshotId, type, iops, throughputMiBps, encrypted, name, image }: CreateVolumeRequest) =>
      // Volumes of images are ours alone.
      image === undefined
        ? {
            AvailabilityZone: ZONE,
            Size: sizeGiB,
            SnapshotId: snapshotId,
            VolumeType: type,
            Iops: iops,
            Throughput: throughputMiBps,
            Encrypted: encrypted,
            TagSpecifications: tagsAtCreation({ volume: nameTag(name) }),
          }
        : null,
  ],
  "volumes.attach": [
    "AttachVolume",
    ({ volumeId, instanceId, device }: AttachVolumeRequest) => ({
      VolumeId: volumeId,
      InstanceId: instanceId,
      Device: device ?? "/dev/sdf",
    }),
  ],
  "volumes.detach": [
    "DetachVolume",
    ({ volumeId, force }: DetachVolumeRequest) => ({ VolumeId: volumeId, Force: force }),
  ],
  "volumes.delete": ["DeleteVolume", (id: string) => ({ VolumeId: id })],
  "volumes.modify": [
    "ModifyVolume",
    ({ volumeId, sizeGiB, type, iops, throughputMiBps }: ModifyVolumeRequest) => ({
      VolumeId: volumeId,
      Size: sizeGiB,
      VolumeType: type,
      Iops: iops,
      Throughput: throughputMiBps,
    }),
  ],
  "snapshots.create": [
    "CreateSnapshot",
    ({ volumeId, description, freeze }: CreateSnapshotRequest) =>
      // The guest's file systems are frozen by our API alone.
      freeze ? null : { VolumeId: volumeId, Description: description },
  ],
  "snapshots.delete": ["DeleteSnapshot", (id: string) => ({ SnapshotId: id })],
  "images.createFromInstance": [
    "CreateImage",
    ({ instanceId, name, description, noReboot }: CreateImageRequest) => ({
      InstanceId: instanceId,
      Name: name,
      Description: description,
      NoReboot: noReboot,
    }),
  ],
  "images.register": [
    "RegisterImage",
    ({ name, snapshotId, description, rootDeviceType }: RegisterImageRequest) =>
      rootDeviceType === "instance-store"
        ? null
        : {
            Name: name,
            Description: description,
            Architecture: "i386",
            RootDeviceName: "/dev/vda",
            BlockDeviceMappings: [{ DeviceName: "/dev/vda", Ebs: { SnapshotId: snapshotId } }],
          },
  ],
  "images.copy": [
    "CopyImage",
    // EC2 copies into the region that is called.
    ({ image, name, description, encrypted, region, sourceRegion }: CopyImageRequest) =>
      region === undefined || region === REGION
        ? {
            SourceImageId: image,
            SourceRegion: sourceRegion ?? REGION,
            Name: name,
            Description: description,
            Encrypted: encrypted,
          }
        : null,
  ],
  "images.share": [
    "ModifyImageAttribute",
    (id: string, { add = [], remove = [] }: PermissionChange) => ({
      ImageId: id,
      LaunchPermission: modifications(add, remove),
    }),
  ],
  "images.setDeprecation": [
    "EnableImageDeprecation",
    (id: string, time: Date | null) => (time === null ? null : { ImageId: id, DeprecateAt: time.toISOString() }),
  ],
  "images.disable": ["DisableImage", (id: string) => ({ ImageId: id })],
  "images.enable": ["EnableImage", (id: string) => ({ ImageId: id })],
  "snapshots.copy": [
    "CopySnapshot",
    ({ snapshotId, description, encrypted, region, sourceRegion }: CopySnapshotRequest) =>
      region === undefined || region === REGION
        ? {
            SourceSnapshotId: snapshotId,
            SourceRegion: sourceRegion ?? REGION,
            Description: description,
            Encrypted: encrypted,
          }
        : null,
  ],
  "snapshots.share": [
    "ModifySnapshotAttribute",
    // EC2 adds or removes, not both in one request.
    (id: string, { add = [], remove = [] }: PermissionChange) =>
      add.length > 0 && remove.length > 0
        ? null
        : { SnapshotId: id, CreateVolumePermission: modifications(add, remove) },
  ],
  "images.deregister": [
    "DeregisterImage",
    (id: string, options?: { deleteAssociatedSnapshots?: boolean }) => ({
      ImageId: id,
      DeleteAssociatedSnapshots: options?.deleteAssociatedSnapshots || undefined,
    }),
  ],
};

function modifications(add: readonly string[], remove: readonly string[]) {
  const permissionOf = (whom: string) => (whom === "all" ? { Group: whom } : { UserId: whom });
  return {
    ...(add.length > 0 && { Add: add.map(permissionOf) }),
    ...(remove.length > 0 && { Remove: remove.map(permissionOf) }),
  };
}

/** The requests of EC2's API that do the same; null where EC2 has none. */
export function ec2RequestsOf({ member, id, args, ec2 }: ApiCall): readonly Ec2Request[] | null {
  if (ec2 !== undefined) return ec2;
  const translation = id === undefined ? TRANSLATIONS[member] : ON_INSTANCE[member.replace("instance.", "")];
  if (translation === undefined) return null;
  const [action, translate] = translation;
  const given = id === undefined ? args : [id, ...args];
  const parameters = translate(...(given as never[]));
  if (parameters === null) return null;
  return [parameters].flat().map((each) => ({ action, parameters: each }));
}

/** EC2 changes one attribute a call, and its kernels are images of their own. */
function oneAttribute(id: string, request: ModifyInstanceRequest): Ec2Request["parameters"] | null {
  const { type, instanceInitiatedShutdownBehavior, disableApiTermination, disableApiStop } = request;
  const attributes = {
    InstanceType: type && { Value: type },
    InstanceInitiatedShutdownBehavior: instanceInitiatedShutdownBehavior && {
      Value: instanceInitiatedShutdownBehavior,
    },
    DisableApiTermination: disableApiTermination,
    DisableApiStop: disableApiStop,
  };
  const said = Object.values(attributes).filter((value) => value !== undefined);
  return said.length === 1 && Object.keys(request).length === 1 ? { InstanceId: id, ...attributes } : null;
}

function launched(request: LaunchRequest): Ec2Request["parameters"] | null {
  const { image, type, count = 1, minCount, name, tags, rootVolumeGiB, blockDevices = [], clientToken } = request;
  const root = rootVolumeGiB === undefined ? [] : [{ device: "/dev/vda", ebs: { sizeGiB: rootVolumeGiB } }];
  const mappings = [...root, ...blockDevices].map(mappingOf);
  const { keyName, userData, availabilityZone, metadataOptions: metadata, maintenanceOptions } = request;
  // EC2 has no passwords.
  if (request.password !== undefined) return null;
  const all = { ...nameTag(name), ...tags };
  return {
    ImageId: image,
    InstanceType: type,
    Count: minCount === undefined || minCount === count ? count : `${minCount}:${count}`,
    BlockDeviceMappings: mappings.length > 0 ? mappings : undefined,
    TagSpecifications: tagsAtCreation({ instance: all }),
    KeyName: keyName,
    SubnetId: request.subnetId,
    SecurityGroupIds: request.securityGroupIds,
    AssociatePublicIpAddress: request.associatePublicIpAddress,
    // The aws-cli does the base64 itself.
    UserData: typeof userData === "string" ? userData : undefined,
    Placement: availabilityZone && { AvailabilityZone: availabilityZone },
    DisableApiTermination: request.disableApiTermination,
    DisableApiStop: request.disableApiStop,
    InstanceInitiatedShutdownBehavior: request.instanceInitiatedShutdownBehavior,
    MetadataOptions: metadata && {
      HttpTokens: metadata.httpTokens,
      HttpPutResponseHopLimit: metadata.httpPutResponseHopLimit,
      HttpEndpoint: metadata.httpEndpoint,
      InstanceMetadataTags: metadata.instanceMetadataTags,
    },
    MaintenanceOptions: maintenanceOptions && { AutoRecovery: maintenanceOptions.autoRecovery },
    ClientToken: clientToken,
  };
}

function mappingOf({ device, ebs, virtualName, noDevice }: BlockDeviceMapping): object {
  return {
    DeviceName: device,
    VirtualName: virtualName,
    NoDevice: noDevice === true ? "" : undefined,
    Ebs: ebs && {
      SnapshotId: ebs.snapshotId,
      VolumeSize: ebs.sizeGiB,
      VolumeType: ebs.type,
      Iops: ebs.iops,
      Throughput: ebs.throughputMiBps,
      Encrypted: ebs.encrypted,
      DeleteOnTermination: ebs.deleteOnTermination,
    },
  };
}
