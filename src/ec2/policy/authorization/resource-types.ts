/** Types of resources that policies can name (Service Authorization Reference, "Resource types defined by Amazon EC2"). */
export type ResourceType =
  | "elastic-ip"
  | "image"
  | "instance"
  | "internet-gateway"
  | "key-pair"
  | "launch-template"
  | "natgateway"
  | "network-acl"
  | "network-interface"
  | "route-table"
  | "security-group"
  | "security-group-rule"
  | "snapshot"
  | "subnet"
  | "volume"
  | "vpc"
  | "vpc-flow-log";

/** Images and snapshots can be shared: their ARNs name no account. */
const WITHOUT_ACCOUNT: ReadonlySet<ResourceType> = new Set(["image", "snapshot"]);

/** Where an ARN is from. */
export interface ArnScope {
  readonly region: string;
  /** The account that owns the resource. */
  readonly accountId: string;
}

/** `arn:aws:ec2:us-east-1:123456789012:instance/i-…`; without an id that of one yet to be made: `instance/*` (P52). */
export function resourceArn(type: ResourceType, id: string | undefined, { region, accountId }: ArnScope): string {
  return `arn:aws:ec2:${region}:${WITHOUT_ACCOUNT.has(type) ? "" : accountId}:${type}/${id ?? "*"}`;
}
