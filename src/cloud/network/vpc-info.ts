import type { Tags } from "../tags.ts";

/** A virtual private cloud: a world of addresses of its own (F52). */
export interface VpcInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly cidrBlock: string;
  readonly isDefault: boolean;
  /** The resolver at the base of its block plus two answers. */
  readonly enableDnsSupport: boolean;
  /** Instances with public addresses have public names. */
  readonly enableDnsHostnames: boolean;
  /** Of the subnets that have no route table of their own. */
  readonly mainRouteTable: { readonly id: string; readonly associationId: string };
  readonly tags: Tags;
}

export interface CreateVpcRequest {
  /** IPv4, from /16 to /28: else `InvalidVpc.Range`. */
  readonly cidrBlock: string;
  /** us-east-1 by default. */
  readonly region?: string;
  readonly tags?: Tags;
  /** As in `instances.launch`. */
  readonly clientToken?: string;
}

export interface ModifyVpcRequest {
  readonly enableDnsSupport?: boolean;
  /** Needs `enableDnsSupport`: else `InvalidParameterValue`. */
  readonly enableDnsHostnames?: boolean;
}

/** A range of a VPC's addresses, in one zone. */
export interface SubnetInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  /** Its availability zone, e.g. "us-east-1a". */
  readonly zone: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  /** Where instances go that were asked for without a subnet. */
  readonly isDefault: boolean;
  /** Instances have a public address while they run, unless they are launched without (F53). */
  readonly mapPublicIpOnLaunch: boolean;
  /** Null: the VPC's main one. */
  readonly routeTable: { readonly id: string; readonly associationId: string } | null;
  readonly networkAcl: { readonly id: string; readonly associationId: string };
  /** Neither in use nor EC2's own: five of each subnet are. */
  readonly availableIpAddressCount: number;
  readonly tags: Tags;
}

export interface CreateSubnetRequest {
  readonly vpcId: string;
  /**
   * From /16 to /28 and inside of its VPC's: else `InvalidSubnet.Range`. What overlaps with another subnet's is
   * `InvalidSubnet.Conflict`.
   */
  readonly cidrBlock: string;
  /** Of the VPC's region; the first one by default. */
  readonly availabilityZone?: string;
  readonly tags?: Tags;
}

export interface ModifySubnetRequest {
  readonly mapPublicIpOnLaunch?: boolean;
}
