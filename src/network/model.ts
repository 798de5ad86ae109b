import type { MetadataModel } from "./metadata/model.ts";

/**
 * What the network is to be: everything that decides where a packet goes, and nothing else. The control plane makes it
 * of its records (F52–F58) and hands over a whole new one at each change; the network itself keeps only what passes
 * (connections, leases, counters).
 *
 * Addresses are IPv4 in dotted form, blocks are CIDR ("10.0.0.0/16"), MAC addresses "02:…" in lower case. Ids are EC2's.
 */
export interface NetworkModel {
  readonly vpcs: readonly VpcModel[];
  readonly subnets: readonly SubnetModel[];
  readonly routeTables: readonly RouteTableModel[];
  readonly networkAcls: readonly NetworkAclModel[];
  readonly securityGroups: readonly SecurityGroupModel[];
  readonly interfaces: readonly InterfaceModel[];
  readonly natGateways: readonly NatGatewayModel[];
  /** What the metadata service tells instances about themselves (F13); who has none gets 404 for everything. */
  readonly metadata?: readonly MetadataModel[];
}

export interface VpcModel {
  readonly id: string;
  readonly cidrBlocks: readonly string[];
  /** The resolver at the base of the block plus two answers (EC2's enableDnsSupport). */
  readonly dnsSupport: boolean;
  /** Public addresses have names (EC2's enableDnsHostnames). */
  readonly dnsHostnames: boolean;
  readonly region: string;
  /** What is attached; absent: no way in or out but by other VPCs' means. */
  readonly internetGateway?: InternetGatewayModel;
}

export interface InternetGatewayModel {
  readonly id: string;
  /** Whether packets may leave for the real Internet. Off by default; the way in from the page does not need it. */
  readonly outbound: boolean;
}

export interface SubnetModel {
  readonly id: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly routeTableId: string;
  readonly networkAclId: string;
}

export interface RouteTableModel {
  readonly id: string;
  readonly vpcId: string;
  /** Without the local route of the VPC's own blocks, which is always there. The longest prefix wins. */
  readonly routes: readonly RouteModel[];
}

export interface RouteModel {
  readonly destinationCidrBlock: string;
  readonly target: RouteTarget;
}

export type RouteTarget =
  | { readonly kind: "internet-gateway"; readonly id: string }
  | { readonly kind: "nat-gateway"; readonly id: string }
  | { readonly kind: "network-interface"; readonly id: string }
  /** What the route led to is gone. */
  | { readonly kind: "blackhole"; readonly id: string };

export interface NetworkAclModel {
  readonly id: string;
  readonly vpcId: string;
  /** The lowest number that matches decides; what none matches is refused. Stateless. */
  readonly entries: readonly NetworkAclEntryModel[];
}

export interface NetworkAclEntryModel extends TrafficModel {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly allow: boolean;
  readonly cidrBlock: string;
}

/** Which packets a rule is about. */
export interface TrafficModel {
  /** The number of IP's protocol; -1: all, ports and types do not matter. */
  readonly protocol: number;
  /** TCP and UDP: the ports; ICMP: `fromPort` is the type and `toPort` the code, -1 is all. Absent: all. */
  readonly fromPort?: number;
  readonly toPort?: number;
}

export interface SecurityGroupModel {
  readonly id: string;
  readonly vpcId: string;
  readonly rules: readonly SecurityGroupRuleModel[];
}

export interface SecurityGroupRuleModel extends TrafficModel {
  readonly id: string;
  readonly egress: boolean;
  readonly peer: SecurityGroupPeer;
}

export type SecurityGroupPeer =
  | { readonly kind: "cidr"; readonly cidrBlock: string }
  /** The private addresses of the group's members. */
  | { readonly kind: "group"; readonly groupId: string };

export interface InterfaceModel {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly macAddress: string;
  /** The first is the primary one. */
  readonly addresses: readonly InterfaceAddressModel[];
  /** At least one. */
  readonly groupIds: readonly string[];
  /** Packets that are neither from nor to its own addresses are dropped (EC2's SourceDestCheck). */
  readonly sourceDestCheck: boolean;
  /** Absent: nothing is attached, or it belongs to a gateway. */
  readonly instanceId?: string;
  /** The name of the primary address, without its domain: "ip-172-31-0-5". */
  readonly hostname: string;
  /** What its connections are remembered for, where it is not EC2's default. */
  readonly connectionTracking?: ConnectionTrackingModel;
}

/** EC2's ConnectionTrackingSpecification: idle times in seconds, from the next packet on. */
export interface ConnectionTrackingModel {
  readonly tcpEstablishedTimeout?: number;
  readonly udpTimeout?: number;
  readonly udpStreamTimeout?: number;
}

export interface InterfaceAddressModel {
  readonly privateIp: string;
  /** One to one with the private address; the guest does not see it. */
  readonly publicIp?: string;
}

export interface NatGatewayModel {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly interfaceId: string;
}

/** The network without anything in it. */
export const EMPTY_NETWORK: NetworkModel = {
  vpcs: [],
  subnets: [],
  routeTables: [],
  networkAcls: [],
  securityGroups: [],
  interfaces: [],
  natGateways: [],
};

/**
 * Bytes of an IP packet that every interface carries. EC2's is 9001 within a VPC, with which guests' TCP is slower here
 * (`npm run bench netsweep`: 0.43 of the rate by HTTP, 0.34 by nc): what longer packets save, frames of several segments
 * save already.
 */
export const MTU = 1500;

/**
 * Where public addresses are from: the block for tests of network devices (RFC 2544, RFC 6890 §2.2.2), which is routed
 * nowhere on the Internet. So they exist only inside of this cloud, and there are more of them than anything needs. The
 * block's upper half is for names that nobody looks up (`egress`).
 */
export const PUBLIC_POOL = "198.18.0.0/16";

/** Where clients in the page come from, as seen by security groups: an address for documentation (RFC 5737). */
export const PAGE_ADDRESS = "203.0.113.1";
