import type { ResourceType, TouchedResource } from "../../ec2/policy/index.ts";
import type { AssociateAddressRequest, AttachNetworkInterfaceRequest } from "../network/address-info.ts";
import type { PLAN } from "../tabs/plan.ts";
import { type CallsOf, type MemberAction, type MemberCall, made, requestOf, textAt } from "./member-action.ts";

type Calls<R extends keyof typeof PLAN> = CallsOf<(typeof PLAN)[R]>;
type Named = readonly [type: ResourceType, parameter: string];

const part = (call: MemberCall, type: ResourceType, id: unknown): TouchedResource[] =>
  typeof id === "string" ? [call.lookup.networkPart(type, id, call.scope)] : [];

/** What a request names, by its parameters. */
const named = (call: MemberCall, others: readonly Named[]): TouchedResource[] => {
  const request = requestOf<Record<string, unknown>>(call);
  return others.flatMap(([type, parameter]) => {
    const value = request[parameter];
    return (Array.isArray(value) ? value : [value]).flatMap((id) => part(call, type, id));
  });
};

/** Makes one, beside what its request names. */
const creating = (action: string, type: ResourceType, ...others: readonly Named[]): MemberAction => ({
  action,
  touches: (call) => [made(type, requestOf<{ tags: Record<string, string> }>(call)), ...named(call, others)],
});

const parameters = ({ args: [id, ...rest] }: MemberCall) => ({ id, ...(rest.length === 0 ? {} : { with: rest }) });

/** About the one whose id comes first, and others whose ids are arguments. */
const on = (
  action: MemberAction["action"],
  type: ResourceType,
  ...others: readonly (readonly [type: ResourceType, index: number])[]
): MemberAction => ({
  action,
  touches: (call) => [
    ...part(call, type, textAt(call, 0)),
    ...others.flatMap(([other, index]) => part(call, other, call.args[index])),
  ],
  parameters,
});

const tagging = (type: ResourceType): MemberAction => ({
  action: "CreateTags",
  touches: (call) => {
    const requestTags = (call.args[1] ?? {}) as Readonly<Record<string, string>>;
    return part(call, type, textAt(call, 0)).map((resource) => ({ ...resource, requestTags }));
  },
  parameters: ({ args: [resource, tags] }) => ({ resource, tags }),
});

/** Maps of who reaches whom ask many times at once. */
const analyzing: MemberAction = {
  action: "tabvisor:AnalyzeNetwork",
  readOnly: true,
  frequent: true,
  parameters: () => ({}),
};

const NETWORK: Calls<"network"> = {
  explain: analyzing,
  review: analyzing,
  identityCertificate: { action: "tabvisor:ReadIdentityCertificate", readOnly: true },
};

const VPCS: Calls<"vpcs"> = {
  create: creating("CreateVpc", "vpc"),
  createDefault: { action: "CreateDefaultVpc", parameters: ({ args: [region] }) => ({ region }) },
  modify: on("ModifyVpcAttribute", "vpc"),
  delete: on("DeleteVpc", "vpc"),
  setTags: tagging("vpc"),
};

const SUBNETS: Calls<"subnets"> = {
  create: creating("CreateSubnet", "subnet", ["vpc", "vpcId"]),
  modify: on("ModifySubnetAttribute", "subnet"),
  delete: on("DeleteSubnet", "subnet"),
  setTags: tagging("subnet"),
};

const directed = (call: MemberCall, ruleIds: readonly string[]) =>
  call.lookup.isEgressRule(ruleIds[0], call.scope) ? "Egress" : "Ingress";

const SECURITY_GROUPS: Calls<"securityGroups"> = {
  create: creating("CreateSecurityGroup", "security-group", ["vpc", "vpcId"]),
  delete: on("DeleteSecurityGroup", "security-group"),
  authorize: on(
    ({ args: [, direction] }) => `AuthorizeSecurityGroup${direction === "egress" ? "Egress" : "Ingress"}`,
    "security-group",
  ),
  revoke: on(
    (call) => `RevokeSecurityGroup${directed(call, (call.args[1] ?? []) as readonly string[])}`,
    "security-group",
  ),
  modifyRules: on("ModifySecurityGroupRules", "security-group"),
  setRuleDescriptions: on(
    (call) => `UpdateSecurityGroupRuleDescriptions${directed(call, Object.keys((call.args[1] ?? {}) as object))}`,
    "security-group",
  ),
  setTags: tagging("security-group"),
};

/** The table or list that an association is with, and its subnet. */
const association = (action: string, type: ResourceType, newAt?: number): MemberAction => ({
  action,
  touches: (call) => {
    const { routeTableId, subnetId } = call.lookup.associated(textAt(call, 0), call.scope);
    const given = newAt === undefined ? [] : part(call, type, call.args[newAt]);
    const before = type === "route-table" ? part(call, type, routeTableId) : [];
    return [...before, ...given, ...part(call, "subnet", subnetId)];
  },
  parameters,
});

