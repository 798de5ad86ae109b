import {
  DescribeImageAttribute$,
  type DescribeImageAttributeRequest,
  DisableImage$,
  DisableImageDeprecation$,
  type DisableImageDeprecationRequest,
  type DisableImageDeprecationResult,
  type DisableImageRequest,
  type DisableImageResult,
  EnableImage$,
  EnableImageDeprecation$,
  type EnableImageDeprecationRequest,
  type EnableImageDeprecationResult,
  type EnableImageRequest,
  type EnableImageResult,
  type ImageAttribute,
  ModifyImageAttribute$,
  type ModifyImageAttributeRequest,
  ResetImageAttribute$,
  type ResetImageAttributeRequest,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { ImageInfo } from "../../cloud/images/image-info.ts";
import type { CloudImages } from "../../cloud/images/images.ts";
import { oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { MODIFICATIONS, OPERATION, permissionChange, permissionOf } from "./sharing.ts";

type None = Record<never, never>;

/** What `Attribute` may name, and what of an image it is. */
const ATTRIBUTES: Readonly<Record<string, (image: ImageInfo) => ImageAttribute>> = {
  bootMode: ({ bootMode }) => (bootMode === "legacy-bios" ? { BootMode: { Value: bootMode } } : {}),
  description: ({ description }) => ({ Description: { Value: description } }),
  imdsSupport: () => ({}),
  kernel: () => ({}),
  launchPermission: ({ launchPermissions }) => ({ LaunchPermissions: launchPermissions.map(permissionOf) }),
  productCodes: ({ productCodes }) => ({ ProductCodes: productCodes.map(productCodeOf) }),
  ramdisk: () => ({}),
  sriovNetSupport: () => ({}),
};

export const productCodeOf = (code: string) => ({ ProductCodeId: code, ProductCodeType: "marketplace" as const });

/** Only the owner sees who may launch it; everybody who may launch it sees the rest. */
export const describeImageAttribute = defineAction<DescribeImageAttributeRequest, ImageAttribute>(
  DescribeImageAttribute$,
  { Attribute: oneOf(...Object.keys(ATTRIBUTES), "blockDeviceMapping"), ImageId: true },
  async ({ Attribute: attribute = "", ImageId: id = "" }, { cloud: { images } }) => {
    if (attribute === "blockDeviceMapping") {
      // EC2 API, DescribeImageAttribute: "Using this attribute returns the Client.AuthFailure error".
      throw new CloudError("AuthFailure", "Unauthorized attempt to access restricted resource: use DescribeImages.");
    }
    const image = attribute === "launchPermission" ? await images.own(id) : await byId(images, id);
    return { ImageId: id, ...ATTRIBUTES[attribute]?.(image) };
  },
);

async function byId(images: CloudImages, id: string): Promise<ImageInfo> {
  const image = await images.get(id);
  if (image.id === id) return image;
  throw new CloudError("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`, { imageId: id });
}

/** One attribute at a time, in either of EC2's forms. */
export const modifyImageAttribute = defineAction<ModifyImageAttributeRequest, None>(
  ModifyImageAttribute$,
  {
    Attribute: oneOf("description", "launchPermission", "productCodes"),
    Description: { Value: true },
    ImageId: true,
    LaunchPermission: MODIFICATIONS,
    OperationType: OPERATION,
    ProductCodes: true,
    UserGroups: true,
    UserIds: true,
    Value: true,
  },
  async (request, { cloud: { images } }) => {
    const { Attribute: attribute, ImageId: id = "", Value: value, ProductCodes: codes } = request;
    const description = request.Description?.Value ?? (attribute === "description" ? (value ?? "") : undefined);
    const { LaunchPermission: modifications, OperationType, UserIds, UserGroups: groups } = request;
    const change = permissionChange({ modifications, OperationType, UserIds, groups });
    const given = { description, launchPermission: change, productCodes: codes };
    const names = Object.entries(given).flatMap(([name, part]) => (part === undefined ? [] : [name]));
    if (names.length !== 1 || (attribute !== undefined && attribute !== names[0])) {
      const text = names.length > 1 ? "Fields for multiple attribute types specified" : "No attributes specified.";
      throw new CloudError("InvalidParameterCombination", text, { attribute, names });
    }
    if (description !== undefined) await images.setDescription(id, description);
    else if (change !== undefined) await images.share(id, change);
    else await images.addProductCodes(id, codes ?? []);
    return {};
  },
);

export const resetImageAttribute = defineAction<ResetImageAttributeRequest, None>(
  ResetImageAttribute$,
  { Attribute: oneOf("launchPermission"), ImageId: true },
  async ({ ImageId: id = "" }, { cloud: { images } }) => {
    await images.share(id, { reset: true });
    return {};
  },
);

export const enableImageDeprecation = defineAction<EnableImageDeprecationRequest, EnableImageDeprecationResult>(
  EnableImageDeprecation$,
  { DeprecateAt: true, ImageId: true },
  async ({ DeprecateAt: at, ImageId: id = "" }, { cloud: { images } }) => {
    if (at === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter DeprecateAt");
    }
    await images.setDeprecation(id, at);
    return { Return: true };
  },
);

export const disableImageDeprecation = defineAction<DisableImageDeprecationRequest, DisableImageDeprecationResult>(
  DisableImageDeprecation$,
  { ImageId: true },
  async ({ ImageId: id = "" }, { cloud: { images } }) => {
    await images.setDeprecation(id, null);
    return { Return: true };
  },
);

export const enableImage = defineAction<EnableImageRequest, EnableImageResult>(
  EnableImage$,
  { ImageId: true },
  async ({ ImageId: id = "" }, { cloud: { images } }) => {
    await images.enable(id);
    return { Return: true };
  },
);

export const disableImage = defineAction<DisableImageRequest, DisableImageResult>(
  DisableImage$,
  { ImageId: true },
  async ({ ImageId: id = "" }, { cloud: { images } }) => {
    await images.disable(id);
    return { Return: true };
  },
);
