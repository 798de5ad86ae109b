import {
  type _InstanceType,
  DescribeInstanceTypeOfferings$,
  type DescribeInstanceTypeOfferingsRequest,
  type DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypes$,
  type DescribeInstanceTypesRequest,
  type DescribeInstanceTypesResult,
  type InstanceTypeInfo,
  type InstanceTypeOffering,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { INSTANCE_TYPES, type InstanceType } from "../../cloud/instance-types.ts";
import { zonesOf } from "../../cloud/regions.ts";
import { integer, oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage } from "../listing.ts";

/** Ours are not among the SDK's types, which are AWS's; on the wire they are text. */
export const wireType = ({ name }: Pick<InstanceType, "name">): _InstanceType => name as _InstanceType;

/** What every machine here is: one i386 processor (v86). */
export const ARCHITECTURE = "i386";

const ROOT_DEVICE_TYPES = ["ebs", "instance-store"] as const;

const TYPES: Listing<InstanceType> = {
  idOf: ({ name }) => name,
  filters: {
    "auto-recovery-supported": () => true,
    "bare-metal": () => false,
    "burstable-performance-supported": () => false,
    "current-generation": () => true,
    "dedicated-hosts-supported": () => false,
    "free-tier-eligible": () => false,
    "hibernation-supported": () => false,
    "instance-type": ({ name }) => name,
    "memory-info.size-in-mib": ({ memoryMiB }) => memoryMiB,
    "processor-info.supported-architecture": () => ARCHITECTURE,
    "supported-root-device-type": () => ROOT_DEVICE_TYPES,
    "supported-usage-class": () => "on-demand",
    "supported-virtualization-type": () => "hvm",
    "vcpu-info.default-cores": ({ vcpus }) => vcpus,
    "vcpu-info.default-threads-per-core": () => 1,
    "vcpu-info.default-vcpus": ({ vcpus }) => vcpus,
  },
};

/** The most that EC2 gives at once. */
const MAX_TYPES = 100;

export const describeInstanceTypes = defineAction<DescribeInstanceTypesRequest, DescribeInstanceTypesResult>(
  DescribeInstanceTypes$,
  { InstanceTypes: true, Filters: LISTED.Filters, MaxResults: integer(5, MAX_TYPES), NextToken: true },
  async (request, context) => {
    const names: readonly string[] = request.InstanceTypes ?? [];
    const unknown = names.filter((name) => !INSTANCE_TYPES.some((type) => type.name === name));
    if (unknown.length > 0) {
      const text = `The following supplied instance types do not exist: [${unknown.join(", ")}]`;
      throw new CloudError("InvalidInstanceType", text, { instanceTypes: unknown });
    }
    const chosen = INSTANCE_TYPES.filter(({ name }) => names.length === 0 || names.includes(name));
    const { items, nextToken } = await listPage(context, "DescribeInstanceTypes", chosen, request, TYPES);
    return { InstanceTypes: items.map(describeType), NextToken: nextToken };
  },
);

function describeType(type: InstanceType): InstanceTypeInfo {
  return {
    InstanceType: wireType(type),
    CurrentGeneration: true,
    FreeTierEligible: false,
    SupportedUsageClasses: ["on-demand"],
    SupportedRootDeviceTypes: [...ROOT_DEVICE_TYPES],
    SupportedVirtualizationTypes: ["hvm"],
    BareMetal: false,
    ProcessorInfo: { SupportedArchitectures: [ARCHITECTURE] },
    VCpuInfo: {
      DefaultVCpus: type.vcpus,
      DefaultCores: type.vcpus,
      DefaultThreadsPerCore: 1,
      ValidCores: [type.vcpus],
      ValidThreadsPerCore: [1],
    },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    HibernationSupported: false,
    BurstablePerformanceSupported: false,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: true,
  };
}

const OFFERINGS: Listing<InstanceTypeOffering> = {
  idOf: ({ InstanceType: type, Location: location }) => `${type} ${location}`,
  filters: {
    "instance-type": ({ InstanceType: type }) => type,
    location: ({ Location: location }) => location,
  },
};

export const describeInstanceTypeOfferings = defineAction<
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult
>(
  DescribeInstanceTypeOfferings$,
  { ...LISTED, LocationType: oneOf("region", "availability-zone", "availability-zone-id") },
  async (request, context) => {
    const { LocationType: locationType = "region" } = request;
    const { region } = context.caller;
    const places = {
      region: [region],
      "availability-zone": zonesOf(region).map(({ name }) => name),
      "availability-zone-id": zonesOf(region).map(({ id }) => id),
    };
    const all = places[locationType as keyof typeof places].flatMap((location) =>
      INSTANCE_TYPES.map(
        (type): InstanceTypeOffering => ({
          InstanceType: wireType(type),
          LocationType: locationType,
          Location: location,
        }),
      ),
    );
    const list = `DescribeInstanceTypeOfferings ${locationType}`;
    const { items, nextToken } = await listPage(context, list, all, request, OFFERINGS);
    return { InstanceTypeOfferings: [...items], NextToken: nextToken };
  },
);
