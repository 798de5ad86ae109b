import {
  DescribeVolumeAttribute$,
  type DescribeVolumeAttributeRequest,
  type DescribeVolumeAttributeResult,
  DescribeVolumeStatus$,
  type DescribeVolumeStatusRequest,
  type DescribeVolumeStatusResult,
  ModifyVolumeAttribute$,
  type ModifyVolumeAttributeRequest,
  type VolumeStatusItem,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { VolumeInfo } from "../../cloud/volumes/volume-info.ts";
import { oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage } from "../listing.ts";
import { volumesOf } from "./volumes.ts";

/** One that is being made, or could not be, is not checked: EC2 says the same of the first minutes of a volume. */
const isKnown = ({ state }: VolumeInfo) => state === "available" || state === "in-use";

/** Data is read with its checksum, so that it is good or an error: I/O is never stopped because it might be doubtful. */
const statusOf = (volume: VolumeInfo) => (isKnown(volume) ? "ok" : "insufficient-data");

const detailsOf = (volume: VolumeInfo) => [
  { Name: "io-enabled" as const, Status: isKnown(volume) ? "passed" : "insufficient-data" },
  // Only for volumes with provisioned IOPS (EBS User Guide, "Volume status checks").
  { Name: "io-performance" as const, Status: "not-applicable" },
];

const statusOutput = (volume: VolumeInfo): VolumeStatusItem => ({
  VolumeId: volume.id,
  AvailabilityZone: volume.availabilityZone,
  VolumeStatus: { Status: statusOf(volume), Details: detailsOf(volume) },
  Actions: [],
  Events: [],
  AttachmentStatuses: volume.instanceId === null ? [] : [{ InstanceId: volume.instanceId, IoPerformance: "normal" }],
});

const nothing = () => undefined;

/** EC2 API, DescribeVolumeStatus, "Filters". */
const STATUS: Listing<VolumeInfo> = {
  idOf: ({ id }) => id,
  filters: {
    "action.code": nothing,
    "action.description": nothing,
    "action.event-id": nothing,
    "attachment-status.instance-id": ({ instanceId }) => instanceId,
    "attachment-status.io-performance": ({ instanceId }) => (instanceId === null ? undefined : "normal"),
    "availability-zone": ({ availabilityZone }) => availabilityZone,
    "event.description": nothing,
    "event.event-id": nothing,
    "event.event-type": nothing,
    "event.not-after": nothing,
    "event.not-before": nothing,
    "volume-status.details-name": (volume) => detailsOf(volume).map(({ Name: name }) => name),
    "volume-status.details-status": (volume) => detailsOf(volume).map(({ Status: status }) => status),
    "volume-status.status": statusOf,
  },
};

export const describeVolumeStatus = defineAction<DescribeVolumeStatusRequest, DescribeVolumeStatusResult>(
  DescribeVolumeStatus$,
  { ...LISTED, VolumeIds: true },
  async (request, context) => {
    const chosen = volumesOf(context, request.VolumeIds, request);
    const { items, nextToken } = await listPage(context, "DescribeVolumeStatus", chosen, request, STATUS);
    return { VolumeStatuses: items.map(statusOutput), NextToken: nextToken };
  },
);

export const describeVolumeAttribute = defineAction<DescribeVolumeAttributeRequest, DescribeVolumeAttributeResult>(
  DescribeVolumeAttribute$,
  { Attribute: oneOf("autoEnableIO", "productCodes"), VolumeId: true },
  ({ Attribute: attribute, VolumeId: id = "" }, { cloud: { volumes } }) => {
    const { autoEnableIo } = volumes.get(id);
    return attribute === "productCodes"
      ? { VolumeId: id, ProductCodes: [] }
      : { VolumeId: id, AutoEnableIO: { Value: autoEnableIo } };
  },
);

export const modifyVolumeAttribute = defineAction<ModifyVolumeAttributeRequest, Record<never, never>>(
  ModifyVolumeAttribute$,
  { AutoEnableIO: { Value: true }, VolumeId: true },
  async ({ AutoEnableIO: auto, VolumeId: id = "" }, { cloud: { volumes } }) => {
    if (auto?.Value === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter AutoEnableIO");
    }
    await volumes.setAutoEnableIo(id, auto.Value);
    return {};
  },
);
