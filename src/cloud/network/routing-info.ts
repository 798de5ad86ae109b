import type { Tags } from "../tags.ts";

/** Where packets of its subnets go, by the longest prefix of their destination (F52). */
export interface RouteTableInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly vpcId: string;
  /** Beside the local route, which leads everything of the VPC's own block to where it is. */
  readonly routes: readonly RouteInfo[];
  readonly tags: Tags;
}

export interface RouteInfo {
  readonly destinationCidrBlock: string;
  readonly target: RouteTargetInfo;
}

/** What is gone drops the packets ("blackhole"). */
export interface RouteTargetInfo {
  readonly kind: "internet-gateway" | "nat-gateway" | "network-interface";
  readonly id: string;
}

export interface CreateRouteTableRequest {
  readonly vpcId: string;
  readonly tags?: Tags;
  readonly clientToken?: string;
}

/** The way of a VPC in, and out (F52). */
export interface InternetGatewayInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  /** What it is attached to; null: nothing. */
  readonly vpcId: string | null;
  /** Whether packets may leave for the real Internet. The way in from the page does not need it. */
  readonly outbound: boolean;
  readonly tags: Tags;
}

export interface CreateInternetGatewayRequest {
  /** us-east-1 by default. */
  readonly region?: string;
  readonly tags?: Tags;
}

export interface ModifyInternetGatewayRequest {
  readonly outbound: boolean;
}

/** A way out of private subnets, and none in: what leaves by it has its address. */
export interface NatGatewayInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly state: "available" | "deleted";
  /** "private": between VPCs' subnets only, without a public address. */
  readonly connectivityType: "public" | "private";
  readonly networkInterfaceId: string;
  readonly privateIp: string;
  readonly address: {
    readonly allocationId: string;
    readonly associationId: string;
    readonly publicIp: string;
  } | null;
  readonly tags: Tags;
}

export interface CreateNatGatewayRequest {
  /** Of a VPC with an internet gateway where it is public: else `Gateway.NotAttached`. */
  readonly subnetId: string;
  /** "public" by default. */
  readonly connectivityType?: "public" | "private";
  /** An Elastic IP address that is not associated; a public one needs one. */
  readonly allocationId?: string;
  /** A free one of the subnet; the lowest by default. */
  readonly privateIpAddress?: string;
  readonly tags?: Tags;
  readonly clientToken?: string;
}

/** What may come into its subnets, and leave them: stateless, the lowest number that matches decides. */
export interface NetworkAclInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly vpcId: string;
  /** Of the subnets that were given no other. */
  readonly isDefault: boolean;
  /** Beside the last one of each direction, which refuses everything. */
  readonly entries: readonly NetworkAclEntryInfo[];
  readonly tags: Tags;
}

export interface NetworkAclEntryInfo {
  /** 1–32766. */
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly allow: boolean;
  readonly cidrBlock: string;
  /** IP's number; -1 is all. */
  readonly protocol: number;
  /** As in `SecurityGroupRuleInfo`. */
  readonly fromPort: number | null;
  readonly toPort: number | null;
}

export interface CreateNetworkAclRequest {
  readonly vpcId: string;
  readonly tags?: Tags;
  readonly clientToken?: string;
}
