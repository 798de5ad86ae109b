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
  DescribeSecurityGroupReferences: ANY,
  DescribeStaleSecurityGroups: ANY,
  AuthorizeSecurityGroupIngress: authorizing,
  AuthorizeSecurityGroupEgress: authorizing,
  RevokeSecurityGroupIngress: groupAndRule,
  RevokeSecurityGroupEgress: groupAndRule,
  ModifySecurityGroupRules: groupAndRule,
  UpdateSecurityGroupRuleDescriptionsIngress: groupAndRule,
  UpdateSecurityGroupRuleDescriptionsEgress: groupAndRule,

  CreateRouteTable: { ...created("route-table", { without: ["RouteTableID"] }), ...existing("vpc") },
  DeleteRouteTable: existing("route-table"),
  DescribeRouteTables: ANY,
  CreateRoute: existing("route-table"),
  ReplaceRoute: existing("route-table"),
  DeleteRoute: existing("route-table"),
  AssociateRouteTable: { ...existing("route-table"), ...existing("subnet", optional) },
  DisassociateRouteTable: { ...existing("route-table"), ...existing("subnet", optional) },
  ReplaceRouteTableAssociation: { ...existing("route-table"), ...existing("subnet", optional) },

  CreateInternetGateway: created("internet-gateway", { without: ["InternetGatewayID"] }),
  AttachInternetGateway: { ...existing("internet-gateway"), ...existing("vpc") },
  DetachInternetGateway: { ...existing("internet-gateway"), ...existing("vpc") },
  DeleteInternetGateway: existing("internet-gateway"),
  DescribeInternetGateways: ANY,

  CreateNatGateway: {
    ...existing("elastic-ip", optional),
    ...created("natgateway"),
    ...existing("subnet"),
  },
  DeleteNatGateway: existing("natgateway"),
  DescribeNatGateways: ANY,

  CreateNetworkAcl: { ...created("network-acl", { without: ["NetworkAclID"] }), ...existing("vpc") },
  DeleteNetworkAcl: existing("network-acl"),
  DescribeNetworkAcls: ANY,
  CreateNetworkAclEntry: existing("network-acl"),
  ReplaceNetworkAclEntry: existing("network-acl"),
  DeleteNetworkAclEntry: existing("network-acl"),
  ReplaceNetworkAclAssociation: { ...existing("network-acl"), ...existing("subnet", optional) },

  CreateNetworkInterface: {
    ...created("network-interface", { without: ["NetworkInterfaceID"] }),
    ...existing("security-group", optional),
    ...existing("subnet"),
  },
  DeleteNetworkInterface: existing("network-interface"),
  DescribeNetworkInterfaces: ANY,
  DescribeNetworkInterfaceAttribute: existing("network-interface"),
  ModifyNetworkInterfaceAttribute: {
    ...existing("network-interface", attributes),
    ...existing("security-group", optional),
  },
  ResetNetworkInterfaceAttribute: existing("network-interface", attributes),
  AttachNetworkInterface: { ...existing("instance"), ...existing("network-interface") },
  DetachNetworkInterface: { ...existing("instance", optional), ...existing("network-interface") },
  AssignPrivateIpAddresses: existing("network-interface"),
  UnassignPrivateIpAddresses: existing("network-interface"),

  AllocateAddress: created("elastic-ip", { without: ["AllocationId", "PublicIpAddress"] }),
  AssociateAddress: {
    ...existing("elastic-ip"),
    ...existing("instance", optional),
    ...existing("network-interface", optional),
  },
  DisassociateAddress: { ...existing("elastic-ip"), ...existing("network-interface", optional) },
  ReleaseAddress: existing("elastic-ip"),
  DescribeAddresses: ANY,
  DescribeAddressesAttribute: existing("elastic-ip"),

  CreateFlowLogs: {
    ...existing("network-interface", optional),
    ...existing("subnet", optional),
    ...existing("vpc", optional),
    ...created("vpc-flow-log"),
  },
  DeleteFlowLogs: existing("vpc-flow-log"),
  DescribeFlowLogs: ANY,

  DescribeDhcpOptions: ANY,
  DescribeEgressOnlyInternetGateways: ANY,
  DescribeManagedPrefixLists: ANY,
  DescribePrefixLists: ANY,
  DescribeVpcEndpoints: ANY,
  DescribeVpcPeeringConnections: ANY,
} satisfies Record<string, ResourceAccessByType>;
