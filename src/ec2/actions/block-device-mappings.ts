import type { BlockDeviceMapping as WireMapping } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { BlockDeviceMapping } from "../../cloud/launch-block-devices.ts";
import type { VolumeType } from "../../cloud/volumes/volume-types.ts";
import { defined } from "../defined.ts";

/** What a mapping of a launch or of an image may say. */
export const MAPPINGS = {
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
} as const;

export function mappingOf(mapping: WireMapping): BlockDeviceMapping {
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

const volumeOf = (ebs: NonNullable<WireMapping["Ebs"]>): NonNullable<BlockDeviceMapping["ebs"]> =>
  defined({
    snapshotId: ebs.SnapshotId,
    sizeGiB: ebs.VolumeSize,
    // Checked by the cloud, as all of it is.
    type: ebs.VolumeType as VolumeType | undefined,
    iops: ebs.Iops,
    throughputMiBps: ebs.Throughput,
    deleteOnTermination: ebs.DeleteOnTermination,
    encrypted: ebs.Encrypted,
  });
