import {
  type Reservation,
  RunInstances$,
  type RunInstancesRequest,
  type BlockDeviceMapping as WireMapping,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import type { BlockDeviceMapping } from "../../cloud/launch-block-devices.ts";
import type { VolumeType } from "../../cloud/volumes/volume-types.ts";
import { type Accepted, integer, oneOf, only } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { checkZone } from "../regions.ts";
import { newTags, tagSpecifications } from "../tags.ts";
import { reservationsOf } from "./describe-instances.ts";
import { instanceOutputs } from "./instance-output.ts";

/** EC2's own bound is the account's limit; this one only keeps numbers sensible. */
const MAX_COUNT = 10_000;

/** What is not here yet is taken as long as it is asked not to be: many tools send it all. */
const ACCEPTED: Accepted<Omit<RunInstancesRequest, "DryRun">> = {
  ImageId: true,
  InstanceType: true,
  MinCount: integer(1, MAX_COUNT),
  MaxCount: integer(1, MAX_COUNT),
  ClientToken: true,
  BlockDeviceMappings: {
    DeviceName: true,
    VirtualName: true,
    NoDevice: true,
    Ebs: {
      DeleteOnTermination: true,
      Encrypted: true,
      Iops: true,
      SnapshotId: true,
      Throughput: true,
      VolumeSize: true,
      VolumeType: true,
    },
  },
  TagSpecifications: tagSpecifications("instance", "volume"),
  Placement: { AvailabilityZone: true, Tenancy: oneOf("default") },
  InstanceInitiatedShutdownBehavior: oneOf("stop"),
  DisableApiTermination: only(false),
  DisableApiStop: only(false),
  EbsOptimized: only(false),
  Monitoring: { Enabled: only(false) },
  HibernationOptions: { Configured: only(false) },
};

export const runInstances = defineAction<RunInstancesRequest, Reservation>(
  RunInstances$,
  ACCEPTED,
  async (request, context) => {
    const { ImageId: image, MinCount: minCount = 1, MaxCount: count = 1, Placement: placement } = request;
    if (image === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter ImageId", {
        parameter: "ImageId",
      });
    }
    const { caller, cloud } = context;
    if (placement?.AvailabilityZone !== undefined) checkZone(placement.AvailabilityZone, caller.region);
    const instances = await cloud.instances.launch({
      image: parseId("ami", image, "InvalidAMIID.Malformed"),
      count,
      minCount,
      tags: newTags(request.TagSpecifications, "instance"),
      volumeTags: newTags(request.TagSpecifications, "volume"),
      blockDevices: (request.BlockDeviceMappings ?? []).map(mappingOf),
      ...(request.InstanceType === undefined ? {} : { type: request.InstanceType }),
      ...(request.ClientToken === undefined ? {} : { clientToken: request.ClientToken }),
    });
    const [reservation] = reservationsOf(instanceOutputs(instances, context));
    if (reservation === undefined) throw new TypeError("a launch gives one instance at least");
    return reservation;
  },
);

function mappingOf(mapping: WireMapping): BlockDeviceMapping {
  const { DeviceName: device, VirtualName: virtualName, NoDevice: noDevice, Ebs: ebs } = mapping;
  if (device === undefined) {
    throw new CloudError("MissingParameter", "The request must contain the parameter BlockDeviceMapping.DeviceName");
  }
  return {
    device,
    ...(ebs === undefined ? {} : { ebs: volumeOf(ebs) }),
    ...(virtualName === undefined ? {} : { virtualName }),
    ...(noDevice === undefined ? {} : { noDevice: true as const }),
  };
}

function volumeOf(ebs: NonNullable<WireMapping["Ebs"]>): NonNullable<BlockDeviceMapping["ebs"]> {
  const entries = Object.entries({
    snapshotId: ebs.SnapshotId,
    sizeGiB: ebs.VolumeSize,
    // Checked by the cloud, as all of it is.
    type: ebs.VolumeType as VolumeType | undefined,
    iops: ebs.Iops,
    throughputMiBps: ebs.Throughput,
    deleteOnTermination: ebs.DeleteOnTermination,
    encrypted: ebs.Encrypted,
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
