import {
  type BlockDeviceMapping,
  CreateImage$,
  type CreateImageRequest,
  type CreateImageResult,
  DeregisterImage$,
  type DeregisterImageRequest,
  type DeregisterImageResult,
  DescribeImages$,
  type DescribeImagesRequest,
  type DescribeImagesResult,
  type Image,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import type { ImageBlockDevice, ImageInfo } from "../../cloud/images/image-info.ts";
import { integer } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { MAX_PAGE } from "../pages.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { ARCHITECTURE } from "./instance-types.ts";
import { gibOf } from "./volumes.ts";

/** Whose the images are that come with the page: nobody's account, under the alias of EC2's own images (F27). */
const PUBLISHER = "000000000000";
const PUBLISHER_ALIAS = "amazon";

interface Described {
  readonly image: ImageInfo;
  readonly ownerId: string;
}

const isPublic = ({ image }: Described) => image.kind === "embedded";

function imageOutput(described: Described): Image {
  const { image, ownerId } = described;
  return {
    ImageId: image.id,
    Name: image.name,
    Description: image.description,
    ImageLocation: `${ownerId}/${image.name}`,
    ImageType: "machine",
    OwnerId: ownerId,
    ...(isPublic(described) ? { ImageOwnerAlias: PUBLISHER_ALIAS } : {}),
    Public: isPublic(described),
    State: image.state,
    ...(image.stateReason === null
      ? {}
      : { StateReason: { Code: image.stateReason.code, Message: image.stateReason.message } }),
    ...defined({
      CreationDate: image.createTime?.toISOString(),
      SourceInstanceId: image.sourceInstanceId ?? undefined,
    }),
    Architecture: ARCHITECTURE,
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
  ({ image }: Described) =>
    image.blockDevices.map(read);

/** EC2 API, DescribeImages, "Filters". */
const IMAGES: Listing<Described> = {
  idOf: ({ image }) => image.id,
  tagsOf: ({ image }) => image.tags,
  filters: {
    architecture: () => ARCHITECTURE,
    "block-device-mapping.delete-on-termination": device(({ deleteOnTermination }) => deleteOnTermination),
    "block-device-mapping.device-name": device((one) => one.device),
    "block-device-mapping.encrypted": device(({ encrypted }) => encrypted),
    "block-device-mapping.snapshot-id": device(({ snapshotId }) => snapshotId),
    "block-device-mapping.volume-size": device(({ sizeBytes }) => gibOf(sizeBytes)),
    "block-device-mapping.volume-type": device(({ type }) => type),
    "creation-date": ({ image }) => image.createTime,
    description: ({ image }) => image.description,
    "image-id": ({ image }) => image.id,
    "image-type": () => "machine",
    "is-public": isPublic,
    "kernel-id": () => undefined,
    name: ({ image }) => image.name,
    "owner-alias": (item) => (isPublic(item) ? PUBLISHER_ALIAS : undefined),
    "owner-id": ({ ownerId }) => ownerId,
    platform: () => undefined,
    "product-code": () => undefined,
    "ramdisk-id": () => undefined,
    "root-device-name": ({ image }) => image.rootDevice,
    "root-device-type": ({ image }) => image.rootDeviceType,
    "source-instance-id": ({ image }) => image.sourceInstanceId,
    state: ({ image }) => image.state,
    "state-reason-code": ({ image }) => image.stateReason?.code,
    "state-reason-message": ({ image }) => image.stateReason?.message,
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
    const { accountId } = context.caller;
    const known = (await context.cloud.images.list()).map(
      (image): Described => ({ image, ownerId: image.kind === "own" ? accountId : PUBLISHER }),
    );
    const chosen = named("imagesSet", request.ImageIds, request, { all: () => known, get: (id) => find(known, id) });
    const all = chosen.filter((item) => isOwnedBy(item, owners, accountId) && isFor(item, users));
    const list = JSON.stringify(["DescribeImages", owners, users]);
    const { items, nextToken } = await listPage(context, list, all, request, IMAGES);
    return { Images: items.map(imageOutput), NextToken: nextToken };
  },
);

function find(known: readonly Described[], id: string): Described {
  parseId("ami", id, "InvalidAMIID.Malformed");
  const found = known.find(({ image }) => image.id === id);
  if (found !== undefined) return found;
  throw new CloudError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`, { imageId: id });
}

function isOwnedBy(item: Described, owners: readonly string[], accountId: string): boolean {
  if (owners.length === 0) return true;
  const names = isPublic(item) ? [PUBLISHER, PUBLISHER_ALIAS] : [item.ownerId];
  return owners.some((owner) => names.includes(owner === "self" ? accountId : owner));
}

/** Who may launch it without owning it: everybody, or nobody where it was made here. */
const isFor = (item: Described, users: readonly string[]): boolean =>
  users.length === 0 || (isPublic(item) && users.includes("all"));

/** Answers when the image is available. */
export const createImage = defineAction<CreateImageRequest, CreateImageResult>(
  CreateImage$,
  {
    Description: true,
    InstanceId: true,
    Name: true,
    NoReboot: true,
    TagSpecifications: tagSpecifications("image"),
  },
  async (request, { cloud }) => {
    const { Description: description, InstanceId: instanceId = "", Name: name = "", NoReboot: noReboot } = request;
    const tags = newTags(request.TagSpecifications, "image");
    const options = defined({ description, noReboot });
    return { ImageId: (await cloud.images.createFromInstance({ instanceId, name, tags, ...options })).id };
  },
);

export const deregisterImage = defineAction<DeregisterImageRequest, DeregisterImageResult>(
  DeregisterImage$,
  { ImageId: true },
  async ({ ImageId: id = "" }, { cloud }) => {
    await cloud.images.deregister(id);
    return { Return: true };
  },
);
