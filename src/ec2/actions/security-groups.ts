import {
  CreateSecurityGroup$,
  type CreateSecurityGroupRequest,
  type CreateSecurityGroupResult,
  DeleteSecurityGroup$,
  type DeleteSecurityGroupRequest,
  type DeleteSecurityGroupResult,
  DescribeSecurityGroups$,
  type DescribeSecurityGroupsRequest,
  type DescribeSecurityGroupsResult,
  type SecurityGroup as WireGroup,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { CloudNetwork, SecurityGroup, SecurityGroupRule } from "../../cloud/network/network.ts";
import { groupNotFound } from "../../cloud/network/network-errors.ts";
import { protocolName } from "../../cloud/network/traffic.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import type { FilterTable } from "../filters.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { groupInVpc, permissionsOutput } from "./ip-permissions.ts";

const groupOf = ({ peer }: SecurityGroupRule) => ("groupId" in peer ? peer.groupId : undefined);
const cidrOf = ({ peer }: SecurityGroupRule) => ("cidrBlock" in peer ? peer.cidrBlock : undefined);

export const groupArn = ({ region, ownerId, id }: SecurityGroup) =>
  `arn:aws:ec2:${region}:${ownerId}:security-group/${id}`;

const groupOutput = (group: SecurityGroup): WireGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  OwnerId: group.ownerId,
  SecurityGroupArn: groupArn(group),
  VpcId: group.vpcId,
  IpPermissions: permissionsOutput(ingressOf(group), group.ownerId),
  IpPermissionsEgress: permissionsOutput(egressOf(group), group.ownerId),
  Tags: tagList(group.tags),
});

const ingressOf = ({ rules }: SecurityGroup) => rules.filter(({ egress }) => !egress);
const egressOf = ({ rules }: SecurityGroup) => rules.filter(({ egress }) => egress);

/** The filters over one direction's rules, which have no prefix lists. */
const ruleFilters = (
  prefix: string,
  rulesOf: (group: SecurityGroup) => readonly SecurityGroupRule[],
  nameOf: (groupId: string | undefined) => string | undefined,
): FilterTable<SecurityGroup> => ({
  [`${prefix}.cidr`]: (group) => rulesOf(group).map(cidrOf),
  [`${prefix}.from-port`]: (group) => rulesOf(group).map(({ fromPort }) => fromPort),
  [`${prefix}.group-id`]: (group) => rulesOf(group).map(groupOf),
  [`${prefix}.group-name`]: (group) => rulesOf(group).map((rule) => nameOf(groupOf(rule))),
  [`${prefix}.ipv6-cidr`]: () => undefined,
  [`${prefix}.prefix-list-id`]: () => undefined,
  [`${prefix}.protocol`]: (group) => rulesOf(group).map(({ protocol }) => protocolName(protocol)),
  [`${prefix}.to-port`]: (group) => rulesOf(group).map(({ toPort }) => toPort),
  [`${prefix}.user-id`]: (group) => rulesOf(group).map((rule) => groupOf(rule) && group.ownerId),
});

/** EC2 API, DescribeSecurityGroups, "Filters". */
function listing(network: CloudNetwork): Listing<SecurityGroup> {
  const names = new Map(network.securityGroups().map(({ id, name }) => [id, name]));
  const nameOf = (id: string | undefined) => names.get(id ?? "");
  return {
    idOf: ({ id }) => id,
    tagsOf: ({ tags }) => tags,
    filters: {
      ...ruleFilters("ip-permission", ingressOf, nameOf),
      ...ruleFilters("egress.ip-permission", egressOf, nameOf),
      description: ({ description }) => description,
      "group-id": ({ id }) => id,
      "group-name": ({ name }) => name,
      "owner-id": ({ ownerId }) => ownerId,
      "vpc-id": ({ vpcId }) => vpcId,
    },
  };
}

/** A group by its name, which is one of the default VPC. `InvalidGroup.NotFound`. */
export function groupNamed(network: CloudNetwork, name: string): SecurityGroup {
  const vpcId = network.vpcs().find(({ isDefault }) => isDefault)?.id;
  const group = groupInVpc(network, vpcId, name);
  if (group !== undefined) return group;
  throw groupNotFound(name);
}

/** The group that a request names, by id or, in the default VPC, by name. */
export function groupAsked(
  network: CloudNetwork,
  { GroupId: id, GroupName: name }: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): SecurityGroup {
  if (id !== undefined) return network.securityGroup(id);
  if (name !== undefined) return groupNamed(network, name);
  throw new CloudError("MissingParameter", "The request must contain the parameter groupName or groupId");
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
    const { items, nextToken } = await listPage(context, "DescribeSecurityGroups", chosen, request, listing(network));
    return { SecurityGroups: items.map(groupOutput), NextToken: nextToken };
  },
);

export const createSecurityGroup = defineAction<CreateSecurityGroupRequest, CreateSecurityGroupResult>(
  CreateSecurityGroup$,
  { Description: true, GroupName: true, TagSpecifications: tagSpecifications("security-group"), VpcId: true },
  async (
    { GroupName: name = "", Description: description = "", VpcId: vpcId, TagSpecifications: given },
    { cloud },
  ) => {
    const tags = newTags(given, "security-group");
    const made = await cloud.securityGroups.create({ name, description, tags, ...defined({ vpcId }) });
    return { GroupId: made.id, SecurityGroupArn: groupArn(cloud.network.securityGroup(made.id)), Tags: tagList(tags) };
  },
);

export const deleteSecurityGroup = defineAction<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>(
  DeleteSecurityGroup$,
  { GroupId: true, GroupName: true },
  async (request, { cloud }) => {
    const { id } = groupAsked(cloud.network, request);
    await cloud.securityGroups.delete(id);
    return { Return: true, GroupId: id };
  },
);
