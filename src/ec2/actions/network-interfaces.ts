import {
  DescribeNetworkInterfaces$,
  type DescribeNetworkInterfacesRequest,
  type DescribeNetworkInterfacesResult,
  type GroupIdentifier,
  type InstanceNetworkInterface,
  type NetworkInterfaceStatus,
  type NetworkInterface as WireInterface,
} from "@aws-sdk/client-ec2";
import { privateDnsNameOf } from "../../cloud/addresses.ts";
import type { NetworkInterface } from "../../cloud/network/network.ts";
import { findZone } from "../../cloud/regions.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { tagList } from "../tags.ts";

/** An interface with what others know of it. */
export interface DescribedInterface extends NetworkInterface {
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/** Interfaces with their groups' names, and what is set of their instances. */
export function describedInterfaces(
  interfaces: readonly NetworkInterface[],
  { network }: ActionContext["cloud"],
): DescribedInterface[] {
  const names = new Map(network.securityGroups().map(({ id, name }) => [id, name]));
  return interfaces.map((one) => ({
    ...one,
    groups: one.groupIds.map((id) => ({ id, name: names.get(id) ?? "" })),
  }));
}

/** Those of each instance, the primary one first. */
export function interfacesByInstance(
  cloud: ActionContext["cloud"],
): ReadonlyMap<string, readonly DescribedInterface[]> {
  const byInstance = new Map<string, DescribedInterface[]>();
  for (const one of describedInterfaces(cloud.network.interfaces(), cloud)) {
    const { instanceId } = one.attachment ?? {};
    if (instanceId === undefined) continue;
    const others = byInstance.get(instanceId);
    if (others === undefined) byInstance.set(instanceId, [one]);
    else others.push(one);
  }
  return byInstance;
}

export const groupsOutput = ({ groups }: DescribedInterface): GroupIdentifier[] =>
  groups.map(({ id, name }) => ({ GroupId: id, GroupName: name }));

const dnsNameOf = ({ privateIpAddress, region }: NetworkInterface) => privateDnsNameOf(privateIpAddress, region);
const zoneIdOf = ({ zone }: NetworkInterface) => findZone(zone)?.id;

/** What both kinds of answers have. */
const common = (one: DescribedInterface) => ({
  NetworkInterfaceId: one.id,
  OwnerId: one.ownerId,
  Description: one.description,
  Groups: groupsOutput(one),
  InterfaceType: "interface" as const,
  Ipv6Addresses: [],
  MacAddress: one.macAddress,
  PrivateDnsName: dnsNameOf(one),
  PrivateIpAddress: one.privateIpAddress,
  PrivateIpAddresses: [{ Primary: true, PrivateDnsName: dnsNameOf(one), PrivateIpAddress: one.privateIpAddress }],
  SourceDestCheck: one.sourceDestCheck,
  Status: statusOf(one),
  SubnetId: one.subnetId,
  VpcId: one.vpcId,
});

const statusOf = ({ attachment }: NetworkInterface): NetworkInterfaceStatus =>
  attachment === null ? "available" : "in-use";

const attachmentOf = ({ attachment }: NetworkInterface) =>
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
  ...common(one),
  ...defined({ Attachment: attachmentOf(one) }),
});

function interfaceOutput(one: DescribedInterface): WireInterface {
  const attachment = attachmentOf(one);
  const { instanceId } = one.attachment ?? {};
  return {
    ...common(one),
    ...defined({
      Attachment: attachment && { ...attachment, ...defined({ InstanceId: instanceId }), InstanceOwnerId: one.ownerId },
    }),
    AvailabilityZone: one.zone,
    ...defined({ AvailabilityZoneId: zoneIdOf(one) }),
    RequesterManaged: false,
    TagSet: tagList(one.tags),
  };
}

const nothing = () => undefined;

/** EC2 API, DescribeNetworkInterfaces, "Filters". */
const INTERFACES: Listing<DescribedInterface> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "addresses.association.owner-id": nothing,
    "addresses.association.public-ip": nothing,
    "addresses.primary": () => true,
    "addresses.private-ip-address": ({ privateIpAddress }) => privateIpAddress,
    "association.allocation-id": nothing,
    "association.association-id": nothing,
    "association.ip-owner-id": nothing,
    "association.public-dns-name": nothing,
    "association.public-ip": nothing,
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
    "interface-type": () => "interface",
    "ipv6-addresses.ipv6-address": nothing,
    "mac-address": ({ macAddress }) => macAddress,
    "network-interface-id": ({ id }) => id,
    "operator.managed": () => false,
    "operator.principal": nothing,
    "owner-id": ({ ownerId }) => ownerId,
    "private-dns-name": dnsNameOf,
    "private-ip-address": ({ privateIpAddress }) => privateIpAddress,
    "requester-id": nothing,
    "requester-managed": () => false,
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
  const { network } = context.cloud;
  const chosen = named("networkInterfaceIdSet", request.NetworkInterfaceIds, request, {
    all: () => network.interfaces(),
    get: (id) => network.interface(id),
  });
  const all = describedInterfaces(chosen, context.cloud);
  const { items, nextToken } = await listPage(context, "DescribeNetworkInterfaces", all, request, INTERFACES);
  return { NetworkInterfaces: items.map(interfaceOutput), NextToken: nextToken };
});
