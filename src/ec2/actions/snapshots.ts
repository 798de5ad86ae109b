import {
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
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { gibOf } from "./volumes.ts";

const progressOf = ({ progress }: SnapshotInfo) => `${progress}%`;

function snapshotOutput(snapshot: SnapshotInfo, { caller }: ActionContext): Snapshot {
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    VolumeSize: gibOf(snapshot.sizeBytes),
    State: snapshot.state,
    ...defined({ StateMessage: snapshot.stateReason?.message }),
    StartTime: snapshot.startTime,
    Progress: progressOf(snapshot),
    OwnerId: caller.accountId,
    Description: snapshot.description,
    Encrypted: snapshot.encrypted,
    StorageTier: "standard",
    Tags: tagList(snapshot.tags),
  };
}

interface Described {
  readonly snapshot: SnapshotInfo;
  readonly ownerId: string;
}

/** EC2 API, DescribeSnapshots, "Filters". */
const SNAPSHOTS: Listing<Described> = {
  idOf: ({ snapshot }) => snapshot.id,
  tagsOf: ({ snapshot }) => snapshot.tags,
  filters: {
    description: ({ snapshot }) => snapshot.description,
    encrypted: ({ snapshot }) => snapshot.encrypted,
    "owner-alias": () => undefined,
    "owner-id": ({ ownerId }) => ownerId,
    progress: ({ snapshot }) => progressOf(snapshot),
    "snapshot-id": ({ snapshot }) => snapshot.id,
    "start-time": ({ snapshot }) => snapshot.startTime,
    status: ({ snapshot }) => snapshot.state,
    "storage-tier": () => "standard",
    "volume-id": ({ snapshot }) => snapshot.volumeId,
    "volume-size": ({ snapshot }) => gibOf(snapshot.sizeBytes),
  },
};

/** All snapshots are the account's own: other owners have none. */
export const describeSnapshots = defineAction<DescribeSnapshotsRequest, DescribeSnapshotsResult>(
  DescribeSnapshots$,
  { ...LISTED, OwnerIds: true, SnapshotIds: true },
  async (request, context) => {
    const { snapshots } = context.cloud;
    const { accountId: ownerId } = context.caller;
    const owners = request.OwnerIds ?? [];
    const isOwn = owners.length === 0 || owners.includes("self") || owners.includes(ownerId);
    const chosen = named("snapshotSet", request.SnapshotIds, request, {
      all: () => snapshots.list(),
      get: (id) => snapshots.get(id),
    });
    const all = isOwn ? chosen.map((snapshot) => ({ snapshot, ownerId })) : [];
    const list = `DescribeSnapshots ${isOwn}`;
    const { items, nextToken } = await listPage(context, list, all, request, SNAPSHOTS);
    return { Snapshots: items.map(({ snapshot }) => snapshotOutput(snapshot, context)), NextToken: nextToken };
  },
);

const TAGGED = tagSpecifications("snapshot");

/** Answers when the snapshot is taken, which takes no time for its size. */
export const createSnapshot = defineAction<CreateSnapshotRequest, Snapshot>(
  CreateSnapshot$,
  { Description: true, TagSpecifications: TAGGED, VolumeId: true },
  async ({ Description: description, TagSpecifications: tags, VolumeId: volumeId = "" }, context) => {
    const request = { volumeId, tags: newTags(tags, "snapshot"), ...defined({ description }) };
    return snapshotOutput(await context.cloud.snapshots.create(request), context);
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
    const snapshots = await context.cloud.snapshots.createMany(request);
    return { Snapshots: snapshots.map((snapshot) => snapshotOutput(snapshot, context)) };
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
