import { toHex } from "./bytes.ts";
import { CloudError } from "./errors.ts";
import type { Random } from "./random.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** EC2 resource ids: a prefix and 17 hexadecimal digits (EC2 API, "Resource IDs"). */
export type InstanceId = Branded<"InstanceId">;
export type ReservationId = Branded<"ReservationId">;
export type VolumeId = Branded<"VolumeId">;
export type SnapshotId = Branded<"SnapshotId">;
export type ImageId = Branded<"ImageId">;
export type NetworkInterfaceId = Branded<"NetworkInterfaceId">;
export type QuotaRequestId = Branded<"QuotaRequestId">;
export type LaunchTemplateId = Branded<"LaunchTemplateId">;
export type VpcId = Branded<"VpcId">;
export type SubnetId = Branded<"SubnetId">;
export type RouteTableId = Branded<"RouteTableId">;
export type InternetGatewayId = Branded<"InternetGatewayId">;
export type NatGatewayId = Branded<"NatGatewayId">;
export type NetworkAclId = Branded<"NetworkAclId">;
export type SecurityGroupId = Branded<"SecurityGroupId">;
export type SecurityGroupRuleId = Branded<"SecurityGroupRuleId">;
export type AllocationId = Branded<"AllocationId">;
export type FlowLogId = Branded<"FlowLogId">;
/** What ties two things of a network together: a subnet and its route table, an address and an interface. */
export type AssociationId = Branded<"AssociationId">;
/** A data key's, which EC2 leaves to KMS, or a key pair's. */
export type KeyId = Branded<"KeyId">;

interface IdKinds {
  i: InstanceId;
  r: ReservationId;
  vol: VolumeId;
  snap: SnapshotId;
  ami: ImageId;
  eni: NetworkInterfaceId;
  key: KeyId;
  lt: LaunchTemplateId;
  qr: QuotaRequestId;
  vpc: VpcId;
  subnet: SubnetId;
  rtb: RouteTableId;
  igw: InternetGatewayId;
  nat: NatGatewayId;
  acl: NetworkAclId;
  sg: SecurityGroupId;
  sgr: SecurityGroupRuleId;
  eipalloc: AllocationId;
  fl: FlowLogId;
  rtbassoc: AssociationId;
  aclassoc: AssociationId;
  eipassoc: AssociationId;
  "eni-attach": AssociationId;
}

export type IdPrefix = keyof IdKinds;

const HEX_DIGITS = 17;

/** Makes a new id such as `i-0123456789abcdef0`. */
export function newId<P extends IdPrefix>(prefix: P, random: Random): IdKinds[P] {
  const bytes = random.bytes(Math.ceil(HEX_DIGITS / 2));
  return `${prefix}-${toHex(bytes).slice(0, HEX_DIGITS)}` as IdKinds[P];
}

/** Says whether `text` has the form of an id with this prefix (17 hex digits, or EC2's older 8). */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is IdKinds[P] {
  return new RegExp(`^${prefix}-(?:[0-9a-f]{17}|[0-9a-f]{8})$`).test(text);
}

/** Parses an id from outside; throws `code` when it is malformed. */
export function parseId<P extends IdPrefix>(prefix: P, text: unknown, code: string): IdKinds[P] {
  if (typeof text === "string" && isId(prefix, text)) return text;
  throw new CloudError(code, `Invalid id: "${String(text)}" (expecting "${prefix}-...")`, { id: String(text) });
}
