/** What it takes to see the lists that each tab has a copy of, by resource; `plan.ts` says which have one. */
export const READ_ACTIONS = {
  instances: "DescribeInstances",
  volumes: "DescribeVolumes",
  snapshots: "DescribeSnapshots",
  keyPairs: "DescribeKeyPairs",
  launchTemplates: "DescribeLaunchTemplates",
  vpcs: "DescribeVpcs",
  subnets: "DescribeSubnets",
  securityGroups: "DescribeSecurityGroups",
  routeTables: "DescribeRouteTables",
  internetGateways: "DescribeInternetGateways",
  natGateways: "DescribeNatGateways",
  networkAcls: "DescribeNetworkAcls",
  networkInterfaces: "DescribeNetworkInterfaces",
  addresses: "DescribeAddresses",
  flowLogs: "DescribeFlowLogs",
  events: "tabvisor:SubscribeEvents",
  backups: "tabvisor:DescribeBackupPolicies",
} as const;

export type ReadResource = keyof typeof READ_ACTIONS;
