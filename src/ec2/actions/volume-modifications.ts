import {
  DescribeVolumesModifications$,
  type DescribeVolumesModificationsRequest,
  type DescribeVolumesModificationsResult,
  ModifyVolume$,
  type ModifyVolumeRequest,
  type ModifyVolumeResult,
  type VolumeModification,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { VolumeInfo } from "../../cloud/volumes/volume-info.ts";
import type { VolumeType } from "../../cloud/volumes/volume-types.ts";
import { integer, only } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { gibOf } from "./volumes.ts";

type Modified = VolumeInfo & { readonly modification: NonNullable<VolumeInfo["modification"]> };

const isModified = (volume: VolumeInfo): volume is Modified => volume.modification !== null;

/** EC2's most for a page of this list (EC2 API, DescribeVolumesModifications). */
const MAX_MODIFICATIONS = 500;

function modificationOutput({ id, modification }: Modified): VolumeModification {
  const { original, target } = modification;
  return {
    VolumeId: id,
    ModificationState: modification.state,
    ...(modification.message === "" ? {} : { StatusMessage: modification.message }),
    StartTime: modification.startTime,
    ...defined({ EndTime: modification.endTime ?? undefined }),
    Progress: modification.progress,
    TargetSize: gibOf(target.sizeBytes),
    TargetVolumeType: target.type,
    TargetIops: target.iops,
    TargetThroughput: target.throughputMiBps,
    TargetMultiAttachEnabled: false,
    ...(original !== null && {
      OriginalSize: gibOf(original.sizeBytes),
      OriginalVolumeType: original.type,
      OriginalIops: original.iops,
      OriginalThroughput: original.throughputMiBps,
    }),
    OriginalMultiAttachEnabled: false,
  };
}

/** EC2 API, DescribeVolumesModifications, "Filters". */
const MODIFICATIONS: Listing<Modified> = {
  idOf: ({ id }) => id,
  filters: {
    "modification-state": ({ modification }) => modification.state,
    "original-iops": ({ modification }) => modification.original?.iops,
    "original-size": ({ modification }) => modification.original && gibOf(modification.original.sizeBytes),
    "original-volume-type": ({ modification }) => modification.original?.type,
    originalMultiAttachEnabled: () => false,
    "start-time": ({ modification }) => modification.startTime,
    "target-iops": ({ modification }) => modification.target.iops,
    "target-size": ({ modification }) => gibOf(modification.target.sizeBytes),
    "target-volume-type": ({ modification }) => modification.target.type,
    targetMultiAttachEnabled: () => false,
    "volume-id": ({ id }) => id,
  },
};

export const describeVolumesModifications = defineAction<
  DescribeVolumesModificationsRequest,
  DescribeVolumesModificationsResult
>(
  DescribeVolumesModifications$,
  { ...LISTED, MaxResults: integer(1, MAX_MODIFICATIONS), VolumeIds: true },
  async (request, context) => {
    const { volumes } = context.cloud;
    const chosen = named("volumesSet", request.VolumeIds, request, {
      all: () => volumes.list().filter(isModified),
      get(id) {
        const volume = volumes.get(id);
        if (isModified(volume)) return volume;
        const text = `Modification for volume '${id}' does not exist.`;
        throw new CloudError("InvalidVolumeModification.NotFound", text, { volumeId: id });
      },
    });
    const list = "DescribeVolumesModifications";
    const { items, nextToken } = await listPage(context, list, chosen, request, MODIFICATIONS);
    return { VolumesModifications: items.map(modificationOutput), NextToken: nextToken };
  },
);

export const modifyVolume = defineAction<ModifyVolumeRequest, ModifyVolumeResult>(
  ModifyVolume$,
  {
    Iops: true,
    MultiAttachEnabled: only(false),
    Size: true,
    Throughput: true,
    VolumeId: true,
    VolumeType: true,
  },
  async (request, { cloud }) => {
    const volume = await cloud.volumes.beginModification({
      volumeId: request.VolumeId ?? "",
      ...defined({
        iops: request.Iops,
        sizeGiB: request.Size,
        throughputMiBps: request.Throughput,
        type: request.VolumeType as VolumeType | undefined,
      }),
    });
    return isModified(volume) ? { VolumeModification: modificationOutput(volume) } : {};
  },
);
