import {
  AttachVolume$,
  type AttachVolumeRequest,
  CreateVolume$,
  type CreateVolumeRequest,
  DeleteVolume$,
  type DeleteVolumeRequest,
  DescribeVolumes$,
  type DescribeVolumesRequest,
  type DescribeVolumesResult,
  DetachVolume$,
  type DetachVolumeRequest,
  type Volume,
  type VolumeAttachment,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { findZone } from "../../cloud/regions.ts";
import type { VolumeInfo } from "../../cloud/volumes/volume-info.ts";
import type { VolumeType } from "../../cloud/volumes/volume-types.ts";
import { only } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import type { PageRequest } from "../pages.ts";
import { chosenZone } from "../regions.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";

const GIB = 2 ** 30;

/** EC2 counts whole GiB: an image's disk may be smaller than one. */
export const gibOf = (bytes: number): number => Math.ceil(bytes / GIB);

/** For those types alone EC2 tells of IOPS. */
const WITH_IOPS: readonly VolumeType[] = ["gp2", "gp3", "io1", "io2"];

const zoneIdOf = ({ availabilityZone }: VolumeInfo) => findZone(availabilityZone)?.id;

function volumeOutput(volume: VolumeInfo): Volume {
  return {
    VolumeId: volume.id,
    Size: gibOf(volume.sizeBytes),
    SnapshotId: volume.snapshotId ?? "",
    AvailabilityZone: volume.availabilityZone,
    ...defined({ AvailabilityZoneId: zoneIdOf(volume) }),
    OwnerId: volume.ownerId,
    State: volume.state,
    CreateTime: volume.createTime,
    VolumeType: volume.type,
    ...(WITH_IOPS.includes(volume.type) ? { Iops: volume.iops } : {}),
    ...(volume.type === "gp3" ? { Throughput: volume.throughputMiBps } : {}),
    Encrypted: volume.encrypted,
    MultiAttachEnabled: false,
    Attachments: volume.attachment === null ? [] : [attachmentOutput(volume.id, volume.attachment)],
    Tags: tagList(volume.tags),
  };
}

function attachmentOutput(volumeId: string, attachment: NonNullable<VolumeInfo["attachment"]>): VolumeAttachment {
  return {
    VolumeId: volumeId,
    InstanceId: attachment.instanceId,
    Device: attachment.device,
    State: attachment.state,
    AttachTime: attachment.attachTime,
    DeleteOnTermination: attachment.deleteOnTermination,
  };
}

/** EC2 API, DescribeVolumes, "Filters". */
const VOLUMES: Listing<VolumeInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "attachment.attach-time": (volume) => volume.attachment?.attachTime,
    "attachment.delete-on-termination": (volume) => volume.attachment?.deleteOnTermination,
    "attachment.device": (volume) => volume.attachment?.device,
    "attachment.instance-id": (volume) => volume.attachment?.instanceId,
    "attachment.status": (volume) => volume.attachment?.state,
    "availability-zone": ({ availabilityZone }) => availabilityZone,
    "availability-zone-id": zoneIdOf,
    "create-time": (volume) => volume.createTime,
    encrypted: (volume) => volume.encrypted,
    "fast-restored": () => false,
    "multi-attach-enabled": () => false,
    "operator.managed": () => false,
    "operator.principal": () => undefined,
    size: (volume) => gibOf(volume.sizeBytes),
    "snapshot-id": (volume) => volume.snapshotId,
    status: (volume) => volume.state,
    "volume-id": (volume) => volume.id,
    "volume-type": (volume) => volume.type,
  },
};

/** Those with these ids, or all of the caller's. */
export const volumesOf = ({ cloud }: ActionContext, ids: readonly string[] | undefined, request: PageRequest) =>
  named("volumesSet", ids, request, { all: () => cloud.volumes.list(), get: (id) => cloud.volumes.get(id) });

export const describeVolumes = defineAction<DescribeVolumesRequest, DescribeVolumesResult>(
  DescribeVolumes$,
  { ...LISTED, VolumeIds: true },
  async (request, context) => {
    const chosen = volumesOf(context, request.VolumeIds, request);
    const { items, nextToken } = await listPage(context, "DescribeVolumes", chosen, request, VOLUMES);
    return { Volumes: items.map(volumeOutput), NextToken: nextToken };
  },
);

export const createVolume = defineAction<CreateVolumeRequest, Volume>(
  CreateVolume$,
  {
    AvailabilityZone: true,
    AvailabilityZoneId: true,
    ClientToken: true,
    Encrypted: true,
    Iops: true,
    MultiAttachEnabled: only(false),
    Size: true,
    SnapshotId: true,
    TagSpecifications: tagSpecifications("volume"),
    Throughput: true,
    VolumeType: true,
  },
  async (request, context) => {
    const zone = chosenZone(context.caller.region, request.AvailabilityZone, request.AvailabilityZoneId);
    if (zone === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter AvailabilityZone");
    }
    const volume = await context.cloud.volumes.begin({
      availabilityZone: zone,
      tags: newTags(request.TagSpecifications, "volume"),
      ...defined({
        clientToken: request.ClientToken,
        encrypted: request.Encrypted,
        iops: request.Iops,
        sizeGiB: request.Size,
        // An empty one is how EC2 says that there is none.
        snapshotId: request.SnapshotId === "" ? undefined : request.SnapshotId,
        throughputMiBps: request.Throughput,
        type: request.VolumeType as VolumeType | undefined,
      }),
    });
    return volumeOutput(volume);
  },
);

export const deleteVolume = defineAction<DeleteVolumeRequest, Record<never, never>>(
  DeleteVolume$,
  { VolumeId: true },
  async ({ VolumeId: id = "" }, { cloud }) => {
    await cloud.volumes.delete(id);
    return {};
  },
);

export const attachVolume = defineAction<AttachVolumeRequest, VolumeAttachment>(
  AttachVolume$,
  { Device: true, InstanceId: true, VolumeId: true },
  async ({ Device: device, InstanceId: instanceId = "", VolumeId: volumeId = "" }, { cloud }) => {
    const { id, attachment } = await cloud.volumes.beginAttach({ volumeId, instanceId, ...defined({ device }) });
    if (attachment !== null) return attachmentOutput(id, attachment);
    // It was attached, and has gone again since.
    return { VolumeId: id, InstanceId: instanceId, State: "detached" };
  },
);

export const detachVolume = defineAction<DetachVolumeRequest, VolumeAttachment>(
  DetachVolume$,
  { Device: true, Force: true, InstanceId: true, VolumeId: true },
  async ({ Device: device, Force: force, InstanceId: instanceId, VolumeId: volumeId = "" }, { cloud }) => {
    const { attachment: before } = cloud.volumes.get(volumeId);
    const { attachment } = await cloud.volumes.beginDetach({ volumeId, ...defined({ device, force, instanceId }) });
    if (attachment !== null) return attachmentOutput(volumeId, attachment);
    // Where nothing runs it is detached by now, which EC2's enumeration has as well as "detaching".
    return before === null
      ? { VolumeId: volumeId, State: "detached" }
      : { ...attachmentOutput(volumeId, before), State: "detached" };
  },
);
