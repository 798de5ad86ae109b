import {
  DescribeNetworkInterfaces$,
  type DescribeNetworkInterfacesRequest,
  type DescribeNetworkInterfacesResult,
  type GroupIdentifier,
  type InstanceNetworkInterface,
  type NetworkInterfaceStatus,
  type NetworkInterface as WireInterface,
} from "@aws-sdk/client-ec2";
import { privateDnsNameOf, publicDnsNameOf } from "../../cloud/addresses.ts";
import type { NetworkInterfaceInfo } from "../../cloud/network/address-info.ts";
import { findZone } from "../../cloud/regions.ts";
import { defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { tagList } from "../tags.ts";

/** An interface with what others know of it. */
export interface DescribedInterface extends NetworkInterfaceInfo {
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  /** Its public addresses have names. */
  readonly hasNames: boolean;
}

/** Interfaces with their groups' names, and what is set of their VPCs. */
export function describedInterfaces(
  interfaces: readonly NetworkInterfaceInfo[],
  { network }: Ec2Cloud,
): DescribedInterface[] {
  const names = new Map(network.securityGroups().map(({ id, name }) => [id, name]));
  const vpcs = new Map(network.vpcs().map(({ id, enableDnsHostnames }) => [id, enableDnsHostnames]));
  return interfaces.map((one) => ({
    ...one,
    groups: one.groupIds.map((id) => ({ id, name: names.get(id) ?? "" })),
    hasNames: vpcs.get(one.vpcId) ?? false,
  }));
}

/** Those of each instance, the primary one first. */
export function interfacesByInstance(cloud: Ec2Cloud): ReadonlyMap<string, readonly DescribedInterface[]> {
  const byInstance = new Map<string, DescribedInterface[]>();
  const inOrder = cloud.networkInterfaces.list().sort((a, b) => indexOf(a) - indexOf(b));
  for (const one of describedInterfaces(inOrder, cloud)) {
    const { instanceId } = one.attachment ?? {};
    if (instanceId === undefined) continue;
    const others = byInstance.get(instanceId);
    if (others === undefined) byInstance.set(instanceId, [one]);
    else others.push(one);
  }
  return byInstance;
}

const indexOf = ({ attachment }: NetworkInterfaceInfo) => attachment?.deviceIndex ?? 0;

export const groupsOutput = ({ groups }: DescribedInterface): GroupIdentifier[] =>
  groups.map(({ id, name }) => ({ GroupId: id, GroupName: name }));

type Address = NetworkInterfaceInfo["addresses"][number];

const privateIpOf = ({ addresses: [primary] }: NetworkInterfaceInfo): string => primary?.privateIp ?? "";
const dnsNameOf = (one: NetworkInterfaceInfo) => privateDnsNameOf(privateIpOf(one), one.region);
const zoneIdOf = ({ zone }: NetworkInterfaceInfo) => findZone(zone)?.id;
const publicNameOf = ({ region, hasNames }: DescribedInterface, { publicIp }: Address) =>
  hasNames && publicIp !== null ? publicDnsNameOf(publicIp, region) : undefined;

/** What is public of an address; an account's own is its, and one that is given is EC2's. */
function associationOf(one: DescribedInterface, address: Address) {
  if (address.publicIp === null) return undefined;
  return {
    IpOwnerId: address.allocationId === null ? "amazon" : one.ownerId,
    PublicDnsName: publicNameOf(one, address) ?? "",
    PublicIp: address.publicIp,
  };
}

const withIds = (one: DescribedInterface, address: Address) => {
  const association = associationOf(one, address);
  const { allocationId, associationId } = address;
  if (association === undefined || allocationId === null || associationId === null) return association;
  return { ...association, AllocationId: allocationId, AssociationId: associationId };
};

type Association = NonNullable<ReturnType<typeof withIds>>;

/** What both kinds of answers have. */
const common = (
  one: DescribedInterface,
  associated: (one: DescribedInterface, address: Address) => Association | undefined,
) => {
  const [primary] = one.addresses;
  return {
    NetworkInterfaceId: one.id,
    OwnerId: one.ownerId,
    Description: one.description,
    Groups: groupsOutput(one),
    // EC2 says "nat_gateway", which the SDK's enumeration spells otherwise.
    InterfaceType: one.interfaceType as "interface",
    Ipv6Addresses: [],
    MacAddress: one.macAddress,
    PrivateDnsName: dnsNameOf(one),
    PrivateIpAddress: privateIpOf(one),
    PrivateIpAddresses: one.addresses.map((address, index) => ({
      Primary: index === 0,
      PrivateDnsName: privateDnsNameOf(address.privateIp, one.region),
      PrivateIpAddress: address.privateIp,
      ...defined({ Association: associated(one, address) }),
    })),
    SourceDestCheck: one.sourceDestCheck,
    Status: statusOf(one),
    SubnetId: one.subnetId,
    VpcId: one.vpcId,
    ...defined({ Association: primary && associated(one, primary) }),
  };
};

/** The public address of an instance's primary interface, and its name. */
export const publicOf = (one: DescribedInterface) => {
  const [primary] = one.addresses;
  return {
    PublicDnsName: (primary && publicNameOf(one, primary)) ?? "",
    ...defined({ PublicIpAddress: primary?.publicIp ?? undefined }),
  };
};

const statusOf = ({ attachment, interfaceType }: NetworkInterfaceInfo): NetworkInterfaceStatus =>
  attachment === null && interfaceType === "interface" ? "available" : "in-use";

export const attachmentOf = ({ attachment }: NetworkInterfaceInfo) =>
  attachment === null
    ? undefined
    : {
        AttachmentId: attachment.id,
        AttachTime: new Date(attachment.attachedAt),
        DeleteOnTermination: attachment.deleteOnTermination,
        DeviceIndex: attachment.deviceIndex,
        NetworkCardIndex: 0,
        Status: "attached" as const,
      };

/** As it is shown of its instance. */
export const instanceInterfaceOutput = (one: DescribedInterface): InstanceNetworkInterface => ({
  ...common(one, associationOf),
  ...defined({ Attachment: attachmentOf(one) }),
});

export function interfaceOutput(one: DescribedInterface): WireInterface {
  const attachment = attachmentOf(one);
  const { instanceId } = one.attachment ?? {};
  return {
    ...common(one, withIds),
    ...defined({
      Attachment: attachment && { ...attachment, ...defined({ InstanceId: instanceId }), InstanceOwnerId: one.ownerId },
    }),
    AvailabilityZone: one.zone,
    ...defined({ AvailabilityZoneId: zoneIdOf(one) }),
    RequesterManaged: isGateways(one),
    TagSet: tagList(one.tags),
  };
}

const nothing = () => undefined;
const isGateways = ({ interfaceType }: NetworkInterfaceInfo) => interfaceType === "nat_gateway";
const all =
  <V>(read: (address: Address, one: DescribedInterface) => V) =>
  (one: DescribedInterface) =>
    one.addresses.map((address) => read(address, one));
const primary =
  <V>(read: (address: Address, one: DescribedInterface) => V) =>
  (one: DescribedInterface) =>
    one.addresses.slice(0, 1).map((address) => read(address, one));

/** EC2 API, DescribeNetworkInterfaces, "Filters". */
const INTERFACES: Listing<DescribedInterface> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "addresses.association.owner-id": all((address, one) => associationOf(one, address)?.IpOwnerId),
    "addresses.association.public-ip": all(({ publicIp }) => publicIp),
    "addresses.primary": ({ addresses }) => addresses.map((_, index) => index === 0),
    "addresses.private-ip-address": all(({ privateIp }) => privateIp),
    "association.allocation-id": primary(({ allocationId }) => allocationId),
    "association.association-id": primary(({ associationId }) => associationId),
    "association.ip-owner-id": primary((address, one) => associationOf(one, address)?.IpOwnerId),
    "association.public-dns-name": primary((address, one) => publicNameOf(one, address)),
    "association.public-ip": primary(({ publicIp }) => publicIp),
    "attachment.attach-time": (one) => attachmentOf(one)?.AttachTime,
    "attachment.attachment-id": ({ attachment }) => attachment?.id,
    "attachment.delete-on-termination": ({ attachment }) => attachment?.deleteOnTermination,
    "attachment.device-index": ({ attachment }) => attachment?.deviceIndex,
    "attachment.instance-id": ({ attachment }) => attachment?.instanceId,
    "attachment.instance-owner-id": ({ attachment, ownerId }) => (attachment === null ? undefined : ownerId),
    "attachment.status": (one) => attachmentOf(one)?.Status,
    "availability-zone": ({ zone }) => zone,
    "availability-zone-id": zoneIdOf,
    description: ({ description }) => description,
    "group-id": ({ groups }) => groups.map(({ id }) => id),
    "group-name": ({ groups }) => groups.map(({ name }) => name),
    "interface-type": ({ interfaceType }) => interfaceType,
    "ipv6-addresses.ipv6-address": nothing,
    "mac-address": ({ macAddress }) => macAddress,
    "network-interface-id": ({ id }) => id,
    "operator.managed": () => false,
    "operator.principal": nothing,
    "owner-id": ({ ownerId }) => ownerId,
    "private-dns-name": dnsNameOf,
    "private-ip-address": privateIpOf,
    "requester-id": nothing,
    "requester-managed": isGateways,
    "source-dest-check": ({ sourceDestCheck }) => sourceDestCheck,
    status: statusOf,
    "subnet-id": ({ subnetId }) => subnetId,
    "vpc-id": ({ vpcId }) => vpcId,
  },
};

export const describeNetworkInterfaces = defineAction<
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult
>(DescribeNetworkInterfaces$, { ...LISTED, NetworkInterfaceIds: true }, async (request, context) => {
  const { networkInterfaces } = context.cloud;
  const chosen = named("networkInterfaceIdSet", request.NetworkInterfaceIds, request, {
    all: () => networkInterfaces.list(),
    get: (id) => networkInterfaces.get(id),
  });
  const shown = describedInterfaces(chosen, context.cloud);
  const { items, nextToken } = await listPage(context, "DescribeNetworkInterfaces", shown, request, INTERFACES);
  return { NetworkInterfaces: items.map(interfaceOutput), NextToken: nextToken };
});
