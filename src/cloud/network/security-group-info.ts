import type { Tags } from "../tags.ts";
import type { TrafficRequest } from "./traffic.ts";

/** Who may speak with whom: a stateful list of what is let through, of each interface that is in the group (F54). */
export interface SecurityGroupInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly rules: readonly SecurityGroupRuleInfo[];
  readonly tags: Tags;
}

export interface SecurityGroupRuleInfo {
  /** sgr-… */
  readonly id: string;
  /** Of packets that leave the members; else of those that arrive. */
  readonly egress: boolean;
  /** IP's number of the protocol; -1 is all. */
  readonly protocol: number;
  /** Of TCP and UDP: the first port; of ICMP: its type. Null and -1 are all. */
  readonly fromPort: number | null;
  /** Of TCP and UDP: the last port; of ICMP: its code. Null and -1 are all. */
  readonly toPort: number | null;
  /** A block of addresses, or the private addresses of a group's members. */
  readonly peer: { readonly cidrBlock: string } | { readonly groupId: string };
  readonly description: string;
  readonly tags: Tags;
}

export interface CreateSecurityGroupRequest {
  /** 1–255 characters, not "default", not beginning with "sg-". There is one in the VPC: `InvalidGroup.Duplicate`. */
  readonly name: string;
  /** 1–255 characters. */
  readonly description: string;
  /** The default VPC by default. */
  readonly vpcId?: string;
  readonly tags?: Tags;
}

/** A rule as it is asked for: with one of `cidrBlock` and `groupId`. */
export interface SecurityGroupRuleRequest extends TrafficRequest {
  readonly cidrBlock?: string;
  /** Of the same VPC; may be the group itself. */
  readonly groupId?: string;
  /** Up to 255 characters. */
  readonly description?: string;
  readonly tags?: Tags;
}

export type Direction = "ingress" | "egress";
