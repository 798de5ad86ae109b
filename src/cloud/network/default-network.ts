import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { zonesOf } from "../regions.ts";
import { ownedIn, type Scope } from "../scope.ts";
import type {
  InternetGatewayRecord,
  NetworkAclRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcRecord,
} from "./vpc-records.ts";

/** Records by their ids. */
type Entries<T> = readonly (readonly [id: string, record: T])[];

/** What an account has in a region before it has made anything. */
export interface DefaultNetwork {
  readonly vpcs: Entries<VpcRecord>;
  /** One in each zone, in their order. */
  readonly subnets: Entries<SubnetRecord>;
  readonly routeTables: Entries<RouteTableRecord>;
  readonly internetGateways: Entries<InternetGatewayRecord>;
  readonly networkAcls: Entries<NetworkAclRecord>;
  readonly securityGroups: Entries<SecurityGroupRecord>;
}

/** The kinds of things that a default network is of. */
export type DefaultKind = keyof DefaultNetwork;

const VPC_CIDR = "172.31.0.0/16";
export const ANYWHERE = "0.0.0.0/0";
/** The number for all protocols. */
export const ALL_PROTOCOLS = -1;
const ID_DIGITS = 17;

const known = new Map<string, DefaultNetwork>();

/**
 * The default VPC of an account in a region with all that belongs to it (VPC User Guide, "Default VPCs"). It follows from
 * the account and the region, ids too, so that nothing of it is stored until something of it is changed: there is one as
 * soon as somebody looks, and it is the same forever.
 */
export function defaultNetwork(scope: Scope): DefaultNetwork {
  const key = `${scope.accountId} ${scope.region}`;
  let network = known.get(key);
  if (network === undefined) {
    network = makeNetwork(scope, (prefix, more = "") => idOf(prefix, more === "" ? key : `${key} ${more}`));
    known.set(key, network);
  }
  return network;
}

/** Makes an id for what a default network is of; `more` tells things of a kind apart. */
export type MakeId = (prefix: string, more?: string) => string;

/** As EC2 makes one, with these ids. `createdAt` in epoch ms. */
export function makeNetwork(scope: Scope, id: MakeId, createdAt = 0): DefaultNetwork {
  const common = { ...ownedIn(scope), tags: {}, createdAt };
  const vpcId = id("vpc");
  const groupId = id("sg");
  const routeTableId = id("rtb");
  const networkAclId = id("acl");
  const gatewayId = id("igw");
  return {
    vpcs: [
      [
        vpcId,
        {
          ...common,
          cidrBlock: VPC_CIDR,
          isDefault: true,
          enableDnsSupport: true,
          enableDnsHostnames: true,
          mainRouteTable: { id: routeTableId, associationId: id("rtbassoc") },
        },
      ],
    ],
    subnets: zonesOf(scope.region).map(({ name }, index) => [
      id("subnet", name),
      {
        ...common,
        // They stay in the order of their zones.
        createdAt: createdAt + index,
        vpcId,
        zone: name,
        // A /20 has 16 × 256 addresses.
        cidrBlock: `172.31.${16 * index}.0/20`,
        isDefault: true,
        mapPublicIpOnLaunch: true,
        routeTable: null,
        networkAcl: { id: networkAclId, associationId: id("aclassoc", name) },
      },
    ]),
    routeTables: [
      [
        routeTableId,
        {
          ...common,
          vpcId,
          routes: [{ destinationCidrBlock: ANYWHERE, target: { kind: "internet-gateway", id: gatewayId } }],
        },
      ],
    ],
    internetGateways: [[gatewayId, { ...common, vpcId, outbound: false }]],
    networkAcls: [[networkAclId, { ...common, vpcId, isDefault: true, entries: openEntries() }]],
    securityGroups: [
      [groupId, defaultGroup({ ...common, vpcId }, groupId, [id("sgr", "ingress"), id("sgr", "egress")])],
    ],
  };
}

/** A default network ACL lets everything through. */
export const openEntries = (): NetworkAclRecord["entries"] =>
  [false, true].map((egress) => ({
    ...allTraffic(),
    ruleNumber: 100,
    egress,
    allow: true,
    cidrBlock: ANYWHERE,
  }));

export const allTraffic = () => ({ protocol: ALL_PROTOCOLS, fromPort: null, toPort: null });

export const DEFAULT_GROUP = "default";

type OfVpc = Pick<SecurityGroupRecord, "ownerId" | "region" | "tags" | "createdAt" | "vpcId">;

/** The group that a VPC begins with (F54): its members speak with each other, and with everybody outside. */
export const defaultGroup = (
  common: OfVpc,
  groupId: string,
  [ingressId, egressId]: readonly [string, string],
): SecurityGroupRecord => ({
  ...common,
  name: DEFAULT_GROUP,
  description: "default VPC security group",
  rules: [
    { ...allTraffic(), id: ingressId, egress: false, peer: { groupId }, description: "", tags: {} },
    openEgress(egressId),
  ],
});

/** What every new group lets out. */
export const openEgress = (id: string): SecurityGroupRecord["rules"][number] => ({
  ...allTraffic(),
  id,
  egress: true,
  peer: { cidrBlock: ANYWHERE },
  description: "",
  tags: {},
});

/** The same forever: what is launched is stored with these ids. */
export const idOf = (prefix: string, key: string): string =>
  `${prefix}-${bytesToHex(sha256(new TextEncoder().encode(`${prefix} ${key}`))).slice(0, ID_DIGITS)}`;
