import {
  CopyImage$,
  type CopyImageRequest,
  type CopyImageResult,
  CreateImage$,
  type CreateImageRequest,
  type CreateImageResult,
  DeregisterImage$,
  type DeregisterImageRequest,
  type DeregisterImageResult,
  RegisterImage$,
  type RegisterImageRequest,
  type RegisterImageResult,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import type { RegisterImageRequest as RegisterRequest } from "../../cloud/images/image-info.ts";
import type { BlockDeviceMapping } from "../../cloud/launch-block-devices.ts";
import { oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { newTags, tagSpecifications } from "../tags.ts";
import { MAPPINGS, mappingOf } from "./block-device-mappings.ts";
import { ARCHITECTURE } from "./instance-types.ts";

const TAGGED = tagSpecifications("image", "snapshot");

function tagsIn({ TagSpecifications: given }: Pick<CreateImageRequest, "TagSpecifications">) {
  return { tags: newTags(given, "image"), snapshotTags: newTags(given, "snapshot") };
}

export const createImage = defineAction<CreateImageRequest, CreateImageResult>(
  CreateImage$,
  { Description: true, InstanceId: true, Name: true, NoReboot: true, TagSpecifications: TAGGED },
  async (request, { cloud }) => {
    const { Description: description, InstanceId: instanceId = "", Name: name = "", NoReboot: noReboot } = request;
    const options = defined({ description, noReboot });
    return { ImageId: await cloud.images.beginFromInstance({ instanceId, name, ...tagsIn(request), ...options }) };
  },
);

const ROOT_DEVICE = "/dev/sda1";

/**
 * An image of a snapshot, which the mapping of the root device names. `BootMode` is "legacy-bios", or left out: then the
 * disk decides whether its boot loader or our kernel boots it.
 */
export const registerImage = defineAction<RegisterImageRequest, RegisterImageResult>(
  RegisterImage$,
  {
    Architecture: oneOf(ARCHITECTURE),
    BlockDeviceMappings: MAPPINGS,
    BootMode: oneOf("legacy-bios"),
    Description: true,
    Name: true,
    RootDeviceName: true,
    TagSpecifications: tagSpecifications("image"),
    VirtualizationType: oneOf("hvm"),
  },
  async (request, { cloud }) => {
    const { Description: description, Name: name = "", RootDeviceName: rootDevice = ROOT_DEVICE } = request;
    const mappings = (request.BlockDeviceMappings ?? []).map(mappingOf);
    const snapshotId = rootOf(mappings, rootDevice).ebs?.snapshotId;
    if (snapshotId === undefined) throw noRoot(rootDevice);
    const { id } = await cloud.images.register({
      name,
      snapshotId,
      blockDevices: mappings,
      tags: newTags(request.TagSpecifications, "image"),
      ...defined({ description, bootMode: request.BootMode as RegisterRequest["bootMode"] }),
    });
    return { ImageId: id };
  },
);

function rootOf(mappings: readonly BlockDeviceMapping[], rootDevice: string): BlockDeviceMapping {
  const root = mappings.find(({ device }) => device === rootDevice);
  if (root === undefined) throw noRoot(rootDevice);
  return root;
}

const noRoot = (rootDevice: string) =>
  new CloudError(
    "InvalidBlockDeviceMapping",
    `The root device '${rootDevice}' needs a mapping with the snapshot that is its content (Ebs.SnapshotId).`,
    { rootDevice },
  );

/** Into the caller's region. */
export const copyImage = defineAction<CopyImageRequest, CopyImageResult>(
  CopyImage$,
  {
    ClientToken: true,
    CopyImageTags: true,
    Description: true,
    Encrypted: true,
    Name: true,
    SourceImageId: true,
    SourceRegion: true,
    TagSpecifications: TAGGED,
  },
  async (request, { cloud }) => {
    const { Description: description, Encrypted: encrypted, Name: name = "", SourceRegion: sourceRegion } = request;
    if (sourceRegion === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter SourceRegion");
    }
    const id = await cloud.images.beginCopy({
      image: parseId("ami", request.SourceImageId ?? "", "InvalidAMIID.Malformed"),
      name,
      sourceRegion,
      ...tagsIn(request),
      ...defined({
        clientToken: request.ClientToken,
        copyTags: request.CopyImageTags,
        description,
        encrypted,
      }),
    });
    return { ImageId: id };
  },
);

export const deregisterImage = defineAction<DeregisterImageRequest, DeregisterImageResult>(
  DeregisterImage$,
  { DeleteAssociatedSnapshots: true, ImageId: true },
  async ({ DeleteAssociatedSnapshots: deleteAssociatedSnapshots, ImageId: id = "" }, { cloud }) => {
    const snapshots = await cloud.images.deregister(id, defined({ deleteAssociatedSnapshots }));
    const results = snapshots.map(({ snapshotId, deleted }) => ({
      SnapshotId: snapshotId,
      ReturnCode: deleted ? ("success" as const) : ("skipped" as const),
    }));
    return { Return: true, DeleteSnapshotResults: results };
  },
);
