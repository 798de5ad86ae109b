import type * as ec2 from "@aws-sdk/client-ec2";
import type { NETWORK_ACTIONS } from "../policy/authorization/network-actions.ts";
import type { ResourceType, TouchedResource } from "../policy/index.ts";
import { changing, newResource, type Surroundings, type Touch, touch } from "./touch.ts";

type Given<T> = T | undefined;
const each = <T>(one: Given<T>): T[] => (one === undefined ? [] : [one]);

const part = (type: ResourceType, ids: readonly string[], { lookup, scope }: Surroundings): TouchedResource[] =>
  [...new Set(ids)].map((id) => lookup.networkPart(type, id, scope));

/** The resource that a parameter names. */
const named =
  (...parameters: readonly (readonly [parameter: string, type: ResourceType])[]): Touch =>
  (input, at) =>
    parameters.flatMap(([parameter, type]) =>
      part(type, each((input as Readonly<Record<string, string | undefined>>)[parameter]), at),
    );

const vpc = named(["VpcId", "vpc"]);
const subnet = named(["SubnetId", "subnet"]);

interface OfGroup {
  readonly GroupId?: string;
  readonly GroupName?: string;
  readonly SecurityGroupRuleIds?: readonly string[];
  readonly SecurityGroupRules?: readonly { readonly SecurityGroupRuleId?: string }[];
  readonly SecurityGroupRuleDescriptions?: readonly { readonly SecurityGroupRuleId?: string }[];
}

/** A group by its id, or by its name in the default VPC. */
function group({ GroupId: id, GroupName: name }: OfGroup, at: Surroundings): TouchedResource[] {
  const found = id ?? (name === undefined ? undefined : at.lookup.groupNamed(name, at.scope));
  return part("security-group", each(found ?? name), at);
}

/** A group with the rules of it that are named. */
const groupRules = touch<OfGroup>((input, at) => {
  const updates = [...(input.SecurityGroupRules ?? []), ...(input.SecurityGroupRuleDescriptions ?? [])];
  const ids = [...(input.SecurityGroupRuleIds ?? []), ...updates.flatMap((one) => each(one.SecurityGroupRuleId))];
  return [...group(input, at), ...part("security-group-rule", ids, at)];
});

const authorizing = touch<ec2.AuthorizeSecurityGroupIngressRequest>((input, at) => [
  ...group(input as OfGroup, at),
  newResource("security-group-rule", input.TagSpecifications),
]);

interface OfAddress {
  readonly AllocationId?: string | undefined;
  readonly AssociationId?: string | undefined;
  readonly PublicIp?: string | undefined;
}

/** By its allocation, its association, or itself. */
function address({ AllocationId, AssociationId, PublicIp }: OfAddress, at: Surroundings): TouchedResource[] {
  const id = AllocationId ?? at.lookup.addressOf({ associationId: AssociationId, publicIp: PublicIp }, at.scope);
  return part("elastic-ip", [id ?? AssociationId ?? PublicIp ?? ""], at);
}

/** A new resource with its tags, beside what its request names. */
const made = <Input extends { TagSpecifications?: ec2.TagSpecification[] | undefined }>(
  type: ResourceType,
  ...others: readonly (readonly [parameter: string, type: ResourceType])[]
): Touch => {
  const existing = named(...others);
  return touch<Input>(async (input, at) => [
    newResource(type, input.TagSpecifications),
    ...(await existing(input, at)),
  ]);
};

const routeTable = named(["RouteTableId", "route-table"]);
const acl = named(["NetworkAclId", "network-acl"]);
const networkInterface = named(["NetworkInterfaceId", "network-interface"]);
const gatewayAndVpc = named(["InternetGatewayId", "internet-gateway"], ["VpcId", "vpc"]);

/** The table that an association is with, or is to be with, and its subnet. */
const tableAssociation = touch<{ AssociationId?: string; RouteTableId?: string }>((input, at) => {
  const { routeTableId, subnetId } = at.lookup.associated(input.AssociationId, at.scope);
  const ids = [...each(routeTableId), ...each(input.RouteTableId)];
  return [...part("route-table", ids.length === 0 ? [""] : ids, at), ...part("subnet", each(subnetId), at)];
});

type Touching = Exclude<keyof typeof NETWORK_ACTIONS, "CreateDefaultVpc" | `Describe${string}s`>;

