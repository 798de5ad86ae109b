import type { Tags } from "../tags.ts";

/** What of a VPC's, a subnet's or an interface's traffic is recorded, and under which name it is read. */
export interface FlowLogInfo {
  /** fl-… */
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  /** A VPC, a subnet or a network interface: of all interfaces in it, also of those to come. */
  readonly resourceId: string;
  readonly trafficType: FlowLogTraffic;
  /** There is no CloudWatch: records are read by `flowLogs.records`. */
  readonly logGroupName: string;
  /** EC2's most, in seconds. Records are of a minute, whatever it is, as on EC2's Nitro instances. */
  readonly maxAggregationInterval: number;
  /** Of a role that is asked for nothing: nobody else is delivered to. Null: none was named. */
  readonly deliverLogsPermissionArn: string | null;
  readonly tags: Tags;
  /** Epoch ms: it has nothing of before. */
  readonly createdAt: number;
}

export type FlowLogTraffic = "ACCEPT" | "REJECT" | "ALL";

export interface CreateFlowLogsRequest {
  /** Up to 300 VPCs, subnets or interfaces of one region: each gets a flow log. */
  readonly resourceIds: readonly string[];
  /** "ALL" by default. */
  readonly trafficType?: FlowLogTraffic;
  /** 1–512 characters of a-z, A-Z, 0-9 and ._-/#. */
  readonly logGroupName: string;
  /** 60 or 600, the default. */
  readonly maxAggregationInterval?: number;
  readonly deliverLogsPermissionArn?: string;
  readonly tags?: Tags;
  /** As in `instances.launch`. */
  readonly clientToken?: string;
}
