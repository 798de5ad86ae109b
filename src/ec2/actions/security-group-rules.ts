import {
  AuthorizeSecurityGroupEgress$,
  type AuthorizeSecurityGroupEgressRequest,
  type AuthorizeSecurityGroupEgressResult,
  AuthorizeSecurityGroupIngress$,
  type AuthorizeSecurityGroupIngressRequest,
  type AuthorizeSecurityGroupIngressResult,
  DescribeSecurityGroupRules$,
  type DescribeSecurityGroupRulesRequest,
  type DescribeSecurityGroupRulesResult,
  type IpPermission,
  ModifySecurityGroupRules$,
  type ModifySecurityGroupRulesRequest,
  type ModifySecurityGroupRulesResult,
  RevokeSecurityGroupEgress$,
  type RevokeSecurityGroupEgressRequest,
  type RevokeSecurityGroupEgressResult,
  RevokeSecurityGroupIngress$,
  type RevokeSecurityGroupIngressRequest,
  type RevokeSecurityGroupIngressResult,
  type SecurityGroupRuleDescription,
  UpdateSecurityGroupRuleDescriptionsEgress$,
  type UpdateSecurityGroupRuleDescriptionsEgressRequest,
  type UpdateSecurityGroupRuleDescriptionsEgressResult,
  UpdateSecurityGroupRuleDescriptionsIngress$,
  type UpdateSecurityGroupRuleDescriptionsIngressRequest,
  type UpdateSecurityGroupRuleDescriptionsIngressResult,
  type SecurityGroupRuleRequest as WireRequest,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { SecurityGroup, SecurityGroupRule } from "../../cloud/network/network.ts";
import { checkId, groupNotFound, notFound, permissionNotFound } from "../../cloud/network/network-errors.ts";
import type { Direction, SecurityGroupRuleRequest } from "../../cloud/network/security-group-info.ts";
import { type ActionContext, defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagSpecifications } from "../tags.ts";
import { groupInVpc, isOfOtherKind, PERMISSIONS, REVOKED_PERMISSIONS, ruleOutput, rulesOf } from "./ip-permissions.ts";
import { groupAsked } from "./security-groups.ts";

/** A rule with its group. */
interface Found {
  readonly id: string;
  readonly rule: SecurityGroupRule;
  readonly group: SecurityGroup;
}

const allRules = ({ network }: Ec2Cloud): Found[] =>
  network.securityGroups().flatMap((group) => group.rules.map((rule) => ({ id: rule.id, rule, group })));

/** EC2 API, DescribeSecurityGroupRules, "Filters". */
const RULES: Listing<Found> = {
  idOf: ({ id }) => id,
  tagsOf: ({ rule }) => rule.tags,
  filters: {
    "group-id": ({ group }) => group.id,
    "security-group-rule-id": ({ id }) => id,
  },
};

export const describeSecurityGroupRules = defineAction<
  DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupRulesResult
>(DescribeSecurityGroupRules$, { ...LISTED, SecurityGroupRuleIds: true }, async (request, context) => {
  const all = allRules(context.cloud);
  const chosen = named("securityGroupRuleIdSet", request.SecurityGroupRuleIds, request, {
    all: () => all,
    get: (id) => {
      checkId("securityGroupRules", id);
      const found = all.find((one) => one.id === id);
      if (found === undefined) throw notFound("securityGroupRules", id);
      return found;
    },
  });
  const { items, nextToken } = await listPage(context, "DescribeSecurityGroupRules", chosen, request, RULES);
  return { SecurityGroupRules: items.map(({ rule, group }) => ruleOutput(rule, group)), NextToken: nextToken };
});

/** The parameters that say which rules. */
const GIVEN = {
  CidrIp: true,
  FromPort: true,
  GroupId: true,
  IpPermissions: PERMISSIONS,
  IpProtocol: true,
  SourceSecurityGroupName: true,
  SourceSecurityGroupOwnerId: true,
  ToPort: true,
} as const;
const REVOKED = { ...GIVEN, IpPermissions: REVOKED_PERMISSIONS } as const;
const TAGGED = { TagSpecifications: tagSpecifications("security-group-rule") } as const;

function requestsOf(given: Parameters<typeof rulesOf>[0], group: SecurityGroup, { network }: Ec2Cloud) {
  return rulesOf(given, (name) => {
    const found = groupInVpc(network, group.vpcId, name);
    if (found === undefined) throw groupNotFound(name);
    return found.id;
  });
}

async function authorize(
  direction: Direction,
  request: AuthorizeSecurityGroupIngressRequest,
  { cloud }: ActionContext,
): Promise<AuthorizeSecurityGroupIngressResult> {
  const { id } = groupAsked(cloud.network, request);
  const group = cloud.network.securityGroup(id);
  const tags = newTags(request.TagSpecifications, "security-group-rule");
  const requests = requestsOf(request, group, cloud).map((one) => ({ ...one, tags }));
  const made = await cloud.securityGroups.authorize(id, direction, requests);
  const ids = new Set(made.map((rule) => rule.id));
  const now = cloud.network.securityGroup(id);
  const rules = now.rules.filter((rule) => ids.has(rule.id)).map((rule) => ruleOutput(rule, now));
  return { Return: true, SecurityGroupRules: rules };
}

export const authorizeSecurityGroupIngress = defineAction<
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult
>(AuthorizeSecurityGroupIngress$, { ...GIVEN, ...TAGGED, GroupName: true }, (request, context) =>
  authorize("ingress", request, context),
);

export const authorizeSecurityGroupEgress = defineAction<
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupEgressResult
>(AuthorizeSecurityGroupEgress$, { ...GIVEN, ...TAGGED }, (request, context) => authorize("egress", request, context));

/** By their ids, or by what they let through. */
async function revoke(
  direction: Direction,
  request: RevokeSecurityGroupIngressRequest,
  { cloud }: ActionContext,
): Promise<RevokeSecurityGroupIngressResult> {
  const { id } = groupAsked(cloud.network, request);
  const group = cloud.network.securityGroup(id);
  const { IpPermissions: permissions = [], SecurityGroupRuleIds: ruleIds = [] } = request;
  if (permissions.some(isOfOtherKind)) throw permissionNotFound(id);
  const found = cloud.securityGroups.find(id, direction, requestsOf(request, group, cloud));
  const all = [...new Set([...ruleIds, ...found.map((rule) => rule.id)])];
  checkDirection(group, direction, ruleIds);
  await cloud.securityGroups.revoke(id, all);
  const revoked = group.rules.filter((rule) => all.includes(rule.id)).map((rule) => ruleOutput(rule, group));
  return {
    Return: true,
    RevokedSecurityGroupRules: revoked.map(({ CidrIpv4, ReferencedGroupInfo: peer, ...rule }) =>
      defined({
        SecurityGroupRuleId: rule.SecurityGroupRuleId,
        GroupId: rule.GroupId,
        IsEgress: rule.IsEgress,
        IpProtocol: rule.IpProtocol,
        FromPort: rule.FromPort,
        ToPort: rule.ToPort,
        CidrIpv4,
        ReferencedGroupId: peer?.GroupId,
        Description: rule.Description,
      }),
    ),
  };
}

/** A rule of the other direction is not one that this action is about. */
function checkDirection(group: SecurityGroup, direction: Direction, ruleIds: readonly string[]): void {
  const isEgress = direction === "egress";
  const other = group.rules.find((rule) => ruleIds.includes(rule.id) && rule.egress !== isEgress);
  if (other !== undefined) throw notFound("securityGroupRules", other.id);
}

export const revokeSecurityGroupIngress = defineAction<
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult
>(RevokeSecurityGroupIngress$, { ...REVOKED, GroupName: true, SecurityGroupRuleIds: true }, (request, context) =>
  revoke("ingress", request, context),
);

export const revokeSecurityGroupEgress = defineAction<
  RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupEgressResult
>(RevokeSecurityGroupEgress$, { ...REVOKED, SecurityGroupRuleIds: true }, (request, context) =>
  revoke("egress", request, context),
);

export const modifySecurityGroupRules = defineAction<ModifySecurityGroupRulesRequest, ModifySecurityGroupRulesResult>(
  ModifySecurityGroupRules$,
  {
    GroupId: true,
    SecurityGroupRules: {
      SecurityGroupRuleId: true,
      SecurityGroupRule: {
        CidrIpv4: true,
        Description: true,
        FromPort: true,
        IpProtocol: true,
        ReferencedGroupId: true,
        ToPort: true,
      },
    },
  },
  async ({ GroupId: id = "", SecurityGroupRules: updates = [] }, { cloud }) => {
    const changes = updates.map(({ SecurityGroupRuleId: ruleId = "", SecurityGroupRule: rule = {} }) => [
      ruleId,
      changeOf(rule),
    ]);
    await cloud.securityGroups.modifyRules(id, Object.fromEntries(changes));
    return { Return: true };
  },
);

function changeOf(rule: WireRequest): SecurityGroupRuleRequest {
  if (rule.IpProtocol === undefined) {
    throw new CloudError("MissingParameter", "The request must contain the parameter SecurityGroupRule.IpProtocol");
  }
  const isPorts = ["tcp", "udp", "6", "17", "icmp", "1"].includes(rule.IpProtocol);
  return {
    protocol: rule.IpProtocol,
    ...defined({
      fromPort: isPorts ? rule.FromPort : undefined,
      toPort: isPorts ? rule.ToPort : undefined,
      cidrBlock: rule.CidrIpv4,
      groupId: rule.ReferencedGroupId,
      description: rule.Description,
    }),
  };
}

interface Described {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[] | undefined;
}

async function updateDescriptions(direction: Direction, request: Described, { cloud }: ActionContext) {
  const { id } = groupAsked(cloud.network, request);
  const { SecurityGroupRuleDescriptions: given = [] } = request;
  const requests = requestsOf(request, cloud.network.securityGroup(id), cloud);
  const found = cloud.securityGroups.find(id, direction, requests);
  const descriptions = [
    ...given.map(({ SecurityGroupRuleId: ruleId = "", Description: text = "" }) => [ruleId, text] as const),
    ...found.map((rule, index) => [rule.id, requests[index]?.description ?? ""] as const),
  ];
  await cloud.securityGroups.setRuleDescriptions(id, Object.fromEntries(descriptions));
  return { Return: true };
}

const DESCRIBED = {
  GroupId: true,
  GroupName: true,
  IpPermissions: PERMISSIONS,
  SecurityGroupRuleDescriptions: { Description: true, SecurityGroupRuleId: true },
} as const;

export const updateSecurityGroupRuleDescriptionsIngress = defineAction<
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult
>(UpdateSecurityGroupRuleDescriptionsIngress$, DESCRIBED, (request, context) =>
  updateDescriptions("ingress", request, context),
);

export const updateSecurityGroupRuleDescriptionsEgress = defineAction<
  UpdateSecurityGroupRuleDescriptionsEgressRequest,
  UpdateSecurityGroupRuleDescriptionsEgressResult
>(UpdateSecurityGroupRuleDescriptionsEgress$, DESCRIBED, (request, context) =>
  updateDescriptions("egress", request, context),
);
