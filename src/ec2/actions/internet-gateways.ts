import {
  AttachInternetGateway$,
  type AttachInternetGatewayRequest,
  CreateInternetGateway$,
  type CreateInternetGatewayRequest,
  type CreateInternetGatewayResult,
  DeleteInternetGateway$,
  type DeleteInternetGatewayRequest,
  DescribeInternetGateways$,
  type DescribeInternetGatewaysRequest,
  type DescribeInternetGatewaysResult,
  DetachInternetGateway$,
  type DetachInternetGatewayRequest,
  type InternetGateway as WireGateway,
} from "@aws-sdk/client-ec2";
import type { InternetGatewayInfo } from "../../cloud/network/routing-info.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";

const gatewayOutput = ({ id, ownerId, vpcId, tags }: InternetGatewayInfo): WireGateway => ({
  InternetGatewayId: id,
  OwnerId: ownerId,
  // EC2's word for an attachment of a gateway is "available", which the SDK's enumeration does not have.
  Attachments: vpcId === null ? [] : [{ State: "available" as "attached", VpcId: vpcId }],
  Tags: tagList(tags),
});

/** EC2 API, DescribeInternetGateways, "Filters". */
const GATEWAYS: Listing<InternetGatewayInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "attachment.state": ({ vpcId }) => (vpcId === null ? undefined : "available"),
    "attachment.vpc-id": ({ vpcId }) => vpcId,
    "internet-gateway-id": ({ id }) => id,
    "owner-id": ({ ownerId }) => ownerId,
  },
};

export const describeInternetGateways = defineAction<DescribeInternetGatewaysRequest, DescribeInternetGatewaysResult>(
  DescribeInternetGateways$,
  { ...LISTED, InternetGatewayIds: true },
  async (request, context) => {
    const { internetGateways } = context.cloud;
    const chosen = named("internetGatewayIdSet", request.InternetGatewayIds, request, {
      all: () => internetGateways.list(),
      get: (id) => internetGateways.get(id),
    });
    const { items, nextToken } = await listPage(context, "DescribeInternetGateways", chosen, request, GATEWAYS);
    return { InternetGateways: items.map(gatewayOutput), NextToken: nextToken };
  },
);

export const createInternetGateway = defineAction<CreateInternetGatewayRequest, CreateInternetGatewayResult>(
  CreateInternetGateway$,
  { TagSpecifications: tagSpecifications("internet-gateway") },
  async ({ TagSpecifications: tags }, { cloud }) => ({
    InternetGateway: gatewayOutput(await cloud.internetGateways.create({ tags: newTags(tags, "internet-gateway") })),
  }),
);

export const attachInternetGateway = defineAction<AttachInternetGatewayRequest, Record<never, never>>(
  AttachInternetGateway$,
  { InternetGatewayId: true, VpcId: true },
  async ({ InternetGatewayId: id = "", VpcId: vpcId = "" }, { cloud }) => {
    await cloud.internetGateways.attach(id, vpcId);
    return {};
  },
);

export const detachInternetGateway = defineAction<DetachInternetGatewayRequest, Record<never, never>>(
  DetachInternetGateway$,
  { InternetGatewayId: true, VpcId: true },
  async ({ InternetGatewayId: id = "", VpcId: vpcId = "" }, { cloud }) => {
    await cloud.internetGateways.detach(id, vpcId);
    return {};
  },
);

export const deleteInternetGateway = defineAction<DeleteInternetGatewayRequest, Record<never, never>>(
  DeleteInternetGateway$,
  { InternetGatewayId: true },
  async ({ InternetGatewayId: id = "" }, { cloud }) => {
    await cloud.internetGateways.delete(id);
    return {};
  },
);
