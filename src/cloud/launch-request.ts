import { CloudError } from "../base/errors.ts";
import { LAUNCH_ATTRIBUTES, type LaunchAttributes } from "./attributes/attribute-changes.ts";
import { LAUNCH_DELIVERY, type LaunchDelivery } from "./first-start/launch-delivery.ts";
import type { CatalogueImage } from "./images/image-catalogue.ts";
import { DEFAULT_INSTANCE_TYPE, findInstanceType, type InstanceType } from "./instance-types.ts";
import { type BlockDeviceMapping, noVolumes } from "./launch-block-devices.ts";
import type { LaunchTemplateChoice } from "./launch-templates/template-choice.ts";
import { LAUNCH_NETWORK, type LaunchNetworkRequest } from "./network/launch-network.ts";
import type { Parameters } from "./parameters.ts";
import type { Tags } from "./tags.ts";
import { isRootDevice } from "./volumes/device-names.ts";
import { GIB } from "./volumes/volume-types.ts";

export interface LaunchRequest extends LaunchAttributes, LaunchDelivery, LaunchNetworkRequest {
  /** The zone, of any region: the first one of the image's by default, or of us-east-1. Unknown: `InvalidParameterValue`. */
  readonly availabilityZone?: string;
  /**
   * An image's name or id, e.g. "tiny". Unknown: `InvalidAMIID.NotFound`. Neither here nor in the template:
   * `MissingParameter`.
   */
  readonly image?: string;
  /** What is not said here is as this template has it (F12), tags one by one. */
  readonly launchTemplate?: LaunchTemplateChoice;
  /** An instance type, "v1.micro" by default. Unknown: `InvalidParameterValue`. */
  readonly type?: string;
  /**
   * How many; 1 by default. Beyond the quotas: `InstanceLimitExceeded`, `VcpuLimitExceeded`, `VolumeLimitExceeded`,
   * `MaxIOPSLimitExceeded`; beyond the page's memory: `InsufficientInstanceCapacity`.
   */
  readonly count?: number;
  /** Fewer are launched when there is no room for `count`, but never fewer than this (F03); `count` by default. */
  readonly minCount?: number;
  /** Short for the tag `Name`. */
  readonly name?: string;
  readonly tags?: Tags;
  /** Of its volumes. */
  readonly volumeTags?: Tags;
  /** The root volume's size in GiB; at least the image's. The image's own size by default. */
  readonly rootVolumeGiB?: number;
  /** Disks beside the image's, or instead of them (F45). One of the root device goes not with `rootVolumeGiB`. */
  readonly blockDevices?: readonly BlockDeviceMapping[];
  /**
   * Up to 64 ASCII characters: the request that comes again with it launches nothing, and gives what it launched the first
   * time (F74). With another request: `IdempotentParameterMismatch`.
   */
  readonly clientToken?: string;
}

export const LAUNCH: Parameters<LaunchRequest> = {
  availabilityZone: true,
  image: true,
  launchTemplate: true,
  type: true,
  count: true,
  minCount: true,
  name: true,
  tags: true,
  volumeTags: true,
  rootVolumeGiB: true,
  blockDevices: true,
  clientToken: true,
  ...LAUNCH_ATTRIBUTES,
  ...LAUNCH_DELIVERY,
  ...LAUNCH_NETWORK,
};

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

/** `count` by default, and never more than it. */
export function checkMinCount(minCount: number | undefined, count: number): number {
  const least = checkCount(minCount ?? count);
  if (least <= count) return least;
  throw invalid(`Invalid value '${least}' for minCount. It must not be more than ${count}.`, { minCount, count });
}

/** The most instances, from `least` on, with which `check` finds no fault; throws what is wrong with `least` of them. */
export function mostThatFit(least: number, most: number, check: (count: number) => void): number {
  for (let count = most; count > least; count--) {
    try {
      check(count);
      return count;
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
    }
  }
  check(least);
  return least;
}

/** The image, with a root volume of the size asked for: at least the image's (F38). */
export function withRootSize<T extends Pick<CatalogueImage, "devices" | "ref">>(image: T, request: LaunchRequest): T {
  const { rootVolumeGiB: gib, blockDevices = [] } = request;
  const [root, ...others] = image.devices;
  if (gib === undefined || root === undefined) return image;
  if (image.ref.manifest.rootDeviceType === "instance-store") throw noVolumes(root.device);
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
  const isBlank = root.snapshotId === null && root.imageId === null;
  if (bytes < root.sizeBytes && !isBlank) {
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
