/** What an error beyond a quota says where to go. */
export const PAGE = "Please visit the Quotas page (#/quotas) to request an adjustment to this limit.";

/**
 * Quotas of the network: defaults are Amazon VPC's (VPC User Guide, "Amazon VPC quotas"). The whole network is told anew at
 * each change, which bounds what can be asked for.
 */
export const NETWORK_QUOTAS = {
  vpcs: {
    name: "VPCs",
    unit: "VPCs",
    defaultValue: 5,
    most: 100,
    error: "VpcLimitExceeded",
    text: (limit: number) => `The maximum number of VPCs has been reached: ${limit}. ${PAGE}`,
  },
  "subnets-per-vpc": {
    name: "Subnets per VPC",
    unit: "subnets",
    defaultValue: 200,
    error: "SubnetLimitExceeded",
    text: (limit: number) => `The maximum number of subnets has been reached: ${limit}.`,
  },
  "route-tables-per-vpc": {
    name: "Route tables per VPC",
    unit: "route tables",
    defaultValue: 200,
    error: "RouteTableLimitExceeded",
    text: (limit: number) => `The maximum number of route tables has been reached: ${limit}.`,
  },
  "routes-per-route-table": {
    name: "Routes per route table",
    unit: "routes",
    defaultValue: 50,
    most: 500,
    error: "RouteLimitExceeded",
    text: (limit: number) => `The maximum number of routes in a route table has been reached: ${limit}. ${PAGE}`,
  },
  "internet-gateways": {
    name: "Internet gateways",
    unit: "internet gateways",
    defaultValue: 5,
    most: 100,
    error: "InternetGatewayLimitExceeded",
    text: (limit: number) => `The maximum number of internet gateways has been reached: ${limit}. ${PAGE}`,
  },
  "nat-gateways-per-zone": {
    name: "NAT gateways per availability zone",
    unit: "NAT gateways",
    defaultValue: 5,
    most: 100,
    error: "NatGatewayLimitExceeded",
    text: (limit: number) => `The maximum number of NAT gateways in a zone has been reached: ${limit}. ${PAGE}`,
  },
  "network-acls-per-vpc": {
    name: "Network ACLs per VPC",
    unit: "network ACLs",
    defaultValue: 200,
    error: "NetworkAclLimitExceeded",
    text: (limit: number) => `The maximum number of network ACLs has been reached: ${limit}.`,
  },
  "entries-per-network-acl": {
    name: "Rules per network ACL",
    unit: "rules in a direction",
    defaultValue: 20,
    most: 40,
    error: "NetworkAclEntryLimitExceeded",
    text: (limit: number) => `The maximum number of network acl entries has been reached: ${limit}. ${PAGE}`,
  },
  "security-groups": {
    name: "Security groups",
    unit: "security groups",
    defaultValue: 2500,
    most: 10_000,
    error: "SecurityGroupLimitExceeded",
    text: (limit: number) => `The maximum number of security groups has been reached: ${limit}. ${PAGE}`,
  },
  "rules-per-security-group": {
    name: "Inbound or outbound rules per security group",
    unit: "rules in a direction",
    defaultValue: 60,
    most: 1000,
    error: "RulesPerSecurityGroupLimitExceeded",
    text: (limit: number) => `The maximum number of rules per security group has been reached: ${limit}. ${PAGE}`,
  },
  "elastic-ips": {
    name: "Elastic IP addresses",
    unit: "addresses",
    defaultValue: 5,
    most: 100,
    error: "AddressLimitExceeded",
    text: (limit: number) => `The maximum number of addresses has been reached: ${limit}. ${PAGE}`,
  },
  "network-interfaces": {
    name: "Network interfaces",
    unit: "network interfaces",
    defaultValue: 5000,
    error: "NetworkInterfaceLimitExceeded",
    text: (limit: number) => `The maximum number of network interfaces has been reached: ${limit}.`,
  },
  /** What one resource has at most was two in Amazon VPC for long; so many are read one after the other. */
  "flow-logs-per-resource": {
    name: "Flow logs per VPC, subnet or network interface",
    unit: "flow logs",
    defaultValue: 2,
    most: 20,
    error: "FlowLogsLimitExceeded",
    text: (limit: number) => `The maximum number of flow logs of a resource has been reached: ${limit}. ${PAGE}`,
  },
} as const;

/** Of one VPC, subnet, interface, table, list, group or zone each. */
export type PerNetworkResource =
  | "entries-per-network-acl"
  | "flow-logs-per-resource"
  | "nat-gateways-per-zone"
  | "network-acls-per-vpc"
  | "route-tables-per-vpc"
  | "routes-per-route-table"
  | "rules-per-security-group"
  | "subnets-per-vpc";
