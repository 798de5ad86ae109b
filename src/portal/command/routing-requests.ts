import type {
  CreateInternetGatewayRequest,
  CreateNatGatewayRequest,
  CreateNetworkAclRequest,
  CreateRouteTableRequest,
  NetworkAclEntry,
  NetworkAclEntryRequest,
  RouteTarget,
} from "../../api/network-types.ts";
import { inRegion, type Translation, tagsAtCreation } from "./translation.ts";

/** Calls of gateways, route tables and network ACLs as requests of EC2's API. */
export const ON_ROUTING: Readonly<Record<string, Translation>> = {
  "internetGateways.create": [
    "CreateInternetGateway",
    inRegion(({ tags = {} }: CreateInternetGatewayRequest) => ({
      TagSpecifications: tagsAtCreation({ "internet-gateway": tags }),
    })),
  ],
  "internetGateways.attach": ["AttachInternetGateway", gatewayOfVpc],
  "internetGateways.detach": ["DetachInternetGateway", gatewayOfVpc],
  "internetGateways.delete": ["DeleteInternetGateway", (id: string) => ({ InternetGatewayId: id })],
  "natGateways.create": [
    "CreateNatGateway",
    ({ subnetId, connectivityType, allocationId, privateIpAddress, tags = {} }: CreateNatGatewayRequest) => ({
      SubnetId: subnetId,
      ConnectivityType: connectivityType,
      AllocationId: allocationId,
      PrivateIpAddress: privateIpAddress,
      TagSpecifications: tagsAtCreation({ natgateway: tags }),
    }),
  ],
  "natGateways.delete": ["DeleteNatGateway", (id: string) => ({ NatGatewayId: id })],
  "routeTables.create": [
    "CreateRouteTable",
    ({ vpcId, tags = {} }: CreateRouteTableRequest) => ({
      VpcId: vpcId,
      TagSpecifications: tagsAtCreation({ "route-table": tags }),
    }),
  ],
  "routeTables.delete": ["DeleteRouteTable", (id: string) => ({ RouteTableId: id })],
  "routeTables.createRoute": ["CreateRoute", route],
  "routeTables.replaceRoute": ["ReplaceRoute", route],
  "routeTables.deleteRoute": [
    "DeleteRoute",
    (id: string, destination: string) => ({ RouteTableId: id, DestinationCidrBlock: destination }),
  ],
  "routeTables.associate": [
    "AssociateRouteTable",
    (id: string, subnetId: string) => ({ RouteTableId: id, SubnetId: subnetId }),
  ],
  "routeTables.disassociate": ["DisassociateRouteTable", (associationId: string) => ({ AssociationId: associationId })],
  "routeTables.replaceAssociation": [
    "ReplaceRouteTableAssociation",
    (associationId: string, id: string) => ({ AssociationId: associationId, RouteTableId: id }),
  ],
  "networkAcls.create": [
    "CreateNetworkAcl",
    ({ vpcId, tags = {} }: CreateNetworkAclRequest) => ({
      VpcId: vpcId,
      TagSpecifications: tagsAtCreation({ "network-acl": tags }),
    }),
  ],
  "networkAcls.delete": ["DeleteNetworkAcl", (id: string) => ({ NetworkAclId: id })],
  "networkAcls.createEntry": ["CreateNetworkAclEntry", aclEntry],
  "networkAcls.replaceEntry": ["ReplaceNetworkAclEntry", aclEntry],
  "networkAcls.deleteEntry": [
    "DeleteNetworkAclEntry",
    (id: string, { ruleNumber, egress }: Pick<NetworkAclEntry, "ruleNumber" | "egress">) => ({
      NetworkAclId: id,
      RuleNumber: ruleNumber,
      // The aws-cli wants one of --ingress and --egress.
      ...way(egress),
    }),
  ],
  "networkAcls.replaceAssociation": [
    "ReplaceNetworkAclAssociation",
    (associationId: string, id: string) => ({ AssociationId: associationId, NetworkAclId: id }),
  ],
};

function gatewayOfVpc(id: string, vpcId: string) {
  return { InternetGatewayId: id, VpcId: vpcId };
}

function route(id: string, destination: string, { kind, id: targetId }: RouteTarget) {
  const target = {
    "internet-gateway": { GatewayId: targetId },
    "nat-gateway": { NatGatewayId: targetId },
    "network-interface": { NetworkInterfaceId: targetId },
  }[kind];
  return { RouteTableId: id, DestinationCidrBlock: destination, ...target };
}

/** IANA, "Assigned Internet Protocol Numbers": EC2's entries have no names of protocols. */
const NUMBERS: Readonly<Record<string, number>> = { all: -1, icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };

const way = (egress: boolean) => (egress ? { Egress: true } : { Ingress: true });

function aclEntry(id: string, { ruleNumber, egress, allow, cidrBlock, ...traffic }: NetworkAclEntryRequest) {
  const { protocol, fromPort, toPort } = traffic;
  const number = NUMBERS[protocol] ?? Number(protocol);
  const isIcmp = number === NUMBERS.icmp;
  return {
    NetworkAclId: id,
    RuleNumber: ruleNumber,
    ...way(egress),
    Protocol: String(number),
    PortRange: fromPort === undefined || isIcmp ? undefined : `From=${fromPort},To=${toPort}`,
    IcmpTypeCode: isIcmp ? `Type=${fromPort ?? -1},Code=${toPort ?? -1}` : undefined,
    RuleAction: allow ? "allow" : "deny",
    CidrBlock: cidrBlock,
  };
}
