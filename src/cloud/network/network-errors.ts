import { CloudError } from "../../base/errors.ts";

/** EC2's codes and words for ids of a kind that are none, or unknown. */
interface Named {
  readonly prefix: string;
  readonly noun: string;
  readonly notFound: string;
  /** Absent: EC2 says "not found" of what is no id at all, too. */
  readonly malformed?: string;
}

export const KINDS = {
  vpcs: { prefix: "vpc", noun: "vpc ID", notFound: "InvalidVpcID.NotFound", malformed: "InvalidVpcId.Malformed" },
  subnets: { prefix: "subnet", noun: "subnet ID", notFound: "InvalidSubnetID.NotFound" },
  routeTables: {
    prefix: "rtb",
    noun: "routeTable ID",
    notFound: "InvalidRouteTableID.NotFound",
    malformed: "InvalidRouteTableId.Malformed",
  },
  internetGateways: {
    prefix: "igw",
    noun: "internetGateway ID",
    notFound: "InvalidInternetGatewayID.NotFound",
    malformed: "InvalidInternetGatewayId.Malformed",
  },
  networkAcls: {
    prefix: "acl",
    noun: "networkAcl ID",
    notFound: "InvalidNetworkAclID.NotFound",
    malformed: "InvalidNetworkAclId.Malformed",
  },
  securityGroups: {
    prefix: "sg",
    noun: "security group",
    notFound: "InvalidGroup.NotFound",
    malformed: "InvalidGroupId.Malformed",
  },
  natGateways: {
    prefix: "nat",
    noun: "NAT gateway",
    notFound: "NatGatewayNotFound",
    malformed: "NatGatewayMalformed",
  },
  networkInterfaces: {
    prefix: "eni",
    noun: "networkInterface ID",
    notFound: "InvalidNetworkInterfaceID.NotFound",
    malformed: "InvalidNetworkInterfaceId.Malformed",
  },
  securityGroupRules: {
    prefix: "sgr",
    noun: "security group rule ID",
    notFound: "InvalidSecurityGroupRuleId.NotFound",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
  },
  addresses: {
    prefix: "eipalloc",
    noun: "allocation ID",
    notFound: "InvalidAllocationID.NotFound",
  },
  flowLogs: { prefix: "fl", noun: "flow log ID", notFound: "InvalidFlowLogId.NotFound" },
} as const satisfies Readonly<Record<string, Named>>;

type Kind = keyof typeof KINDS;
/** Rules are part of their groups. */
export type NetworkKind = Exclude<Kind, "securityGroupRules">;

const shorten = (text: string) => text.slice(0, 128);

export function notFound(kind: Kind, id: string): CloudError {
  const { noun, notFound: code } = KINDS[kind];
  return new CloudError(code, `The ${noun} '${shorten(id)}' does not exist`, { id: shorten(id) });
}

export const groupNotFound = (group: string) => notFound("securityGroups", group);

/** Throws for what is no id of this kind. */
export function checkId(kind: Kind, id: string): void {
  const { prefix, malformed } = KINDS[kind] as Named;
  if (new RegExp(`^${prefix}-(?:[0-9a-f]{17}|[0-9a-f]{8})$`).test(id)) return;
  if (malformed === undefined) throw notFound(kind, id);
  throw new CloudError(malformed, `Invalid id: "${shorten(id)}" (expecting "${prefix}-...")`, { id: shorten(id) });
}

export const invalidValue = (text: string, details: Record<string, unknown> = {}) =>
  new CloudError("InvalidParameterValue", text, details);

/** Something else still needs it. */
export const inUse = (what: string, id: string) =>
  new CloudError("DependencyViolation", `The ${what} '${id}' has dependencies and cannot be deleted.`, { id });

export const associationNotFound = (id: string) =>
  new CloudError("InvalidAssociationID.NotFound", `The association ID '${shorten(id)}' does not exist`, {
    associationId: shorten(id),
  });

export const permissionNotFound = (groupId: string) =>
  new CloudError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.", {
    groupId,
  });
