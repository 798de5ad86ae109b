import {
  DescribeSecurityGroups$,
  type DescribeSecurityGroupsRequest,
  type DescribeSecurityGroupsResult,
  type IpPermission,
  type SecurityGroup as WireGroup,
} from "@aws-sdk/client-ec2";
import type { SecurityGroup, SecurityGroupRule } from "../../cloud/network-records/default-network.ts";
import type { CloudNetwork } from "../../cloud/network-records/network.ts";
import { groupNotFound } from "../../cloud/network-records/network-errors.ts";
import { defineAction } from "../action.ts";
import type { FilterTable } from "../filters.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";

/** EC2's number for all protocols. */
const ALL_PROTOCOLS = "-1";

const groupOf = ({ peer }: SecurityGroupRule) => ("groupId" in peer ? peer.groupId : undefined);
const cidrOf = ({ peer }: SecurityGroupRule) => ("cidrBlock" in peer ? peer.cidrBlock : undefined);
const present = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);

/** Rules of the same protocol and ports are one permission. */
const permissions = (rules: readonly SecurityGroupRule[], { ownerId }: SecurityGroup): IpPermission[] =>
  rules.length === 0
    ? []
    : [
        {
          IpProtocol: ALL_PROTOCOLS,
          IpRanges: present(rules.map(cidrOf)).map((CidrIp) => ({ CidrIp })),
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: present(rules.map(groupOf)).map((GroupId) => ({ GroupId, UserId: ownerId })),
        },
      ];

const arnOf = ({ region, ownerId, id }: SecurityGroup) => `arn:aws:ec2:${region}:${ownerId}:security-group/${id}`;

const groupOutput = (group: SecurityGroup): WireGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  OwnerId: group.ownerId,
  SecurityGroupArn: arnOf(group),
  VpcId: group.vpcId,
  IpPermissions: permissions(group.ingress, group),
  IpPermissionsEgress: permissions(group.egress, group),
  Tags: [],
});

/** The filters over one direction's rules, which have neither ports nor prefix lists. */
const ruleFilters = (
  prefix: string,
  rulesOf: (group: SecurityGroup) => readonly SecurityGroupRule[],
): FilterTable<SecurityGroup> => ({
  [`${prefix}.cidr`]: (group) => rulesOf(group).map(cidrOf),
  [`${prefix}.from-port`]: () => undefined,
  [`${prefix}.group-id`]: (group) => rulesOf(group).map(groupOf),
  // A rule here can only be about its own group.
  [`${prefix}.group-name`]: (group) => present(rulesOf(group).map(groupOf)).map(() => group.name),
  [`${prefix}.ipv6-cidr`]: () => undefined,
  [`${prefix}.prefix-list-id`]: () => undefined,
  [`${prefix}.protocol`]: (group) => rulesOf(group).map(() => ALL_PROTOCOLS),
  [`${prefix}.to-port`]: () => undefined,
  [`${prefix}.user-id`]: (group) => present(rulesOf(group).map(groupOf)).map(() => group.ownerId),
});

/** EC2 API, DescribeSecurityGroups, "Filters". */
const GROUPS: Listing<SecurityGroup> = {
  idOf: ({ id }) => id,
  tagsOf: () => ({}),
  filters: {
    ...ruleFilters("ip-permission", ({ ingress }) => ingress),
    ...ruleFilters("egress.ip-permission", ({ egress }) => egress),
    description: ({ description }) => description,
    "group-id": ({ id }) => id,
    "group-name": ({ name }) => name,
    "owner-id": ({ ownerId }) => ownerId,
    "vpc-id": ({ vpcId }) => vpcId,
  },
};

/** A group by its name, which is one of the default VPC. `InvalidGroup.NotFound`. */
export function groupNamed(network: CloudNetwork, name: string): SecurityGroup {
  const group = network.securityGroups().find((one) => one.name === name);
  if (group !== undefined) return group;
  throw groupNotFound(name);
}

export const describeSecurityGroups = defineAction<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult>(
  DescribeSecurityGroups$,
  { ...LISTED, GroupIds: true, GroupNames: true },
  async (request, context) => {
    const { network } = context.cloud;
    const { GroupIds: ids = [], GroupNames: names = [] } = request;
    const asked = [...ids, ...names.map((name) => groupNamed(network, name).id)];
    const chosen = named("groupIdSet", asked, request, {
      all: () => network.securityGroups(),
      get: (id) => network.securityGroup(id),
    });
    const { items, nextToken } = await listPage(context, "DescribeSecurityGroups", chosen, request, GROUPS);
    return { SecurityGroups: items.map(groupOutput), NextToken: nextToken };
  },
);
