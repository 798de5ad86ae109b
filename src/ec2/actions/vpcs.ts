import {
  DescribeSubnets$,
  type DescribeSubnetsRequest,
  type DescribeSubnetsResult,
  DescribeVpcs$,
  type DescribeVpcsRequest,
  type DescribeVpcsResult,
  type Subnet as WireSubnet,
  type Vpc as WireVpc,
} from "@aws-sdk/client-ec2";
import { idOf, type Subnet, type Vpc } from "../../cloud/network-records/default-network.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";

/** The set of DHCP options, and what ties a VPC to its range: neither can be looked at by itself yet. */
const dhcpOptionsId = ({ ownerId, region }: Vpc) => idOf("dopt", `${ownerId} ${region}`);
const associationId = ({ id }: Vpc) => idOf("vpc-cidr-assoc", id);

function vpcOutput(vpc: Vpc): WireVpc {
  return {
    VpcId: vpc.id,
    OwnerId: vpc.ownerId,
    State: "available",
    CidrBlock: vpc.cidrBlock,
    CidrBlockAssociationSet: [
      { AssociationId: associationId(vpc), CidrBlock: vpc.cidrBlock, CidrBlockState: { State: "associated" } },
    ],
    DhcpOptionsId: dhcpOptionsId(vpc),
    InstanceTenancy: "default",
    Ipv6CidrBlockAssociationSet: [],
    IsDefault: vpc.isDefault,
    Tags: [],
  };
}

const nothing = () => undefined;
const noTags = () => ({});

/** EC2 API, DescribeVpcs, "Filters". */
const VPCS: Listing<Vpc> = {
  idOf: ({ id }) => id,
  tagsOf: noTags,
  filters: {
    cidr: ({ cidrBlock }) => cidrBlock,
    "cidr-block-association.association-id": associationId,
    "cidr-block-association.cidr-block": ({ cidrBlock }) => cidrBlock,
    "cidr-block-association.state": () => "associated",
    "dhcp-options-id": dhcpOptionsId,
    "ipv6-cidr-block-association.association-id": nothing,
    "ipv6-cidr-block-association.ipv6-cidr-block": nothing,
    "ipv6-cidr-block-association.ipv6-pool": nothing,
    "ipv6-cidr-block-association.state": nothing,
    "is-default": ({ isDefault }) => isDefault,
    isDefault: ({ isDefault }) => isDefault,
    "owner-id": ({ ownerId }) => ownerId,
    state: () => "available",
    "vpc-id": ({ id }) => id,
  },
};

export const describeVpcs = defineAction<DescribeVpcsRequest, DescribeVpcsResult>(
  DescribeVpcs$,
  { ...LISTED, VpcIds: true },
  async (request, context) => {
    const { network } = context.cloud;
    const chosen = named("vpcSet", request.VpcIds, request, {
      all: () => network.vpcs(),
      get: (id) => network.vpc(id),
    });
    const { items, nextToken } = await listPage(context, "DescribeVpcs", chosen, request, VPCS);
    return { Vpcs: items.map(vpcOutput), NextToken: nextToken };
  },
);

interface Described extends Subnet {
  readonly availableAddresses: number;
}

const arnOf = ({ region, ownerId, id }: Subnet) => `arn:aws:ec2:${region}:${ownerId}:subnet/${id}`;

function subnetOutput(subnet: Described): WireSubnet {
  return {
    SubnetId: subnet.id,
    SubnetArn: arnOf(subnet),
    VpcId: subnet.vpcId,
    OwnerId: subnet.ownerId,
    State: "available",
    AvailabilityZone: subnet.zone,
    AvailabilityZoneId: subnet.zoneId,
    CidrBlock: subnet.cidrBlock,
    AvailableIpAddressCount: subnet.availableAddresses,
    DefaultForAz: subnet.isDefault,
    // Nothing here has a public address.
    MapPublicIpOnLaunch: false,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    EnableDns64: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: "ip-name",
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: [],
  };
}

/** EC2 API, DescribeSubnets, "Filters": some have more than one name. */
const SUBNETS: Listing<Described> = {
  idOf: ({ id }) => id,
  tagsOf: noTags,
  filters: {
    "availability-zone": ({ zone }) => zone,
    availabilityZone: ({ zone }) => zone,
    "availability-zone-id": ({ zoneId }) => zoneId,
    availabilityZoneId: ({ zoneId }) => zoneId,
    "available-ip-address-count": ({ availableAddresses }) => availableAddresses,
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
    "map-public-ip-on-launch": () => false,
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
    const { network } = context.cloud;
    const chosen = named("subnetSet", request.SubnetIds, request, {
      all: () => network.subnets(),
      get: (id) => network.subnet(id),
    });
    const all = chosen.map((subnet) => ({ ...subnet, availableAddresses: network.availableAddresses(subnet) }));
    const { items, nextToken } = await listPage(context, "DescribeSubnets", all, request, SUBNETS);
    return { Subnets: items.map(subnetOutput), NextToken: nextToken };
  },
);
