import type { ResourceType, TouchedResource } from "../../ec2/policy/index.ts";
import type {
  AssociateAddressRequest,
  AttachNetworkInterfaceRequest,
  ModifyNetworkInterfaceRequest,
} from "../network/address-info.ts";
import type { CreateFlowLogsRequest } from "../network/flow-log-info.ts";
import type { PLAN } from "../tabs/plan.ts";
import {
  type CallsOf,
  changing,
  listIn,
  type MemberAction,
  type MemberCall,
  made,
  requestOf,
  settingTags,
  textAt,
} from "./member-action.ts";

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
const creating = (action: string, type: ResourceType, ...others: readonly Named[]): MemberAction =>
  creatingWith(() => ({}), action, type, ...others);

/** The same, of one of which policies can ask more. */
const creatingWith = (
  facts: (request: Readonly<Record<string, unknown>>) => NonNullable<Parameters<typeof made>[2]>,
  action: string,
  type: ResourceType,
  ...others: readonly Named[]
): MemberAction => ({
  action,
  touches: (call) => {
    const request = requestOf<Record<string, unknown>>(call);
    return [made(type, requestOf<{ tags: Record<string, string> }>(call), facts(request)), ...named(call, others)];
  },
});

/** EC2's names of parameters that are the same as ours but for the first letter. */
const capital = (change: object) =>
  Object.fromEntries(Object.entries(change).map(([name, to]) => [name.charAt(0).toUpperCase() + name.slice(1), to]));

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

const tagging = (type: ResourceType): MemberAction => settingTags((call) => part(call, type, textAt(call, 0)));

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
  create: creatingWith(() => ({ Tenancy: "default" }), "CreateVpc", "vpc"),
  createDefault: { action: "CreateDefaultVpc", parameters: ({ args: [region] }) => ({ region }) },
  modify: changing(on("ModifyVpcAttribute", "vpc"), capital),
  delete: on("DeleteVpc", "vpc"),
  setTags: tagging("vpc"),
};

const SUBNETS: Calls<"subnets"> = {
  create: creatingWith(({ availabilityZone }) => ({ AvailabilityZone: availabilityZone }), "CreateSubnet", "subnet", [
    "vpc",
    "vpcId",
  ]),
  modify: changing(on("ModifySubnetAttribute", "subnet"), capital),
  delete: on("DeleteSubnet", "subnet"),
  setTags: tagging("subnet"),
};

const directed = (call: MemberCall, ruleIds: readonly string[]) =>
  call.lookup.isEgressRule(ruleIds[0], call.scope) ? "Egress" : "Ingress";

/** A group's id comes first, and then those of its rules. */
const onRules = (
  action: (call: MemberCall) => string,
  idsOf: (call: MemberCall) => readonly string[],
): MemberAction => ({
  action,
  touches: (call) => [
    ...part(call, "security-group", textAt(call, 0)),
    ...idsOf(call).flatMap((id) => part(call, "security-group-rule", id)),
  ],
  parameters,
});
const listed = (call: MemberCall) => listIn(call.args[1] as readonly string[]);
const keyed = (call: MemberCall) => Object.keys((call.args[1] ?? {}) as object);

const SECURITY_GROUPS: Calls<"securityGroups"> = {
  create: creating("CreateSecurityGroup", "security-group", ["vpc", "vpcId"]),
  delete: on("DeleteSecurityGroup", "security-group"),
  authorize: {
    action: ({ args: [, direction] }) => `AuthorizeSecurityGroup${direction === "egress" ? "Egress" : "Ingress"}`,
    touches: (call) => {
      const [rules] = call.args.slice(2) as [(readonly Tagged[])?];
      const tags = Array.isArray(rules) ? Object.assign({}, ...(rules as Tagged[]).map((rule) => rule.tags)) : {};
      return [...part(call, "security-group", textAt(call, 0)), made("security-group-rule", { tags })];
    },
    parameters,
  },
  revoke: onRules((call) => `RevokeSecurityGroup${directed(call, listed(call))}`, listed),
  modifyRules: onRules(() => "ModifySecurityGroupRules", keyed),
  setRuleDescriptions: onRules((call) => `UpdateSecurityGroupRuleDescriptions${directed(call, keyed(call))}`, keyed),
  setTags: tagging("security-group"),
};

interface Tagged {
  readonly tags?: Readonly<Record<string, string>>;
}

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

const MODIFY_INTERFACE: MemberAction = {
  action: "ModifyNetworkInterfaceAttribute",
  touches: (call) => {
    const { securityGroupIds } = (call.args[1] ?? {}) as ModifyNetworkInterfaceRequest;
    const groups = listIn(securityGroupIds).flatMap((id) => part(call, "security-group", id));
    return [...part(call, "network-interface", textAt(call, 0)), ...groups];
  },
  parameters,
};

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
  modify: changing(MODIFY_INTERFACE, ({ securityGroupIds, ...change }: Partial<ModifyNetworkInterfaceRequest>) => ({
    ...capital(change),
    Groups: securityGroupIds,
  })),
  assignPrivateIps: on("AssignPrivateIpAddresses", "network-interface"),
  unassignPrivateIps: on("UnassignPrivateIpAddresses", "network-interface"),
  flowLog: { ...watching("tabvisor:ReadFlowLog"), frequent: true },
  followFlowLog: watching("tabvisor:ReadFlowLog"),
  capture: watching("tabvisor:CapturePackets"),
  incidents: { ...watching("tabvisor:ReadIncidents"), frequent: true },
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

const FLOW_LOGS: Calls<"flowLogs"> = {
  create: {
    action: "CreateFlowLogs",
    touches: async (call) => {
      const request = requestOf<CreateFlowLogsRequest>(call);
      const recorded = await Promise.all((request.resourceIds ?? []).map((id) => call.lookup.byId(id, call.scope)));
      return [made("vpc-flow-log", request), ...recorded.flat()];
    },
  },
  delete: {
    action: "DeleteFlowLogs",
    touches: (call) => ((call.args[0] ?? []) as readonly unknown[]).flatMap((id) => part(call, "vpc-flow-log", id)),
    parameters: ({ args: [ids] }) => ({ ids }),
  },
  records: {
    ...on("tabvisor:ReadFlowLog", "vpc-flow-log"),
    readOnly: true,
    frequent: true,
    parameters: (call) => ({ id: textAt(call, 0) }),
  },
  setTags: tagging("vpc-flow-log"),
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
  flowLogs: FLOW_LOGS,
};
