import {
  CreateSubnet$,
  type CreateSubnetRequest,
  type CreateSubnetResult,
  DeleteSubnet$,
  type DeleteSubnetRequest,
  DescribeSubnets$,
  type DescribeSubnetsRequest,
  type DescribeSubnetsResult,
  ModifySubnetAttribute$,
  type ModifySubnetAttributeRequest,
  type Subnet as WireSubnet,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { SubnetInfo } from "../../cloud/network/vpc-info.ts";
import { findZone } from "../../cloud/regions.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { chosenZone } from "../regions.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { PRIVATE_NAMES } from "./instance-output.ts";

const arnOf = ({ region, ownerId, id }: SubnetInfo) => `arn:aws:ec2:${region}:${ownerId}:subnet/${id}`;
const zoneIdOf = ({ zone }: SubnetInfo) => findZone(zone)?.id;

function subnetOutput(subnet: SubnetInfo): WireSubnet {
  return {
    SubnetId: subnet.id,
    SubnetArn: arnOf(subnet),
    VpcId: subnet.vpcId,
    OwnerId: subnet.ownerId,
    State: "available",
    AvailabilityZone: subnet.zone,
    ...defined({ AvailabilityZoneId: zoneIdOf(subnet) }),
    CidrBlock: subnet.cidrBlock,
    AvailableIpAddressCount: subnet.availableIpAddressCount,
    DefaultForAz: subnet.isDefault,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    EnableDns64: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: PRIVATE_NAMES,
    Tags: tagList(subnet.tags),
  };
}

const nothing = () => undefined;

/** EC2 API, DescribeSubnets, "Filters": some have more than one name. */
const SUBNETS: Listing<SubnetInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "availability-zone": ({ zone }) => zone,
    availabilityZone: ({ zone }) => zone,
    "availability-zone-id": zoneIdOf,
    availabilityZoneId: zoneIdOf,
    "available-ip-address-count": ({ availableIpAddressCount }) => availableIpAddressCount,
    "cidr-block": ({ cidrBlock }) => cidrBlock,
    cidr: ({ cidrBlock }) => cidrBlock,
    cidrBlock: ({ cidrBlock }) => cidrBlock,
    "customer-owned-ipv4-pool": nothing,
    "default-for-az": ({ isDefault }) => isDefault,
    defaultForAz: ({ isDefault }) => isDefault,
    "enable-dns64": () => false,
    "enable-lni-at-device-index": nothing,
    "ipv6-cidr-block-association.association-id": nothing,
    "ipv6-cidr-block-association.ipv6-cidr-block": nothing,
    "ipv6-cidr-block-association.state": nothing,
    "ipv6-native": () => false,
    "map-customer-owned-ip-on-launch": () => false,
    "map-public-ip-on-launch": ({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch,
    "outpost-arn": nothing,
    "owner-id": ({ ownerId }) => ownerId,
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": () => false,
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": () => false,
    "private-dns-name-options-on-launch.hostname-type": () => "ip-name",
    state: () => "available",
    "subnet-arn": arnOf,
    "subnet-id": ({ id }) => id,
    "vpc-id": ({ vpcId }) => vpcId,
  },
};

export const describeSubnets = defineAction<DescribeSubnetsRequest, DescribeSubnetsResult>(
  DescribeSubnets$,
  { ...LISTED, SubnetIds: true },
  async (request, context) => {
    const { subnets } = context.cloud;
    const chosen = named("subnetSet", request.SubnetIds, request, {
      all: () => subnets.list(),
      get: (id) => subnets.get(id),
    });
    const { items, nextToken } = await listPage(context, "DescribeSubnets", chosen, request, SUBNETS);
    return { Subnets: items.map(subnetOutput), NextToken: nextToken };
  },
);

export const createSubnet = defineAction<CreateSubnetRequest, CreateSubnetResult>(
  CreateSubnet$,
  {
    AvailabilityZone: true,
    AvailabilityZoneId: true,
    CidrBlock: true,
    TagSpecifications: tagSpecifications("subnet"),
    VpcId: true,
  },
  async (request, { cloud, caller }) => {
    const { CidrBlock: cidrBlock, VpcId: vpcId = "", TagSpecifications: tags } = request;
    if (cidrBlock === undefined) {
      throw new CloudError("MissingParameter", "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.");
    }
    const availabilityZone = chosenZone(caller.region, request.AvailabilityZone, request.AvailabilityZoneId);
    const made = await cloud.subnets.create({
      vpcId,
      cidrBlock,
      tags: newTags(tags, "subnet"),
      ...defined({ availabilityZone }),
    });
    return { Subnet: subnetOutput(made) };
  },
);

export const deleteSubnet = defineAction<DeleteSubnetRequest, Record<never, never>>(
  DeleteSubnet$,
  { SubnetId: true },
  async ({ SubnetId: id = "" }, { cloud }) => {
    await cloud.subnets.delete(id);
    return {};
  },
);

export const modifySubnetAttribute = defineAction<ModifySubnetAttributeRequest, Record<never, never>>(
  ModifySubnetAttribute$,
  { MapPublicIpOnLaunch: { Value: true }, SubnetId: true },
  async ({ MapPublicIpOnLaunch: given, SubnetId: id = "" }, { cloud }) => {
    if (given === undefined) {
      throw new CloudError("InvalidParameterCombination", "Specify exactly one attribute to be modified.");
    }
    await cloud.subnets.modify(id, { mapPublicIpOnLaunch: given.Value ?? false });
    return {};
  },
);
