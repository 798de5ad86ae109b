import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { zonesOf } from "../regions.ts";
import { type Owned, ownedIn, type Scope } from "../scope.ts";

/** A virtual private cloud (F52). */
export interface Vpc extends Owned {
  readonly id: string;
  readonly cidrBlock: string;
  readonly isDefault: boolean;
}

/** A range of a VPC's addresses, in one zone. */
export interface Subnet extends Owned {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly cidrBlock: string;
  /** Where instances go that were asked for without a subnet. */
  readonly isDefault: boolean;
}

/** Who may speak with whom: what is not let through stops there. */
export interface SecurityGroup extends Owned {
  readonly id: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

/** All protocols and ports. */
export interface SecurityGroupRule {
  readonly id: string;
  readonly peer: { readonly groupId: string } | { readonly cidrBlock: string };
}

/** What an account has in a region before it has made anything. */
export interface DefaultNetwork {
  readonly vpc: Vpc;
  /** One in each zone, in their order. */
  readonly subnets: readonly Subnet[];
  readonly group: SecurityGroup;
}

const VPC_CIDR = "172.31.0.0/16";
const ANYWHERE = "0.0.0.0/0";
const ID_DIGITS = 17;

const known = new Map<string, DefaultNetwork>();

/**
 * The default VPC of an account in a region, with its subnets and its security group (VPC User Guide, "Default VPCs").
 * It follows from the account and the region, ids too, so that nothing of it is stored: there is one as soon as somebody
 * looks, and it is the same forever.
 */
export function defaultNetwork(scope: Scope): DefaultNetwork {
  const key = `${scope.accountId} ${scope.region}`;
  let network = known.get(key);
  if (network === undefined) {
    network = makeNetwork(scope, key);
    known.set(key, network);
  }
  return network;
}

function makeNetwork(scope: Scope, key: string): DefaultNetwork {
  const owned = ownedIn(scope);
  const vpcId = idOf("vpc", key);
  const groupId = idOf("sg", key);
  const subnets = zonesOf(scope.region).map(({ name, id }, index) => ({
    ...owned,
    id: idOf("subnet", `${key} ${name}`),
    vpcId,
    zone: name,
    zoneId: id,
    // A /20 has 16 × 256 addresses.
    cidrBlock: `172.31.${16 * index}.0/20`,
    isDefault: true,
  }));
  return {
    vpc: { ...owned, id: vpcId, cidrBlock: VPC_CIDR, isDefault: true },
    subnets,
    group: {
      ...owned,
      id: groupId,
      vpcId,
      name: "default",
      description: "default VPC security group",
      ingress: [{ id: idOf("sgr", `${key} ingress`), peer: { groupId } }],
      egress: [{ id: idOf("sgr", `${key} egress`), peer: { cidrBlock: ANYWHERE } }],
    },
  };
}

/** The same forever: what is launched is stored with these ids. */
export const idOf = (prefix: string, key: string): string =>
  `${prefix}-${bytesToHex(sha256(new TextEncoder().encode(`${prefix} ${key}`))).slice(0, ID_DIGITS)}`;
