import { created, existing, type ResourceAccessByType } from "./resource-access.ts";

const optional = { required: false } as const;
const attributes = { attributes: true } as const;

const ANY: ResourceAccessByType = {};

const groupAndRule = { ...existing("security-group"), ...existing("security-group-rule", optional) };
const authorizing = { ...existing("security-group"), ...created("security-group-rule", optional) };

/** What each action of the network touches; see `action-table.ts`. */
export const NETWORK_ACTIONS = {
  CreateVpc: created("vpc", { without: ["VpcID"] }),
  CreateDefaultVpc: ANY,
  DeleteVpc: existing("vpc"),
  DescribeVpcs: ANY,
  DescribeVpcAttribute: existing("vpc"),
  ModifyVpcAttribute: existing("vpc", attributes),

  CreateSubnet: { ...created("subnet", { without: ["SubnetID"] }), ...existing("vpc") },
  DeleteSubnet: existing("subnet"),
  DescribeSubnets: ANY,
  ModifySubnetAttribute: existing("subnet", attributes),

  CreateSecurityGroup: { ...created("security-group", { without: ["SecurityGroupID"] }), ...existing("vpc", optional) },
  DeleteSecurityGroup: existing("security-group"),
  DescribeSecurityGroups: ANY,
  DescribeSecurityGroupRules: ANY,
  AuthorizeSecurityGroupIngress: authorizing,
  AuthorizeSecurityGroupEgress: authorizing,
  RevokeSecurityGroupIngress: groupAndRule,
  RevokeSecurityGroupEgress: groupAndRule,
  ModifySecurityGroupRules: groupAndRule,
  UpdateSecurityGroupRuleDescriptionsIngress: groupAndRule,
  UpdateSecurityGroupRuleDescriptionsEgress: groupAndRule,

  DescribeNetworkInterfaces: ANY,
} satisfies Record<string, ResourceAccessByType>;
