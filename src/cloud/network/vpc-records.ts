import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";
import { tagsSchema } from "../tags.ts";

/** What belongs to an account in a region, and has tags. `createdAt` in epoch ms; 0 of what has always been there. */
const entries = { ...ownedEntries, tags: tagsSchema, createdAt: v.number() };

export const vpcRecord = defineRecordKind({
  kind: "vpc",
  version: 1,
  schema: v.object({
    ...entries,
    cidrBlock: v.string(),
    isDefault: v.boolean(),
    enableDnsSupport: v.boolean(),
    enableDnsHostnames: v.boolean(),
    /** Of the subnets that have no route table of their own. */
    mainRouteTable: v.object({ id: v.string(), associationId: v.string() }),
  }),
});
export type VpcRecord = v.InferOutput<typeof vpcRecord.schema>;

export const subnetRecord = defineRecordKind({
  kind: "subnet",
  version: 1,
  schema: v.object({
    ...entries,
    zone: v.string(),
    vpcId: v.string(),
    cidrBlock: v.string(),
    isDefault: v.boolean(),
    mapPublicIpOnLaunch: v.boolean(),
    /** Null: the VPC's main one. */
    routeTable: v.nullable(v.object({ id: v.string(), associationId: v.string() })),
    networkAcl: v.object({ id: v.string(), associationId: v.string() }),
  }),
});
export type SubnetRecord = v.InferOutput<typeof subnetRecord.schema>;

export const ROUTE_TARGETS = ["internet-gateway", "nat-gateway", "network-interface"] as const;

export const routeTableRecord = defineRecordKind({
  kind: "route-table",
  version: 1,
  schema: v.object({
    ...entries,
    vpcId: v.string(),
    /** Without the local route, which is always there. */
    routes: v.array(
      v.object({
        destinationCidrBlock: v.string(),
        target: v.object({ kind: v.picklist(ROUTE_TARGETS), id: v.string() }),
      }),
    ),
  }),
});
export type RouteTableRecord = v.InferOutput<typeof routeTableRecord.schema>;

export const internetGatewayRecord = defineRecordKind({
  kind: "internet-gateway",
  version: 1,
  schema: v.object({
    ...entries,
    /** What it is attached to. */
    vpcId: v.nullable(v.string()),
    /** Whether packets may leave for the real Internet. */
    outbound: v.boolean(),
  }),
});
export type InternetGatewayRecord = v.InferOutput<typeof internetGatewayRecord.schema>;

export const natGatewayRecord = defineRecordKind({
  kind: "nat-gateway",
  version: 1,
  schema: v.object({
    ...entries,
    vpcId: v.string(),
    subnetId: v.string(),
    connectivityType: v.picklist(["public", "private"]),
    networkInterfaceId: v.string(),
    privateIp: v.string(),
    /** Of a public one. */
    address: v.nullable(v.object({ allocationId: v.string(), associationId: v.string(), publicIp: v.string() })),
    /** Epoch ms; null while it is there. A deleted one is shown for an hour, as EC2's. */
    deletedAt: v.nullable(v.number()),
  }),
});
export type NatGatewayRecord = v.InferOutput<typeof natGatewayRecord.schema>;

/** Which packets a rule is about: `protocol` is IP's number, -1 all. Ports, or ICMP's type and code; null: all. */
export const trafficEntries = {
  protocol: v.number(),
  fromPort: v.nullable(v.number()),
  toPort: v.nullable(v.number()),
};

export const networkAclRecord = defineRecordKind({
  kind: "network-acl",
  version: 1,
  schema: v.object({
    ...entries,
    vpcId: v.string(),
    isDefault: v.boolean(),
    /** Without the last one of each direction, which refuses everything. */
    entries: v.array(
      v.object({
        ...trafficEntries,
        ruleNumber: v.number(),
        egress: v.boolean(),
        allow: v.boolean(),
        cidrBlock: v.string(),
      }),
    ),
  }),
});
export type NetworkAclRecord = v.InferOutput<typeof networkAclRecord.schema>;

export const securityGroupRecord = defineRecordKind({
  kind: "security-group",
  version: 1,
  schema: v.object({
    ...entries,
    vpcId: v.string(),
    name: v.string(),
    description: v.string(),
    rules: v.array(
      v.object({
        ...trafficEntries,
        id: v.string(),
        egress: v.boolean(),
        peer: v.union([v.object({ cidrBlock: v.string() }), v.object({ groupId: v.string() })]),
        description: v.string(),
        tags: tagsSchema,
      }),
    ),
  }),
});
export type SecurityGroupRecord = v.InferOutput<typeof securityGroupRecord.schema>;

export const addressRecord = defineRecordKind({
  kind: "address",
  version: 1,
  schema: v.object({
    ...entries,
    publicIp: v.string(),
    association: v.nullable(v.object({ id: v.string(), networkInterfaceId: v.string(), privateIpAddress: v.string() })),
  }),
});
export type AddressRecord = v.InferOutput<typeof addressRecord.schema>;

export const FLOW_LOG_TRAFFIC = ["ACCEPT", "REJECT", "ALL"] as const;

export const flowLogRecord = defineRecordKind({
  kind: "flow-log",
  version: 1,
  schema: v.object({
    ...entries,
    /** A VPC, a subnet or a network interface. */
    resourceId: v.string(),
    trafficType: v.picklist(FLOW_LOG_TRAFFIC),
    logGroupName: v.string(),
    /** Seconds. */
    maxAggregationInterval: v.number(),
    deliverLogsPermissionArn: v.nullable(v.string()),
  }),
});
export type FlowLogRecord = v.InferOutput<typeof flowLogRecord.schema>;

/** That an account's default network in a region is in records, which may be gone by now, and no longer derived. */
export const storedDefaultRecord = defineRecordKind({
  kind: "stored-default-network",
  version: 1,
  schema: v.object(ownedEntries),
});
export type StoredDefaultRecord = v.InferOutput<typeof storedDefaultRecord.schema>;
