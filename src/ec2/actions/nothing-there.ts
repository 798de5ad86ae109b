import * as ec2 from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import type { PageRequest } from "../pages.ts";
import { shorten } from "../wire/parameters.ts";

/** A kind of EC2's that there is none of here: who looks for all of them finds none, who asks for one is told that it is not there. */
interface Kind {
  /** The action. */
  readonly action: string;
  /** EC2's name for the list of ids. */
  readonly ids: string;
  readonly noun: string;
  readonly notFound: string;
  /** EC2 API, the action's "Filters"; those of tags go without saying. */
  readonly filters: readonly string[];
}

interface Asked extends PageRequest {
  readonly Filters?: readonly ec2.Filter[] | undefined;
  readonly asked: readonly string[] | undefined;
}

async function findNone(context: ActionContext, { asked, ...request }: Asked, kind: Kind): Promise<void> {
  const nothing = named<never>(kind.ids, asked, request, {
    all: () => [],
    get: (id) => {
      throw new CloudError(kind.notFound, `The ${kind.noun} ID '${shorten(id)}' does not exist`, { id: shorten(id) });
    },
  });
  const listing: Listing<never> = {
    idOf: String,
    tagsOf: () => ({}),
    filters: Object.fromEntries(kind.filters.map((name) => [name, () => undefined])),
  };
  await listPage(context, kind.action, nothing, request, listing);
}

export const describeEgressOnlyInternetGateways = defineAction<
  ec2.DescribeEgressOnlyInternetGatewaysRequest,
  ec2.DescribeEgressOnlyInternetGatewaysResult
>(
  ec2.DescribeEgressOnlyInternetGateways$,
  { ...LISTED, EgressOnlyInternetGatewayIds: true },
  async ({ EgressOnlyInternetGatewayIds: asked, ...request }, context) => {
    await findNone(
      context,
      { ...request, asked },
      {
        action: "DescribeEgressOnlyInternetGateways",
        ids: "egressOnlyInternetGatewayIdSet",
        noun: "egressOnlyInternetGateway",
        notFound: "InvalidEgressOnlyInternetGatewayId.NotFound",
        filters: [],
      },
    );
    return { EgressOnlyInternetGateways: [] };
  },
);

const PREFIX_LISTS = {
  ids: "prefixListIdSet",
  noun: "prefixList",
  notFound: "InvalidPrefixListID.NotFound",
} as const;

export const describeManagedPrefixLists = defineAction<
  ec2.DescribeManagedPrefixListsRequest,
  ec2.DescribeManagedPrefixListsResult
>(
  ec2.DescribeManagedPrefixLists$,
  { ...LISTED, PrefixListIds: true },
  async ({ PrefixListIds: asked, ...request }, context) => {
    const filters = ["owner-id", "prefix-list-id", "prefix-list-name"];
    await findNone(context, { ...request, asked }, { action: "DescribeManagedPrefixLists", ...PREFIX_LISTS, filters });
    return { PrefixLists: [] };
  },
);

export const describePrefixLists = defineAction<ec2.DescribePrefixListsRequest, ec2.DescribePrefixListsResult>(
  ec2.DescribePrefixLists$,
  { ...LISTED, PrefixListIds: true },
  async ({ PrefixListIds: asked, ...request }, context) => {
    const filters = ["prefix-list-id", "prefix-list-name"];
    await findNone(context, { ...request, asked }, { action: "DescribePrefixLists", ...PREFIX_LISTS, filters });
    return { PrefixLists: [] };
  },
);

export const describeVpcEndpoints = defineAction<ec2.DescribeVpcEndpointsRequest, ec2.DescribeVpcEndpointsResult>(
  ec2.DescribeVpcEndpoints$,
  { ...LISTED, VpcEndpointIds: true },
  async ({ VpcEndpointIds: asked, ...request }, context) => {
    await findNone(
      context,
      { ...request, asked },
      {
        action: "DescribeVpcEndpoints",
        ids: "vpcEndpointIdSet",
        noun: "Vpc Endpoint",
        notFound: "InvalidVpcEndpointId.NotFound",
        filters: [
          "ip-address-type",
          "service-name",
          "service-region",
          "vpc-endpoint-id",
          "vpc-endpoint-state",
          "vpc-endpoint-type",
          "vpc-id",
        ],
      },
    );
    return { VpcEndpoints: [] };
  },
);

export const describeVpcPeeringConnections = defineAction<
  ec2.DescribeVpcPeeringConnectionsRequest,
  ec2.DescribeVpcPeeringConnectionsResult
>(
  ec2.DescribeVpcPeeringConnections$,
  { ...LISTED, VpcPeeringConnectionIds: true },
  async ({ VpcPeeringConnectionIds: asked, ...request }, context) => {
    const ends = ["accepter-vpc-info", "requester-vpc-info"];
    await findNone(
      context,
      { ...request, asked },
      {
        action: "DescribeVpcPeeringConnections",
        ids: "vpcPeeringConnectionIdSet",
        noun: "vpcPeeringConnection",
        notFound: "InvalidVpcPeeringConnectionID.NotFound",
        filters: [
          ...ends.flatMap((end) => [`${end}.cidr-block`, `${end}.owner-id`, `${end}.vpc-id`]),
          "expiration-time",
          "status-code",
          "status-message",
          "vpc-peering-connection-id",
        ],
      },
    );
    return { VpcPeeringConnections: [] };
  },
);
