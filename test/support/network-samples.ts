import { ACCOUNT, type Ec2Lab } from "./ec2-lab.ts";

/** Ids of what is of a network. */
export interface NetworkThings {
  readonly instanceId?: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly subnetAclAssociationId: string;
  readonly mainAssociationId: string;
  readonly routeTableId: string;
  readonly internetGatewayId: string;
  readonly networkAclId: string;
  readonly groupId: string;
  readonly ruleId: string;
  readonly interfaceId: string;
  readonly attachmentId: string;
  readonly freeInterfaceId: string;
  readonly allocationId: string;
  readonly natGatewayId: string;
  readonly flowLogId: string;
}

/** What is there anyway, and what is not: of the default network. */
export async function networkThings({ cloud }: Ec2Lab): Promise<NetworkThings> {
  const { network, addresses, networkInterfaces, natGateways, flowLogs } = cloud;
  const vpc = network.defaultVpc({ accountId: ACCOUNT, region: "us-east-1" });
  const inVpc = <T extends { readonly vpcId: string | null }>(one: T) => one.vpcId === vpc?.id;
  const [subnet] = network.subnets().filter(inVpc);
  const [group] = network.securityGroups().filter(inVpc);
  const [attached] = network.interfaces();
  const subnetId = subnet?.id ?? "";
  const free = await networkInterfaces.create({ subnetId });
  const ofGateway = await addresses.allocate();
  const gateway = await natGateways.create({ subnetId, allocationId: ofGateway.id });
  const [log] = await flowLogs.create({ resourceIds: [subnetId], logGroupName: "samples" });
  return {
    vpcId: vpc?.id ?? "",
    subnetId,
    subnetAclAssociationId: subnet?.networkAcl.associationId ?? "",
    mainAssociationId: vpc?.mainRouteTable.associationId ?? "",
    routeTableId: vpc?.mainRouteTable.id ?? "",
    internetGatewayId: network.list("internetGateways").find(inVpc)?.id ?? "",
    networkAclId: subnet?.networkAcl.id ?? "",
    groupId: group?.id ?? "",
    ruleId: group?.rules[0]?.id ?? "",
    interfaceId: attached?.id ?? "",
    attachmentId: attached?.attachment?.id ?? "",
    freeInterfaceId: free.id,
    allocationId: (await addresses.allocate()).id,
    natGatewayId: gateway.id,
    flowLogId: log?.id ?? "",
  };
}

type Input = Record<string, unknown>;

/** What a parameter of that name is given where an action must have it. */
export const NETWORK_SAMPLES: Readonly<Record<string, (of: NetworkThings) => unknown>> = {
  AssociationId: ({ mainAssociationId }) => mainAssociationId,
  AttachmentId: ({ attachmentId }) => attachmentId,
  DeviceIndex: () => 1,
  Egress: () => false,
  FlowLogIds: ({ flowLogId }) => [flowLogId],
  GroupId: ({ groupId }) => groupId,
  GroupName: () => "another",
  InternetGatewayId: ({ internetGatewayId }) => internetGatewayId,
  NatGatewayId: ({ natGatewayId }) => natGatewayId,
  NetworkAclId: ({ networkAclId }) => networkAclId,
  NetworkInterfaceId: ({ interfaceId }) => interfaceId,
  Protocol: () => "-1",
  ResourceIds: ({ subnetId }) => [subnetId],
  ResourceType: () => "Subnet",
  RouteTableId: ({ routeTableId }) => routeTableId,
  RuleAction: () => "allow",
  RuleNumber: () => 200,
  SecurityGroupRules: ({ ruleId }) => [{ SecurityGroupRuleId: ruleId, SecurityGroupRule: { IpProtocol: "-1" } }],
  SubnetId: ({ subnetId }) => subnetId,
  VpcId: ({ vpcId }) => vpcId,
};

const ANY_TRAFFIC = { IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "192.0.2.0/24" }] }] };
const ROUTE = ({ internetGatewayId }: NetworkThings) => ({
  DestinationCidrBlock: "192.0.2.0/24",
  GatewayId: internetGatewayId,
});

/** For actions that must be told more than their schemas say. */
export const NETWORK_INPUTS: Readonly<Record<string, (of: NetworkThings) => Input>> = {
  AssignPrivateIpAddresses: () => ({ SecondaryPrivateIpAddressCount: 1 }),
  AssociateAddress: ({ allocationId, instanceId }) => ({ AllocationId: allocationId, InstanceId: instanceId }),
  AssociateRouteTable: ({ subnetId }) => ({ SubnetId: subnetId }),
  AttachNetworkInterface: ({ freeInterfaceId }) => ({ NetworkInterfaceId: freeInterfaceId }),
  AuthorizeSecurityGroupEgress: () => ANY_TRAFFIC,
  AuthorizeSecurityGroupIngress: ({ groupId }) => ({ GroupId: groupId, ...ANY_TRAFFIC }),
  CreateFlowLogs: () => ({
    TrafficType: "ALL",
    LogGroupName: "flows",
    DeliverLogsPermissionArn: "arn:aws:iam::123456789012:role/flows",
  }),
  CreateNetworkAclEntry: () => ({ CidrBlock: "192.0.2.0/24" }),
  CreateRoute: ROUTE,
  CreateSubnet: () => ({ CidrBlock: "172.31.200.0/24" }),
  CreateVpc: () => ({ CidrBlock: "10.0.0.0/16" }),
  DeleteNetworkInterface: ({ freeInterfaceId }) => ({ NetworkInterfaceId: freeInterfaceId }),
  DeleteRoute: () => ({ DestinationCidrBlock: "0.0.0.0/0" }),
  DeleteSecurityGroup: ({ groupId }) => ({ GroupId: groupId }),
  DescribeSecurityGroupReferences: ({ groupId }) => ({ GroupId: [groupId] }),
  DescribeVpcAttribute: () => ({ Attribute: "enableDnsSupport" }),
  DisassociateAddress: ({ allocationId }) => ({ AssociationId: allocationId.replace("eipalloc", "eipassoc") }),
  ModifyNetworkInterfaceAttribute: () => ({ Description: { Value: "another" } }),
  ModifySubnetAttribute: () => ({ MapPublicIpOnLaunch: { Value: false } }),
  ModifyVpcAttribute: () => ({ EnableDnsHostnames: { Value: false } }),
  ReleaseAddress: ({ allocationId }) => ({ AllocationId: allocationId }),
  ReplaceNetworkAclAssociation: ({ subnetAclAssociationId }) => ({ AssociationId: subnetAclAssociationId }),
  ReplaceNetworkAclEntry: () => ({ RuleNumber: 100, CidrBlock: "192.0.2.0/24" }),
  ReplaceRoute: ROUTE,
  RevokeSecurityGroupEgress: () => ANY_TRAFFIC,
  RevokeSecurityGroupIngress: ({ groupId, ruleId }) => ({ GroupId: groupId, SecurityGroupRuleIds: [ruleId] }),
  UnassignPrivateIpAddresses: () => ({ PrivateIpAddresses: ["172.31.0.9"] }),
  UpdateSecurityGroupRuleDescriptionsEgress: ({ groupId }) => ({ GroupId: groupId, ...ANY_TRAFFIC }),
  UpdateSecurityGroupRuleDescriptionsIngress: ({ groupId }) => ({ GroupId: groupId, ...ANY_TRAFFIC }),
};
