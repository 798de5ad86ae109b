import {
  type BlockDeviceMapping,
  DescribeImages$,
  type DescribeImagesRequest,
  type DescribeImagesResult,
  type Image,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import { OWNER_ALIASES } from "../../cloud/images/catalogue-file.ts";
import type { ImageBlockDevice, ImageInfo } from "../../cloud/images/image-info.ts";
import { integer } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { MAX_PAGE } from "../pages.ts";
import { tagList } from "../tags.ts";
import { productCodeOf } from "./image-attributes.ts";
import { ARCHITECTURE } from "./instance-types.ts";
import { gibOf } from "./volumes.ts";

const locationOf = ({ ownerAlias, ownerId, name }: ImageInfo) => `${ownerAlias ?? ownerId}/${name}`;
const dateOf = ({ createTime }: ImageInfo) => createTime?.toISOString();
/** EC2 has a boot mode for what a BIOS or UEFI starts; a kernel that is entered directly has none. */
const bootModeOf = ({ bootMode }: ImageInfo) => (bootMode === "legacy-bios" ? bootMode : undefined);

function imageOutput(image: ImageInfo): Image {
  return {
    ImageId: image.id,
    Name: image.name,
    Description: image.description,
    ImageLocation: locationOf(image),
    ImageType: "machine",
    OwnerId: image.ownerId,
    Public: image.public,
    State: image.state,
    ...(image.stateReason === null
      ? {}
      : { StateReason: { Code: image.stateReason.code, Message: image.stateReason.message } }),
    ...defined({
      ImageOwnerAlias: image.ownerAlias ?? undefined,
      CreationDate: dateOf(image),
      DeprecationTime: image.deprecationTime?.toISOString(),
      SourceInstanceId: image.sourceInstanceId ?? undefined,
      SourceImageId: image.sourceImage?.id,
      SourceImageRegion: image.sourceImage?.region,
      BootMode: bootModeOf(image),
      ProductCodes: image.productCodes.length === 0 ? undefined : image.productCodes.map(productCodeOf),
    }),
    Architecture: ARCHITECTURE,
    PlatformDetails: "Linux/UNIX",
    UsageOperation: "RunInstances",
    VirtualizationType: "hvm",
    RootDeviceName: image.rootDevice,
    RootDeviceType: image.rootDeviceType,
    BlockDeviceMappings: image.blockDevices.map(mappingOutput),
    Tags: tagList(image.tags),
  };
}

const mappingOutput = (device: ImageBlockDevice): BlockDeviceMapping => ({
  DeviceName: device.device,
  Ebs: {
    ...defined({ SnapshotId: device.snapshotId ?? undefined }),
    VolumeSize: gibOf(device.sizeBytes),
    VolumeType: device.type,
    DeleteOnTermination: device.deleteOnTermination,
    Encrypted: device.encrypted,
  },
});

const device =
  (read: (device: ImageBlockDevice) => string | number | boolean | null) =>
  ({ blockDevices }: ImageInfo) =>
    blockDevices.map(read);

/** EC2 API, DescribeImages, "Filters". */
const IMAGES: Listing<ImageInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    architecture: () => ARCHITECTURE,
    "block-device-mapping.delete-on-termination": device(({ deleteOnTermination }) => deleteOnTermination),
    "block-device-mapping.device-name": device((one) => one.device),
    "block-device-mapping.encrypted": device(({ encrypted }) => encrypted),
    "block-device-mapping.snapshot-id": device(({ snapshotId }) => snapshotId),
    "block-device-mapping.volume-size": device(({ sizeBytes }) => gibOf(sizeBytes)),
    "block-device-mapping.volume-type": device(({ type }) => type),
    "boot-mode": bootModeOf,
    "creation-date": ({ createTime }) => createTime,
    description: ({ description }) => description,
    "ena-support": () => undefined,
    hypervisor: () => undefined,
    "image-id": ({ id }) => id,
    "image-type": () => "machine",
    "is-public": (image) => image.public,
    "kernel-id": () => undefined,
    "manifest-location": locationOf,
    name: ({ name }) => name,
    "owner-alias": ({ ownerAlias }) => ownerAlias,
    "owner-id": ({ ownerId }) => ownerId,
    platform: () => undefined,
    "product-code": ({ productCodes }) => productCodes,
    "product-code.type": ({ productCodes }) => (productCodes.length === 0 ? undefined : "marketplace"),
    "ramdisk-id": () => undefined,
    "root-device-name": ({ rootDevice }) => rootDevice,
    "root-device-type": ({ rootDeviceType }) => rootDeviceType,
    "source-image-id": ({ sourceImage }) => sourceImage?.id,
    "source-image-region": ({ sourceImage }) => sourceImage?.region,
    "source-instance-id": ({ sourceInstanceId }) => sourceInstanceId,
    "sriov-net-support": () => undefined,
    state: ({ state }) => state,
    "state-reason-code": ({ stateReason }) => stateReason?.code,
    "state-reason-message": ({ stateReason }) => stateReason?.message,
    "virtualization-type": () => "hvm",
  },
};

