import {
  ELASTIC_IP_KEYS,
  IMAGE_KEYS,
  INSTANCE_KEYS,
  INTERNET_GATEWAY_KEYS,
  KEY_PAIR_KEYS,
  NETWORK_ACL_KEYS,
  NETWORK_INTERFACE_KEYS,
  type ResourceKey,
  ROUTE_TABLE_KEYS,
  SECURITY_GROUP_KEYS,
  SNAPSHOT_KEYS,
  SUBNET_KEYS,
  VOLUME_KEYS,
  VPC_KEYS,
} from "./condition-keys.ts";
import type { ResourceType } from "./resource-types.ts";

/** What policies can say about one type of resource in one action. */
export interface ResourceAccess {
  /** There is always one: where the call names none, it is one yet to be made (P52). */
  readonly required: boolean;
  /** The tags that the resource has: `aws:ResourceTag/…`, `ec2:ResourceTag/…`. */
  readonly resourceTags: boolean;
  /** The tags that the call gives it or takes from it: `aws:RequestTag/…`, `aws:TagKeys`. */
  readonly requestTags: boolean;
  /** `ec2:Attribute`, `ec2:Attribute/…`. */
  readonly attributes: boolean;
  readonly keys: ReadonlySet<ResourceKey>;
}

/** The keys that actions have for a type, where nothing else is said. */
export const TYPE_KEYS: Readonly<Record<ResourceType, readonly ResourceKey[]>> = {
  "elastic-ip": ELASTIC_IP_KEYS,
  image: IMAGE_KEYS,
  instance: INSTANCE_KEYS,
  "internet-gateway": INTERNET_GATEWAY_KEYS,
  "key-pair": KEY_PAIR_KEYS,
  "launch-template": [],
  natgateway: [],
  "network-acl": NETWORK_ACL_KEYS,
  "network-interface": NETWORK_INTERFACE_KEYS,
  "route-table": ROUTE_TABLE_KEYS,
  "security-group": SECURITY_GROUP_KEYS,
  "security-group-rule": [],
  snapshot: SNAPSHOT_KEYS,
  subnet: SUBNET_KEYS,
  volume: VOLUME_KEYS,
  vpc: VPC_KEYS,
  "vpc-flow-log": [],
};

/** How an action differs from what is usual for a type. */
export interface Differences {
  readonly required?: boolean;
  readonly attributes?: boolean;
  readonly without?: readonly ResourceKey[];
  readonly and?: readonly ResourceKey[];
}

type Tagging = Pick<ResourceAccess, "resourceTags" | "requestTags">;

function access(type: ResourceType, tagging: Tagging, differences: Differences): ResourceAccess {
  const { required = true, attributes = false, without = [], and = [] } = differences;
  const usual = TYPE_KEYS[type].filter((key) => !without.includes(key));
  return { ...tagging, required, attributes, keys: new Set([...usual, ...and]) };
}

export type ResourceAccessByType = Readonly<Partial<Record<ResourceType, ResourceAccess>>>;

/** The action uses a resource that there is. */
export const existing = (type: ResourceType, differences: Differences = {}): ResourceAccessByType => ({
  [type]: access(type, { resourceTags: true, requestTags: false }, differences),
});

/** The action makes a resource, and may tag it. */
export const created = (type: ResourceType, differences: Differences = {}): ResourceAccessByType => ({
  [type]: access(type, { resourceTags: false, requestTags: true }, differences),
});

/** The action changes a resource's tags. */
export const tagged = (type: ResourceType, differences: Differences = {}): ResourceAccessByType => ({
  [type]: access(type, { resourceTags: true, requestTags: true }, { required: false, ...differences }),
});
