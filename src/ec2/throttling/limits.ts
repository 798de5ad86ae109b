import type { BucketSize } from "./token-bucket.ts";

/**
 * EC2's limits of requests (EC2 Developer Guide, "Request throttling for the Amazon EC2 API": "Request token limits" and
 * "Resource token limits"), for each account in each region, for each action by itself.
 */
const NON_MUTATING: BucketSize = { capacity: 100, perSecond: 20 };
const UNFILTERED: BucketSize = { capacity: 50, perSecond: 10 };
const MUTATING: BucketSize = { capacity: 50, perSecond: 5 };

/** "Unfiltered and unpaginated non-mutating actions": these, where neither a filter nor a page is asked for. */
const MAY_BE_UNFILTERED: ReadonlySet<string> = new Set([
  "DescribeInstances",
  "DescribeInstanceStatus",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroups",
  "DescribeSnapshots",
  "DescribeVolumes",
]);

/** "Uncategorized actions", of those that there are here. */
const OF_THEIR_OWN: Readonly<Record<string, BucketSize>> = {
  ...sized({ capacity: 5, perSecond: 2 }, "RunInstances", "StartInstances"),
  ...sized({ capacity: 100, perSecond: 10 }, "CreateTags", "DeleteTags"),
  ...sized({ capacity: 100, perSecond: 1 }, "CopyImage"),
  ...sized({ capacity: 1, perSecond: 1 }, "CreateDefaultSubnet", "CreateDefaultVpc"),
  ...sized(
    { capacity: 100, perSecond: 5 },
    "AssignPrivateIpAddresses",
    "AttachVolume",
    "CreateLaunchTemplateVersion",
    "CreateNetworkInterface",
    "CreateSnapshot",
    "CreateSnapshots",
    "CreateVolume",
    "DeleteNetworkInterface",
    "DeleteSnapshot",
    "DeregisterImage",
    "DetachVolume",
    "ModifyImageAttribute",
    "ModifyInstanceMetadataOptions",
    "ModifyLaunchTemplate",
    "ModifyNetworkInterfaceAttribute",
    "ModifySnapshotAttribute",
    "RebootInstances",
    "TerminateInstances",
    "UnassignPrivateIpAddresses",
  ),
};

/** Buckets of resources: a token for each instance that a request is about. */
const RESOURCES: Readonly<Record<string, BucketSize>> = {
  RunInstances: { capacity: 1000, perSecond: 2 },
  StartInstances: { capacity: 1000, perSecond: 2 },
  StopInstances: { capacity: 1000, perSecond: 20 },
  TerminateInstances: { capacity: 1000, perSecond: 20 },
};

/** A bucket that a request takes tokens from. */
export interface Cost extends BucketSize {
  /** Of the bucket, within its account and region. */
  readonly name: string;
  readonly tokens: number;
}

/** What a request costs. `input`: as the SDK has it. */
export function costsOf(action: string, input: object): Cost[] {
  const resources = RESOURCES[action];
  const request = requestCost(action, input);
  if (resources === undefined) return [request];
  return [request, { name: `${action} resources`, tokens: instancesIn(input), ...resources }];
}

function requestCost(action: string, input: object): Cost {
  const own = OF_THEIR_OWN[action];
  if (own !== undefined) return { name: action, tokens: 1, ...own };
  if (!/^(?:Describe|Get|List|Search)/.test(action)) return { name: action, tokens: 1, ...MUTATING };
  const isUnfiltered = MAY_BE_UNFILTERED.has(action) && Object.keys(input).every((name) => name === "DryRun");
  return isUnfiltered
    ? { name: `${action} unfiltered`, tokens: 1, ...UNFILTERED }
    : { name: action, tokens: 1, ...NON_MUTATING };
}

/** At least one: a request that says nonsense is refused for that, later. */
function instancesIn(input: object): number {
  const { MaxCount = 1, InstanceIds = [] } = input as { MaxCount?: unknown; InstanceIds?: unknown };
  const named = Array.isArray(InstanceIds) ? InstanceIds.length : 0;
  return Math.max(1, named, typeof MaxCount === "number" && Number.isSafeInteger(MaxCount) ? MaxCount : 1);
}

function sized(size: BucketSize, ...actions: readonly string[]): Record<string, BucketSize> {
  return Object.fromEntries(actions.map((action) => [action, size]));
}