/** What each action of the network touches; see `touches.ts`. */
export const NETWORK_TOUCHES: Readonly<Record<Touching, Touch>> = {
  CreateVpc: touch<ec2.CreateVpcRequest>((input) => [
    newResource("vpc", input.TagSpecifications, { Tenancy: input.InstanceTenancy ?? "default" }),
  ]),
  DeleteVpc: vpc,
  DescribeVpcAttribute: vpc,
  ModifyVpcAttribute: changing(vpc),

  CreateSubnet: touch<ec2.CreateSubnetRequest>((input, at) => [
    newResource("subnet", input.TagSpecifications, {
      AvailabilityZone: input.AvailabilityZone as string,
      AvailabilityZoneId: input.AvailabilityZoneId as string,
    }),
    ...part("vpc", each(input.VpcId), at),
  ]),
  DeleteSubnet: subnet,
  ModifySubnetAttribute: changing(subnet),

  CreateSecurityGroup: touch<ec2.CreateSecurityGroupRequest>((input, at) => [
    newResource("security-group", input.TagSpecifications),
    ...part("vpc", each(input.VpcId), at),
  ]),
  DeleteSecurityGroup: touch<OfGroup>(group),
  AuthorizeSecurityGroupIngress: authorizing,
  AuthorizeSecurityGroupEgress: authorizing,
  RevokeSecurityGroupIngress: groupRules,
  RevokeSecurityGroupEgress: groupRules,
  ModifySecurityGroupRules: groupRules,
  UpdateSecurityGroupRuleDescriptionsIngress: groupRules,
  UpdateSecurityGroupRuleDescriptionsEgress: groupRules,

  CreateRouteTable: made<ec2.CreateRouteTableRequest>("route-table", ["VpcId", "vpc"]),
  DeleteRouteTable: routeTable,
  CreateRoute: routeTable,
  ReplaceRoute: routeTable,
  DeleteRoute: routeTable,
  AssociateRouteTable: named(["RouteTableId", "route-table"], ["SubnetId", "subnet"]),
  DisassociateRouteTable: tableAssociation,
  ReplaceRouteTableAssociation: tableAssociation,

  CreateInternetGateway: made<ec2.CreateInternetGatewayRequest>("internet-gateway"),
  AttachInternetGateway: gatewayAndVpc,
  DetachInternetGateway: gatewayAndVpc,
  DeleteInternetGateway: named(["InternetGatewayId", "internet-gateway"]),

  CreateNatGateway: made<ec2.CreateNatGatewayRequest>(
    "natgateway",
    ["AllocationId", "elastic-ip"],
    ["SubnetId", "subnet"],
  ),
  DeleteNatGateway: named(["NatGatewayId", "natgateway"]),

  CreateNetworkAcl: made<ec2.CreateNetworkAclRequest>("network-acl", ["VpcId", "vpc"]),
  DeleteNetworkAcl: acl,
  CreateNetworkAclEntry: acl,
  ReplaceNetworkAclEntry: acl,
  DeleteNetworkAclEntry: acl,
  ReplaceNetworkAclAssociation: touch<{ AssociationId?: string; NetworkAclId?: string }>((input, at) => [
    ...part("network-acl", each(input.NetworkAclId), at),
    ...part("subnet", each(at.lookup.associated(input.AssociationId, at.scope).subnetId), at),
  ]),

  CreateNetworkInterface: touch<ec2.CreateNetworkInterfaceRequest>((input, at) => [
    newResource("network-interface", input.TagSpecifications),
    ...part("security-group", input.Groups ?? [], at),
    ...part("subnet", each(input.SubnetId), at),
  ]),
  DeleteNetworkInterface: networkInterface,
  DescribeNetworkInterfaceAttribute: networkInterface,
  ModifyNetworkInterfaceAttribute: changing(
    touch<ec2.ModifyNetworkInterfaceAttributeRequest>((input, at) => [
      ...part("network-interface", each(input.NetworkInterfaceId), at),
      ...part("security-group", input.Groups ?? [], at),
    ]),
  ),
  ResetNetworkInterfaceAttribute: changing(networkInterface),
  AttachNetworkInterface: touch<ec2.AttachNetworkInterfaceRequest>((input, at) => [
    ...each(input.InstanceId).map((id) => at.lookup.instance(id)),
    ...part("network-interface", each(input.NetworkInterfaceId), at),
  ]),
  DetachNetworkInterface: touch<ec2.DetachNetworkInterfaceRequest>(({ AttachmentId: id }, at) => {
    const { interfaceId, instanceId } = at.lookup.attached(id, at.scope);
    return [
      ...each(instanceId).map((one) => at.lookup.instance(one)),
      ...part("network-interface", [interfaceId ?? ""], at),
    ];
  }),
  AssignPrivateIpAddresses: networkInterface,
  UnassignPrivateIpAddresses: networkInterface,

  AllocateAddress: made<ec2.AllocateAddressRequest>("elastic-ip"),
  AssociateAddress: touch<ec2.AssociateAddressRequest>((input, at) => [
    ...address(input, at),
    ...each(input.InstanceId).map((id) => at.lookup.instance(id)),
    ...part("network-interface", each(input.NetworkInterfaceId), at),
  ]),
  DisassociateAddress: touch<OfAddress>(address),
  ReleaseAddress: touch<OfAddress>(address),
  DescribeAddressesAttribute: touch<ec2.DescribeAddressesAttributeRequest>(({ AllocationIds: ids = [] }, at) =>
    part("elastic-ip", ids, at),
  ),

  CreateFlowLogs: touch<ec2.CreateFlowLogsRequest>(async (input, { lookup, scope }) => {
    const recorded = await Promise.all((input.ResourceIds ?? []).map((id) => lookup.byId(id, scope)));
    return [newResource("vpc-flow-log", input.TagSpecifications), ...recorded.flat()];
  }),
  DeleteFlowLogs: touch<ec2.DeleteFlowLogsRequest>(({ FlowLogIds: ids = [] }, at) => part("vpc-flow-log", ids, at)),
};