export const describeImages = defineAction<DescribeImagesRequest, DescribeImagesResult>(
  DescribeImages$,
  {
    ...LISTED,
    // Images have no least number for a page (EC2 API).
    MaxResults: integer(1, MAX_PAGE),
    ExecutableUsers: true,
    ImageIds: true,
    IncludeDeprecated: true,
    IncludeDisabled: true,
    Owners: true,
  },
  async (request, context) => {
    const { ExecutableUsers: users = [], Owners: owners = [] } = request;
    for (const owner of owners) checkOwner(owner);
    const known = await context.cloud.images.list();
    const chosen = named("imagesSet", request.ImageIds, request, {
      all: () => known.filter((image) => request.IncludeDeprecated === true || !isHidden(image, context)),
      get: (id) => find(known, id),
    });
    const all = chosen.filter(
      (image) =>
        isOwnedBy(image, owners, context) &&
        isFor(image, users, context) &&
        (image.state !== "disabled" || request.IncludeDisabled === true),
    );
    const { IncludeDeprecated: deprecated = false, IncludeDisabled: disabled = false } = request;
    const list = JSON.stringify(["DescribeImages", owners, users, deprecated, disabled]);
    const { items, nextToken } = await listPage(context, list, all, request, IMAGES);
    return { Images: items.map(imageOutput), NextToken: nextToken };
  },
);

function find(known: readonly ImageInfo[], id: string): ImageInfo {
  parseId("ami", id, "InvalidAMIID.Malformed");
  const found = known.find((image) => image.id === id);
  if (found !== undefined) return found;
  throw new CloudError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`, { imageId: id });
}

/** "If you are the AMI owner, all deprecated AMIs appear in the response" (EC2 API); others name them to see them. */
const isHidden = ({ deprecated, ownerId }: ImageInfo, { caller }: ActionContext): boolean =>
  deprecated && ownerId !== caller.accountId;

function checkOwner(owner: string): void {
  const aliases: readonly string[] = ["self", "aws-backup-vault", ...OWNER_ALIASES];
  if (aliases.includes(owner) || /^\d{12}$/.test(owner)) return;
  throw new CloudError("InvalidUserID.Malformed", `Invalid user id: "${owner}"`, { owner });
}

function isOwnedBy({ ownerId, ownerAlias }: ImageInfo, owners: readonly string[], { caller }: ActionContext): boolean {
  if (owners.length === 0) return true;
  return owners.some((owner) => owner === ownerAlias || (owner === "self" ? caller.accountId : owner) === ownerId);
}

/** Those that somebody was explicitly given; "all": that everybody was. */
function isFor({ launchPermissions }: ImageInfo, users: readonly string[], { caller }: ActionContext): boolean {
  if (users.length === 0) return true;
  return users.some((user) => launchPermissions.includes(user === "self" ? caller.accountId : user));
}