const ROUTE_TABLES: Calls<"routeTables"> = {
  create: creating("CreateRouteTable", "route-table", ["vpc", "vpcId"]),
  delete: on("DeleteRouteTable", "route-table"),
  createRoute: on("CreateRoute", "route-table"),
  replaceRoute: on("ReplaceRoute", "route-table"),
  deleteRoute: on("DeleteRoute", "route-table"),
  associate: on("AssociateRouteTable", "route-table", ["subnet", 1]),
  disassociate: association("DisassociateRouteTable", "route-table"),
  replaceAssociation: association("ReplaceRouteTableAssociation", "route-table", 1),
  setTags: tagging("route-table"),
};

const INTERNET_GATEWAYS: Calls<"internetGateways"> = {
  create: creating("CreateInternetGateway", "internet-gateway"),
  attach: on("AttachInternetGateway", "internet-gateway", ["vpc", 1]),
  detach: on("DetachInternetGateway", "internet-gateway", ["vpc", 1]),
  modify: on("tabvisor:ModifyInternetGateway", "internet-gateway"),
  delete: on("DeleteInternetGateway", "internet-gateway"),
  setTags: tagging("internet-gateway"),
};

const NAT_GATEWAYS: Calls<"natGateways"> = {
  create: creating("CreateNatGateway", "natgateway", ["elastic-ip", "allocationId"], ["subnet", "subnetId"]),
  delete: on("DeleteNatGateway", "natgateway"),
  setTags: tagging("natgateway"),
};

const NETWORK_ACLS: Calls<"networkAcls"> = {
  create: creating("CreateNetworkAcl", "network-acl", ["vpc", "vpcId"]),
  delete: on("DeleteNetworkAcl", "network-acl"),
  createEntry: on("CreateNetworkAclEntry", "network-acl"),
  replaceEntry: on("ReplaceNetworkAclEntry", "network-acl"),
  deleteEntry: on("DeleteNetworkAclEntry", "network-acl"),
  replaceAssociation: association("ReplaceNetworkAclAssociation", "network-acl", 1),
  setTags: tagging("network-acl"),
};

/** Listeners and signals are no parameters. */
const watching = (action: string): MemberAction => ({
  ...on(action, "network-interface"),
  readOnly: true,
  parameters: (call) => ({ id: textAt(call, 0) }),
});

const NETWORK_INTERFACES: Calls<"networkInterfaces"> = {
  create: creating(
    "CreateNetworkInterface",
    "network-interface",
    ["subnet", "subnetId"],
    ["security-group", "securityGroupIds"],
  ),
  attach: {
    action: "AttachNetworkInterface",
    touches: (call) => {
      const { networkInterfaceId, instanceId = "" } = requestOf<AttachNetworkInterfaceRequest>(call);
      return [call.lookup.instance(instanceId), ...part(call, "network-interface", networkInterfaceId)];
    },
  },
  detach: {
    action: "DetachNetworkInterface",
    touches: (call) => {
      const { interfaceId = "", instanceId } = call.lookup.attached(textAt(call, 0), call.scope);
      const instance = instanceId === undefined ? [] : [call.lookup.instance(instanceId)];
      return [...instance, ...part(call, "network-interface", interfaceId)];
    },
    parameters,
  },
  delete: on("DeleteNetworkInterface", "network-interface"),
  modify: on("ModifyNetworkInterfaceAttribute", "network-interface"),
  assignPrivateIps: on("AssignPrivateIpAddresses", "network-interface"),
  unassignPrivateIps: on("UnassignPrivateIpAddresses", "network-interface"),
  flowLog: { ...watching("tabvisor:ReadFlowLog"), frequent: true },
  followFlowLog: watching("tabvisor:ReadFlowLog"),
  capture: watching("tabvisor:CapturePackets"),
  setTags: tagging("network-interface"),
};

const ADDRESSES: Calls<"addresses"> = {
  allocate: creating("AllocateAddress", "elastic-ip"),
  associate: {
    action: "AssociateAddress",
    touches: (call) => {
      const { allocationId, instanceId, networkInterfaceId } = requestOf<AssociateAddressRequest>(call);
      return [
        ...part(call, "elastic-ip", allocationId),
        ...(instanceId === undefined ? [] : [call.lookup.instance(instanceId)]),
        ...part(call, "network-interface", networkInterfaceId),
      ];
    },
  },
  disassociate: {
    action: "DisassociateAddress",
    touches: (call) => {
      const associationId = textAt(call, 0);
      return part(call, "elastic-ip", call.lookup.addressOf({ associationId }, call.scope) ?? associationId);
    },
    parameters,
  },
  release: on("ReleaseAddress", "elastic-ip"),
  setTags: tagging("elastic-ip"),
};

export const NETWORK_MEMBER_ACTIONS = {
  network: NETWORK,
  vpcs: VPCS,
  subnets: SUBNETS,
  securityGroups: SECURITY_GROUPS,
  routeTables: ROUTE_TABLES,
  internetGateways: INTERNET_GATEWAYS,
  natGateways: NAT_GATEWAYS,
  networkAcls: NETWORK_ACLS,
  networkInterfaces: NETWORK_INTERFACES,
  addresses: ADDRESSES,
};
