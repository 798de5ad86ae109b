import {
  CreateNatGateway$,
  type CreateNatGatewayRequest,
  type CreateNatGatewayResult,
  DeleteNatGateway$,
  type DeleteNatGatewayRequest,
  type DeleteNatGatewayResult,
  DescribeNatGateways$,
  type DescribeNatGatewaysRequest,
  type DescribeNatGatewaysResult,
  type NatGateway as WireGateway,
} from "@aws-sdk/client-ec2";
import type { NatGateway } from "../../cloud/network/network.ts";
import { oneOf } from "../accepted.ts";
import { defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";

const stateOf = ({ deletedAt }: NatGateway) => (deletedAt === null ? "available" : "deleted");

const gatewayOutput = (one: NatGateway): WireGateway => ({
  NatGatewayId: one.id,
  ConnectivityType: one.connectivityType,
  CreateTime: new Date(one.createdAt),
  ...(one.deletedAt === null ? {} : { DeleteTime: new Date(one.deletedAt) }),
  NatGatewayAddresses: [
    {
      NetworkInterfaceId: one.networkInterfaceId,
      PrivateIp: one.privateIp,
      IsPrimary: true,
      Status: "succeeded",
      ...(one.address === null
        ? {}
        : {
            AllocationId: one.address.allocationId,
            AssociationId: one.address.associationId,
            PublicIp: one.address.publicIp,
          }),
    },
  ],
  State: stateOf(one),
  SubnetId: one.subnetId,
  VpcId: one.vpcId,
  Tags: tagList(one.tags),
});

/** EC2 API, DescribeNatGateways, "Filter". */
const GATEWAYS: Listing<NatGateway> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "nat-gateway-id": ({ id }) => id,
    state: stateOf,
    "subnet-id": ({ subnetId }) => subnetId,
    "vpc-id": ({ vpcId }) => vpcId,
  },
};

/** Those that are shown, as they are kept. */
const shown = ({ natGateways, network }: Ec2Cloud): NatGateway[] =>
  natGateways.list().map(({ id }) => network.get("natGateways", id));

/** The list of filters has another name here. */
export const describeNatGateways = defineAction<DescribeNatGatewaysRequest, DescribeNatGatewaysResult>(
  DescribeNatGateways$,
  { Filter: LISTED.Filters, MaxResults: LISTED.MaxResults, NatGatewayIds: true, NextToken: true },
  async ({ Filter: Filters, ...request }, context) => {
    const { network } = context.cloud;
    const chosen = named("natGatewayIdSet", request.NatGatewayIds, request, {
      all: () => shown(context.cloud),
      get: (id) => network.get("natGateways", id),
    });
    const { items, nextToken } = await listPage(
      context,
      "DescribeNatGateways",
      chosen,
      { ...request, Filters },
      GATEWAYS,
    );
    return { NatGateways: items.map(gatewayOutput), NextToken: nextToken };
  },
);

export const createNatGateway = defineAction<CreateNatGatewayRequest, CreateNatGatewayResult>(
  CreateNatGateway$,
  {
    AllocationId: true,
    ClientToken: true,
    ConnectivityType: oneOf("public", "private"),
    PrivateIpAddress: true,
    SubnetId: true,
    TagSpecifications: tagSpecifications("natgateway"),
  },
  async (request, { cloud }) => {
    const { ClientToken: clientToken, SubnetId: subnetId = "", TagSpecifications: tags } = request;
    const { id } = await cloud.natGateways.create({
      subnetId,
      tags: newTags(tags, "natgateway"),
      ...defined({
        clientToken,
        allocationId: request.AllocationId,
        connectivityType: request.ConnectivityType,
        privateIpAddress: request.PrivateIpAddress,
      }),
    });
    return {
      NatGateway: gatewayOutput(cloud.network.get("natGateways", id)),
      ...defined({ ClientToken: clientToken }),
    };
  },
);

export const deleteNatGateway = defineAction<DeleteNatGatewayRequest, DeleteNatGatewayResult>(
  DeleteNatGateway$,
  { NatGatewayId: true },
  async ({ NatGatewayId: id = "" }, { cloud }) => {
    await cloud.natGateways.delete(id);
    return { NatGatewayId: id };
  },
);
