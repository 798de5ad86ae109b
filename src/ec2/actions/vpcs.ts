import {
  CreateDefaultVpc$,
  type CreateDefaultVpcRequest,
  type CreateDefaultVpcResult,
  CreateVpc$,
  type CreateVpcRequest,
  type CreateVpcResult,
  DeleteVpc$,
  type DeleteVpcRequest,
  DescribeVpcAttribute$,
  type DescribeVpcAttributeRequest,
  type DescribeVpcAttributeResult,
  DescribeVpcs$,
  type DescribeVpcsRequest,
  type DescribeVpcsResult,
  ModifyVpcAttribute$,
  type ModifyVpcAttributeRequest,
  type Vpc as WireVpc,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { idOf } from "../../cloud/network/default-network.ts";
import type { Vpc } from "../../cloud/network/network.ts";
import { oneOf, only } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { dhcpOptionsId } from "./dhcp-options.ts";

/** What ties a VPC to its range: it cannot be looked at by itself. */
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
    Tags: tagList(vpc.tags),
  };
}

const nothing = () => undefined;

/** EC2 API, DescribeVpcs, "Filters". */
const VPCS: Listing<Vpc> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
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

export const createVpc = defineAction<CreateVpcRequest, CreateVpcResult>(
  CreateVpc$,
  {
    AmazonProvidedIpv6CidrBlock: only(false),
    CidrBlock: true,
    InstanceTenancy: oneOf("default"),
    TagSpecifications: tagSpecifications("vpc"),
  },
  async ({ CidrBlock: cidrBlock, TagSpecifications: tags }, { cloud }) => {
    if (cidrBlock === undefined) {
      throw new CloudError("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
    }
    const { id } = await cloud.vpcs.create({ cidrBlock, tags: newTags(tags, "vpc") });
    return { Vpc: vpcOutput(cloud.network.vpc(id)) };
  },
);

export const createDefaultVpc = defineAction<CreateDefaultVpcRequest, CreateDefaultVpcResult>(
  CreateDefaultVpc$,
  {},
  async (_, { cloud }) => {
    const { id } = await cloud.vpcs.createDefault();
    return { Vpc: vpcOutput(cloud.network.vpc(id)) };
  },
);

export const deleteVpc = defineAction<DeleteVpcRequest, Record<never, never>>(
  DeleteVpc$,
  { VpcId: true },
  async ({ VpcId: id = "" }, { cloud }) => {
    await cloud.vpcs.delete(id);
    return {};
  },
);

export const describeVpcAttribute = defineAction<DescribeVpcAttributeRequest, DescribeVpcAttributeResult>(
  DescribeVpcAttribute$,
  { Attribute: oneOf("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"), VpcId: true },
  ({ Attribute: name, VpcId: id = "" }, { cloud }) => {
    const vpc = cloud.network.vpc(id);
    switch (name) {
      case "enableDnsSupport":
        return { VpcId: id, EnableDnsSupport: { Value: vpc.enableDnsSupport } };
      case "enableDnsHostnames":
        return { VpcId: id, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } };
      default:
        return { VpcId: id, EnableNetworkAddressUsageMetrics: { Value: false } };
    }
  },
);

/** One attribute a call, as in EC2. */
export const modifyVpcAttribute = defineAction<ModifyVpcAttributeRequest, Record<never, never>>(
  ModifyVpcAttribute$,
  { EnableDnsHostnames: { Value: true }, EnableDnsSupport: { Value: true }, VpcId: true },
  async ({ EnableDnsHostnames: hostnames, EnableDnsSupport: support, VpcId: id = "" }, { cloud }) => {
    if ((hostnames === undefined) === (support === undefined)) {
      throw new CloudError("InvalidParameterCombination", "Specify exactly one attribute to be modified.");
    }
    await cloud.vpcs.modify(
      id,
      support === undefined
        ? { enableDnsHostnames: hostnames?.Value ?? false }
        : { enableDnsSupport: support.Value ?? false },
    );
    return {};
  },
);
