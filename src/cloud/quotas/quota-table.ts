import type { Limits } from "../capacity.ts";
import { MAX_TAGS } from "../tags.ts";
import { NETWORK_QUOTAS, PAGE, type PerNetworkResource } from "./network-quotas.ts";

/** One quota, of an account in a region unless it says otherwise. */
export interface Quota {
  readonly name: string;
  readonly unit: string;
  /** Depends on the page's options where it is a function of them. */
  readonly defaultValue: number | ((limits: Limits) => number);
  /** The most that can be asked for; absent where it cannot be raised. */
  readonly most?: number;
  /** EC2's code of the error beyond it. */
  readonly error: string;
  /** What the error says, in EC2's words where they are known. */
  readonly text: (limit: number, region: string) => string;
}

/**
 * What an account may have. Defaults are EC2's where a tab can hold as much; the reason stands beside those that are not.
 * What can be asked for is bounded by what the registry, which is in memory and read at opening, works well with.
 */
export const QUOTAS = {
  /** EC2's old default. `limits.maxInstances` changes it. */
  "running-instances": {
    name: "Running instances",
    unit: "instances",
    defaultValue: ({ maxInstances }) => maxInstances,
    most: 250,
    error: "InstanceLimitExceeded",
    text: (limit) =>
      `You have requested more instances than your current instance limit of ${limit} allows for the specified instance type. ${PAGE}`,
  },
  /** EC2's default of the standard families for long; pending and running instances count (F69). */
  "running-vcpus": {
    name: "Running On-Demand v1 instances",
    unit: "vCPUs",
    defaultValue: ({ maxInstances }) => Math.max(32, maxInstances),
    most: 250,
    error: "VcpuLimitExceeded",
    text: (limit) =>
      `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified instance type belongs to. ${PAGE}`,
  },
  volumes: {
    name: "Volumes",
    unit: "volumes",
    defaultValue: 5000,
    most: 20_000,
    error: "VolumeLimitExceeded",
    text: (limit, region) => `You have exceeded your maximum limit of ${limit} volumes in region ${region}. ${PAGE}`,
  },
  /** EBS's 50 TiB: a disk takes room as it is written to, so that a tab may have far more than it could fill. */
  "volume-storage": {
    name: "Storage of volumes",
    unit: "GiB",
    defaultValue: 51_200,
    most: 1_048_576,
    error: "VolumeLimitExceeded",
    text: (limit, region) =>
      `You have exceeded your maximum storage limit of ${limit} GiB of volumes in region ${region}. ${PAGE}`,
  },
  "provisioned-iops": {
    name: "Provisioned IOPS of io1 and io2 volumes",
    unit: "IOPS",
    defaultValue: 300_000,
    most: 1_000_000,
    error: "MaxIOPSLimitExceeded",
    text: (limit, region) =>
      `You have exceeded your maximum limit of ${limit} provisioned IOPS in region ${region}. ${PAGE}`,
  },
  /** EBS has 100 000: each is a record in memory, and a layer of disks. */
  snapshots: {
    name: "Snapshots",
    unit: "snapshots",
    defaultValue: 10_000,
    most: 50_000,
    error: "SnapshotLimitExceeded",
    text: (limit, region) => `You have exceeded your maximum limit of ${limit} snapshots in region ${region}. ${PAGE}`,
  },
  /** EC2 has 50 000; the portal's pages list all of them. */
  images: {
    name: "Images",
    unit: "images",
    defaultValue: 1000,
    most: 10_000,
    error: "ResourceLimitExceeded",
    text: (limit) => `You have reached your quota of ${limit} for the number of images allowed in this Region. ${PAGE}`,
  },
  "key-pairs": {
    name: "Key pairs",
    unit: "key pairs",
    defaultValue: 5000,
    most: 10_000,
    error: "KeyPairLimitExceeded",
    text: (limit) => `You have reached your limit of ${limit} key pairs in this Region. ${PAGE}`,
  },
  "launch-templates": {
    name: "Launch templates",
    unit: "launch templates",
    defaultValue: 5000,
    most: 10_000,
    error: "MaxTemplateLimitExceeded",
    text: (limit) => `You have reached your limit of ${limit} launch templates in this Region. ${PAGE}`,
  },
  ...NETWORK_QUOTAS,
  "security-groups-per-interface": {
    name: "Security groups per network interface",
    unit: "security groups",
    defaultValue: 5,
    error: "SecurityGroupsPerInterfaceLimitExceeded",
    text: (limit) => `A network interface has at most ${limit} security groups.`,
  },
  "tags-per-resource": {
    name: "Tags per resource",
    unit: "tags",
    defaultValue: MAX_TAGS,
    error: "TagLimitExceeded",
    text: (limit) => `A resource has at most ${limit} tags.`,
  },
  /** What the computer has, not what an account may have: it is of the page (F70). */
  "page-memory": {
    name: "Memory of this page's machines",
    unit: "MiB",
    defaultValue: ({ maxMemoryMiB }) => maxMemoryMiB,
    error: "InsufficientInstanceCapacity",
    text: (limit) => `This page can give its instances ${limit} MiB of memory.`,
  },
} as const satisfies Readonly<Record<string, Quota>>;

export type QuotaCode = keyof typeof QUOTAS;

export const QUOTA_CODES = Object.keys(QUOTAS) as QuotaCode[];

/** Of one resource each: there is no count of them in an account. */
export type PerResource = PerNetworkResource | "security-groups-per-interface" | "tags-per-resource";
export type CountedQuota = Exclude<QuotaCode, PerResource>;

export const isQuotaCode = (code: string): code is QuotaCode => Object.hasOwn(QUOTAS, code);
export const quotaOf = (code: QuotaCode): Quota => QUOTAS[code];
