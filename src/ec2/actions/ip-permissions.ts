import type { IpPermission, IpRange, UserIdGroupPair, SecurityGroupRule as WireRule } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { CloudNetwork, SecurityGroup, SecurityGroupRule } from "../../cloud/network/network.ts";
import type { SecurityGroupRuleRequest } from "../../cloud/network/security-group-info.ts";
import { protocolName } from "../../cloud/network/traffic.ts";
import { defined } from "../defined.ts";
import { tagList } from "../tags.ts";

export const PERMISSIONS = {
  FromPort: true,
  IpProtocol: true,
  IpRanges: { CidrIp: true, Description: true },
  ToPort: true,
  UserIdGroupPairs: { Description: true, GroupId: true, GroupName: true, UserId: true, VpcId: true },
} as const;

/** What is revoked can be of IPv6 or prefix lists, too: Terraform does so of each new group, and takes it that there is none. */
export const REVOKED_PERMISSIONS = {
  ...PERMISSIONS,
  Ipv6Ranges: { CidrIpv6: true, Description: true },
  PrefixListIds: { Description: true, PrefixListId: true },
} as const;

/** Whether a permission is about what no group here has a rule for. */
export const isOfOtherKind = ({ Ipv6Ranges: ranges = [], PrefixListIds: lists = [] }: IpPermission): boolean =>
  ranges.length + lists.length > 0;

/** EC2's ports: those of ICMP are types and codes, -1 is all; absent where there are none. */
const ports = ({ fromPort, toPort }: SecurityGroupRule) =>
  defined({ FromPort: fromPort ?? undefined, ToPort: toPort ?? undefined });

const text = (description: string) => (description === "" ? {} : { Description: description });

interface Permission extends IpPermission {
  IpRanges: IpRange[];
  UserIdGroupPairs: UserIdGroupPair[];
}

/** Rules of the same protocol and ports are one permission. */
export function permissionsOutput(rules: readonly SecurityGroupRule[], ownerId: string): IpPermission[] {
  const permissions = new Map<string, Permission>();
  for (const rule of rules) {
    const key = [rule.protocol, rule.fromPort, rule.toPort].join(" ");
    let permission = permissions.get(key);
    if (permission === undefined) {
      const IpProtocol = protocolName(rule.protocol);
      permission = {
        IpProtocol,
        ...ports(rule),
        IpRanges: [],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [],
      };
      permissions.set(key, permission);
    }
    const { peer } = rule;
    if ("groupId" in peer) {
      permission.UserIdGroupPairs.push({ GroupId: peer.groupId, UserId: ownerId, ...text(rule.description) });
    } else permission.IpRanges.push({ CidrIp: peer.cidrBlock, ...text(rule.description) });
  }
  return [...permissions.values()];
}

/** A rule by itself, as it has an id. */
export function ruleOutput(rule: SecurityGroupRule, { id, ownerId, region }: SecurityGroup): WireRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: `arn:aws:ec2:${region}:${ownerId}:security-group-rule/${rule.id}`,
    GroupId: id,
    GroupOwnerId: ownerId,
    IsEgress: rule.egress,
    IpProtocol: protocolName(rule.protocol),
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    ...("groupId" in peer
      ? { ReferencedGroupInfo: { GroupId: peer.groupId, UserId: ownerId } }
      : { CidrIpv4: peer.cidrBlock }),
    ...text(rule.description),
    Tags: tagList(rule.tags),
  };
}

/** What a request says of rules: in permissions, or by the older parameters of one rule. */
interface Given {
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly CidrIp?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly IpProtocol?: string | undefined;
  readonly SourceSecurityGroupName?: string | undefined;
  readonly ToPort?: number | undefined;
}

/** `groupNamed` finds the group of a name in the VPC of the group that is changed. */
export function rulesOf(given: Given, groupNamed: (name: string) => string): SecurityGroupRuleRequest[] {
  const { IpPermissions: permissions = [], CidrIp, FromPort, IpProtocol, SourceSecurityGroupName, ToPort } = given;
  const hasOlder = [CidrIp, FromPort, IpProtocol, SourceSecurityGroupName, ToPort].some((one) => one !== undefined);
  if (hasOlder && permissions.length > 0) {
    const why = "The parameter ipPermissions may not be used in combination with the parameters of a single rule";
    throw new CloudError("InvalidParameterCombination", why);
  }
  // By its name alone a group's members get all ports, as in EC2.
  const older: IpPermission = defined({
    IpProtocol: IpProtocol ?? (SourceSecurityGroupName === undefined ? undefined : "-1"),
    FromPort,
    ToPort,
    IpRanges: CidrIp === undefined ? undefined : [{ CidrIp }],
    UserIdGroupPairs: SourceSecurityGroupName === undefined ? undefined : [{ GroupName: SourceSecurityGroupName }],
  });
  return [...permissions, ...(hasOlder ? [older] : [])].flatMap((permission) => rulesOfOne(permission, groupNamed));
}

function rulesOfOne(permission: IpPermission, groupNamed: (name: string) => string): SecurityGroupRuleRequest[] {
  const { IpProtocol: protocol, FromPort, ToPort, IpRanges: ranges = [], UserIdGroupPairs: pairs = [] } = permission;
  if (protocol === undefined) {
    throw new CloudError("MissingParameter", "The request must contain the parameter IpPermissions.IpProtocol");
  }
  if (ranges.length + pairs.length === 0) {
    throw new CloudError("MissingParameter", "The request must contain a CIDR block or a security group for each rule");
  }
  const traffic = { protocol, ...defined({ fromPort: FromPort, toPort: ToPort }) };
  return [
    ...ranges.map(({ CidrIp, Description: description }) => ({
      ...traffic,
      ...defined({ cidrBlock: CidrIp, description }),
    })),
    ...pairs.map(({ GroupId: id, GroupName: name, Description: description }) => ({
      ...traffic,
      ...defined({ groupId: id ?? (name === undefined ? undefined : groupNamed(name)), description }),
    })),
  ];
}

/** A group by its name, which is one of the default VPC where no other is said. `InvalidGroup.NotFound`. */
export function groupInVpc(network: CloudNetwork, vpcId: string | undefined, name: string): SecurityGroup | undefined {
  return network.securityGroups().find((group) => group.vpcId === vpcId && group.name === name);
}
