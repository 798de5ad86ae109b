import type { TagEditorProps } from "@cloudscape-design/components/tag-editor";
import type { Image, InstanceType, LaunchRequest } from "../../api/types.ts";
import { formatMemory } from "../format/bytes.ts";
import { API_DEFAULTS, type AttributeValues, changesOf } from "../instance/attributes.ts";
import { typed } from "../resources/typed.ts";
import { tagsOf } from "../tags/tags.ts";
import { changesRoot, type DiskFields, type RootFields, toMappings, whatIsWrong } from "./disk-fields.ts";

/** What stands in the fields. */
export interface LaunchFields extends AttributeValues {
  readonly image: string;
  readonly type: string;
  readonly name: string;
  readonly count: string;
  /** Empty: the image's own size. */
  readonly rootVolumeGiB: string;
  readonly root: RootFields;
  /** Beside the root volume. */
  readonly disks: readonly DiskFields[];
  /** Beside the name. */
  readonly tags: readonly TagEditorProps.Tag[];
  /** Empty: none. */
  readonly keyName: string;
  /** Empty: the default one. */
  readonly zone: string;
  /** Empty: the default one of the zone. */
  readonly subnetId: string;
  /** Empty: as the subnet says. */
  readonly publicIp: "" | "enable" | "disable";
  /** None: the default one of the VPC. */
  readonly securityGroupIds: readonly string[];
  readonly userData: string;
  /** Empty: no login by password. */
  readonly password: string;
}

/** An empty form. */
export const EMPTY: LaunchFields = {
  image: "",
  type: "v1.micro",
  name: "",
  count: "1",
  rootVolumeGiB: "",
  root: { type: null, deleteOnTermination: true, encrypted: false },
  disks: [],
  tags: [],
  keyName: "",
  zone: "",
  subnetId: "",
  publicIp: "",
  securityGroupIds: [],
  userData: "",
  password: "",
  // As EC2's own console has it; its API's default is "optional".
  ...API_DEFAULTS,
  requireTokens: true,
};

export type LaunchErrors = Partial<Record<keyof LaunchFields, string>>;

/**
 * What is wrong with the fields as they stand, by field. Only what the form itself can know: that a number is one.
 * Limits are the cloud's business, and its refusals are shown.
 */
export function validate(fields: LaunchFields): LaunchErrors {
  return {
    ...(fields.image === "" && { image: "Choose an image." }),
    ...(fields.type === "" && { type: "Choose a type." }),
    ...(!isWholeNumber(fields.count) && { count: "Enter a whole number of at least 1." }),
    ...(fields.password !== "" &&
      fields.keyName !== "" && { password: "An instance has a key pair or a password: leave one of them out." }),
    ...(fields.rootVolumeGiB.trim() !== "" &&
      !(Number(fields.rootVolumeGiB) > 0) && { rootVolumeGiB: "Enter a size in GiB, such as 1 or 0.5." }),
    ...(fields.disks.some((disk) => whatIsWrong(disk) !== null) && { disks: "A disk's size is missing or wrong." }),
  };
}

/** The request of valid fields. */
export function toRequest(fields: LaunchFields, image: Pick<Image, "rootDevice" | "rootDeviceType">): LaunchRequest {
  // A mapping of the root device holds its size.
  const size = changesRoot(fields.root) ? "" : fields.rootVolumeGiB.trim();
  const blockDevices = toMappings(image, fields.root, fields.rootVolumeGiB, fields.disks);
  return {
    image: fields.image,
    type: fields.type,
    count: Number(fields.count),
    ...typed({ name: fields.name, availabilityZone: fields.zone, subnetId: fields.subnetId }),
    ...(fields.publicIp !== "" && { associatePublicIpAddress: fields.publicIp === "enable" }),
    ...(fields.securityGroupIds.length > 0 && { securityGroupIds: fields.securityGroupIds }),
    ...(size !== "" && { rootVolumeGiB: Number(size) }),
    ...(blockDevices.length > 0 && { blockDevices }),
    ...(fields.tags.length > 0 && { tags: tagsOf(fields.tags) }),
    ...(fields.keyName !== "" && { keyName: fields.keyName }),
    ...(fields.userData.trim() !== "" && { userData: fields.userData }),
    ...(fields.password !== "" && { password: fields.password }),
    ...changesOf(API_DEFAULTS, fields, image.rootDeviceType),
  };
}

/** As it is shown: whoever looks over one's shoulder need not see the password. */
export const withoutPassword = <T extends { readonly password?: string }>(request: T): T =>
  request.password === undefined ? request : { ...request, password: "(your password)" };

/** "128 MiB of memory, half of a processor core". */
export function describeType({ memoryMiB, cpuShare }: InstanceType): string {
  const share = cpuShare >= 1 ? "a whole processor core" : `${Math.round(cpuShare * 100)} % of a processor core`;
  return `${formatMemory(memoryMiB)} of memory, ${share}`;
}

/** Why a type cannot run an image, or null. */
export function whyTypeDoesNotFit(type: InstanceType, image: Image | undefined): string | null {
  if (image === undefined || type.memoryMiB >= image.minimumMemoryMiB) return null;
  return `${image.title} needs ${formatMemory(image.minimumMemoryMiB)} of memory`;
}

/** The field that a refusal is about, by the details that the cloud gives with it; undefined for the launch as a whole. */
export function fieldOf(code: string, details: Readonly<Record<string, unknown>>): keyof LaunchFields | undefined {
  if (code.startsWith("InvalidAMIID.")) return "image";
  if (code.startsWith("InvalidKeyPair.")) return "keyName";
  if (code.startsWith("InvalidUserData") || details.parameter === "userData") return "userData";
  if (details.parameter === "password") return "password";
  if ("availabilityZone" in details || "zone" in details) return "zone";
  if (code.startsWith("InvalidSubnet") || code === "InsufficientFreeAddressesInSubnet") return "subnetId";
  if (code.startsWith("InvalidGroup") || code.startsWith("SecurityGroupsPerInterface")) return "securityGroupIds";
  if ("count" in details) return "count";
  if ("instanceType" in details) return "type";
  if ("rootVolumeGiB" in details) return "rootVolumeGiB";
  if ("device" in details || "sizeGiB" in details) return "disks";
  return undefined;
}

function isWholeNumber(text: string): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number.isSafeInteger(Number(text));
}
