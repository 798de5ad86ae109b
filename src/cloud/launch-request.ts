import { CloudError } from "../base/errors.ts";
import type { CatalogueImage } from "./images/image-catalogue.ts";
import { DEFAULT_INSTANCE_TYPE, findInstanceType, type InstanceType } from "./instance-types.ts";
import type { BlockDeviceMapping } from "./launch-block-devices.ts";
import type { Parameters } from "./parameters.ts";
import { isRootDevice } from "./volumes/device-names.ts";
import { GIB } from "./volumes/volume-types.ts";

export interface LaunchRequest {
  /** An image's name or id, e.g. "tiny". Unknown: `InvalidAMIID.NotFound`. */
  readonly image: string;
  /** An instance type, "v1.micro" by default. Unknown: `InvalidParameterValue`. */
  readonly type?: string;
  /** How many; 1 by default. Beyond the limits: `InstanceLimitExceeded`, `InsufficientInstanceCapacity`. */
  readonly count?: number;
  /** The Name tag. */
  readonly name?: string;
  /** The root volume's size in GiB; at least the image's. The image's own size by default. */
  readonly rootVolumeGiB?: number;
  /** Disks beside the image's, or instead of them (F45). One of the root device goes not with `rootVolumeGiB`. */
  readonly blockDevices?: readonly BlockDeviceMapping[];
}

export const LAUNCH: Parameters<LaunchRequest> = {
  image: true,
  type: true,
  count: true,
  name: true,
  rootVolumeGiB: true,
  blockDevices: true,
};

/** EC2's tag values hold 256 characters (F77). */
const MAX_NAME_LENGTH = 256;
/** What our block maps address; EBS's limit for most volume types is 16 TiB. */
const MAX_ROOT_GIB = 2048;

const invalid = (message: string, details: Record<string, unknown>) =>
  new CloudError("InvalidParameterValue", message, details);

/** Throws `InvalidParameterValue` (F02, F05) for a type that does not exist. */
export function checkType(name: string = DEFAULT_INSTANCE_TYPE): InstanceType {
  const type = findInstanceType(name);
  if (type === undefined) throw invalid(`The instance type '${name}' does not exist`, { instanceType: name });
  return type;
}

/** A count is a whole number of at least 1; how many there may be is the capacity's business. */
export function checkCount(count = 1): number {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw invalid(`Invalid value '${count}' for count. It must be a whole number of at least 1.`, { count });
  }
  return count;
}

export function checkName(name = ""): string {
  if (typeof name !== "string" || name.length > MAX_NAME_LENGTH) {
    throw invalid(`A name has at most ${MAX_NAME_LENGTH} characters.`, { length: String(name).length });
  }
  return name;
}

/** The image, with a root volume of the size asked for: at least the image's (F38). */
export function withRootSize<T extends Pick<CatalogueImage, "devices">>(image: T, request: LaunchRequest): T {
  const { rootVolumeGiB: gib, blockDevices = [] } = request;
  const [root, ...others] = image.devices;
  if (gib === undefined || root === undefined) return image;
  if (blockDevices.some(({ device }) => isRootDevice(device))) {
    const text = "The parameter rootVolumeGiB cannot be used with a mapping of the root device";
    throw new CloudError("InvalidParameterCombination", text, { rootVolumeGiB: gib });
  }
  const bytes = gib * GIB;
  if (!Number.isSafeInteger(bytes) || bytes % 512 !== 0 || gib > MAX_ROOT_GIB) {
    throw invalid(`Invalid root volume size ${gib} GiB. It must be at most ${MAX_ROOT_GIB} GiB.`, {
      rootVolumeGiB: gib,
    });
  }
  if (bytes < root.sizeBytes) {
    throw new CloudError(
      "InvalidBlockDeviceMapping",
      `The root volume of ${gib} GiB is smaller than the image's disk of ${root.sizeBytes / GIB} GiB.`,
      { rootVolumeGiB: gib, imageBytes: root.sizeBytes },
    );
  }
  return { ...image, devices: [{ ...root, sizeBytes: bytes }, ...others] };
}

export function checkMemory({ name, ref }: Pick<CatalogueImage, "name" | "ref">, type: InstanceType): void {
  const { minimumMemoryMiB } = ref.manifest;
  if (type.memoryMiB >= minimumMemoryMiB) return;
  throw invalid(
    `The image '${name}' needs ${minimumMemoryMiB} MiB of memory; ${type.name} has ${type.memoryMiB}. Choose a larger type.`,
    {
      instanceType: type.name,
      minimumMemoryMiB,
    },
  );
}
