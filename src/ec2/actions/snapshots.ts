import {
  CopySnapshot$,
  type CopySnapshotRequest,
  type CopySnapshotResult,
  CreateSnapshot$,
  type CreateSnapshotRequest,
  CreateSnapshots$,
  type CreateSnapshotsRequest,
  type CreateSnapshotsResult,
  DeleteSnapshot$,
  type DeleteSnapshotRequest,
  DescribeSnapshots$,
  type DescribeSnapshotsRequest,
  type DescribeSnapshotsResult,
  type Snapshot,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { SnapshotInfo } from "../../cloud/snapshots/snapshot-info.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { gibOf } from "./volumes.ts";

const progressOf = ({ progress }: SnapshotInfo) => `${progress}%`;

function snapshotOutput(snapshot: SnapshotInfo): Snapshot {
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    VolumeSize: gibOf(snapshot.sizeBytes),
    State: snapshot.state,
    ...defined({ StateMessage: snapshot.stateReason?.message }),
    StartTime: snapshot.startTime,
    Progress: progressOf(snapshot),
    OwnerId: snapshot.ownerId,
    Description: snapshot.description,
    Encrypted: snapshot.encrypted,
    StorageTier: "standard",
    Tags: tagList(snapshot.tags),
  };
}

/** EC2 API, DescribeSnapshots, "Filters". */
const SNAPSHOTS: Listing<SnapshotInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    description: ({ description }) => description,
    encrypted: ({ encrypted }) => encrypted,
    "owner-alias": () => undefined,
    "owner-id": ({ ownerId }) => ownerId,
    progress: progressOf,
    "snapshot-id": ({ id }) => id,
    "start-time": ({ startTime }) => startTime,
    status: ({ state }) => state,
    "storage-tier": () => "standard",
    "transfer-type": () => undefined,
    "volume-id": ({ volumeId }) => volumeId,
    "volume-size": ({ sizeBytes }) => gibOf(sizeBytes),
  },
};

/** One's own, those that one was given, and those that everybody was (F50). */
export const describeSnapshots = defineAction<DescribeSnapshotsRequest, DescribeSnapshotsResult>(
  DescribeSnapshots$,
  { ...LISTED, OwnerIds: true, RestorableByUserIds: true, SnapshotIds: true },
  async (request, context) => {
    const { snapshots } = context.cloud;
    const { OwnerIds: owners = [], RestorableByUserIds: users = [] } = request;
    const account = (whom: string) => (whom === "self" ? context.caller.accountId : whom);
    const chosen = named("snapshotSet", request.SnapshotIds, request, {
      all: () => snapshots.list(),
      get: (id) => snapshots.get(id),
    });
    const mayRestore = ({ ownerId, createVolumePermissions }: SnapshotInfo, user: string) =>
      ownerId === user || createVolumePermissions.includes(user);
    const all = chosen.filter(
      (snapshot) =>
        (owners.length === 0 || owners.some((owner) => account(owner) === snapshot.ownerId)) &&
        (users.length === 0 || users.some((user) => mayRestore(snapshot, account(user)))),
    );
    const list = JSON.stringify(["DescribeSnapshots", owners, users]);
    const { items, nextToken } = await listPage(context, list, all, request, SNAPSHOTS);
    return { Snapshots: items.map(snapshotOutput), NextToken: nextToken };
  },
);

const TAGGED = tagSpecifications("snapshot");

/** Answers when it has its point in time. */
export const createSnapshot = defineAction<CreateSnapshotRequest, Snapshot>(
  CreateSnapshot$,
  { Description: true, TagSpecifications: TAGGED, VolumeId: true },
  async ({ Description: description, TagSpecifications: tags, VolumeId: volumeId = "" }, context) => {
    const request = { volumeId, tags: newTags(tags, "snapshot"), ...defined({ description }) };
    return snapshotOutput(await context.cloud.snapshots.begin(request));
  },
);

export const createSnapshots = defineAction<CreateSnapshotsRequest, CreateSnapshotsResult>(
  CreateSnapshots$,
  {
    Description: true,
    InstanceSpecification: { ExcludeBootVolume: true, InstanceId: true },
    TagSpecifications: TAGGED,
  },
  async ({ Description: description, InstanceSpecification: of, TagSpecifications: tags }, context) => {
    const { InstanceId: instanceId, ExcludeBootVolume: excludeBootVolume } = of ?? {};
    if (instanceId === undefined) {
      const text = "The request must contain the parameter InstanceSpecification.InstanceId";
      throw new CloudError("MissingParameter", text);
    }
    const request = { instanceId, tags: newTags(tags, "snapshot"), ...defined({ description, excludeBootVolume }) };
    const snapshots = await context.cloud.snapshots.beginMany(request);
    return { Snapshots: snapshots.map((snapshot) => snapshotOutput(snapshot)) };
  },
);

/** Into the caller's region. */
export const copySnapshot = defineAction<CopySnapshotRequest, CopySnapshotResult>(
  CopySnapshot$,
  {
    Description: true,
    // "Deprecated" (EC2 API); the SDK sends both all the same.
    DestinationRegion: true,
    Encrypted: true,
    PresignedUrl: true,
    SourceRegion: true,
    SourceSnapshotId: true,
    TagSpecifications: TAGGED,
  },
  async (request, { cloud }) => {
    const { Description: description, Encrypted: encrypted, SourceRegion: sourceRegion } = request;
    const { id, tags } = await cloud.snapshots.beginCopy({
      snapshotId: request.SourceSnapshotId ?? "",
      tags: newTags(request.TagSpecifications, "snapshot"),
      ...defined({ description, encrypted, sourceRegion }),
    });
    return { SnapshotId: id, Tags: tagList(tags) };
  },
);

export const deleteSnapshot = defineAction<DeleteSnapshotRequest, Record<never, never>>(
  DeleteSnapshot$,
  { SnapshotId: true },
  async ({ SnapshotId: id = "" }, { cloud }) => {
    await cloud.snapshots.delete(id);
    return {};
  },
);
