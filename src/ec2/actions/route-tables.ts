import * as ec2 from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { RouteTable } from "../../cloud/network/network.ts";
import type { RouteTargetInfo } from "../../cloud/network/routing-info.ts";
import { type ActionContext, defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";

/** A table with what there is beside its record. */
interface Described extends RouteTable {
  readonly associations: readonly ec2.RouteTableAssociation[];
  readonly shown: readonly ec2.Route[];
}

/** Tables with their associations and routes; the local route comes first. */
function described(tables: readonly RouteTable[], { network, natGateways }: Ec2Cloud): Described[] {
  const vpcs = new Map(network.vpcs().map((vpc) => [vpc.id, vpc]));
  const subnets = network.subnets();
  const gateways = new Map(network.list("internetGateways").map(({ id, vpcId }) => [id, vpcId]));
  const nats = new Map(natGateways.list().map(({ id, state }) => [id, state]));
  const interfaces = new Map(network.interfaces().map((one) => [one.id, one]));
  const isThere = ({ kind, id }: RouteTargetInfo, vpcId: string) =>
    ({
      "internet-gateway": () => gateways.get(id) === vpcId,
      "nat-gateway": () => nats.get(id) === "available",
      "network-interface": () => interfaces.get(id)?.attachment != null,
    })[kind]();
  const routeOutput = ({ destinationCidrBlock, target }: RouteTable["routes"][number], vpcId: string): ec2.Route => {
    const { attachment, ownerId } = interfaces.get(target.id) ?? {};
    return {
      DestinationCidrBlock: destinationCidrBlock,
      ...{
        "internet-gateway": { GatewayId: target.id },
        "nat-gateway": { NatGatewayId: target.id },
        "network-interface": {
          NetworkInterfaceId: target.id,
          ...(attachment ? defined({ InstanceId: attachment.instanceId, InstanceOwnerId: ownerId }) : {}),
        },
      }[target.kind],
      Origin: "CreateRoute",
      State: isThere(target, vpcId) ? "active" : "blackhole",
    };
  };
  return tables.map((table) => {
    const vpc = vpcs.get(table.vpcId);
    const { id, associationId } = vpc?.mainRouteTable ?? { id: "", associationId: "" };
    const associated = { RouteTableId: table.id, AssociationState: { State: "associated" as const } };
    const own = subnets.flatMap(({ id: SubnetId, routeTable }) =>
      routeTable?.id === table.id
        ? [{ ...associated, Main: false, RouteTableAssociationId: routeTable.associationId, SubnetId }]
        : [],
    );
    const main = id === table.id ? [{ ...associated, Main: true, RouteTableAssociationId: associationId }] : [];
    const local: ec2.Route = {
      DestinationCidrBlock: vpc?.cidrBlock ?? "",
      GatewayId: "local",
      Origin: "CreateRouteTable",
      State: "active",
    };
    const shown = [local, ...table.routes.map((route) => routeOutput(route, table.vpcId))];
    return { ...table, associations: [...main, ...own], shown };
  });
}

const tableOutput = (table: Described): ec2.RouteTable => ({
  RouteTableId: table.id,
  VpcId: table.vpcId,
  OwnerId: table.ownerId,
  Associations: [...table.associations],
  PropagatingVgws: [],
  Routes: [...table.shown],
  Tags: tagList(table.tags),
});

const nothing = () => undefined;
const association =
  (read: (one: ec2.RouteTableAssociation) => string | boolean | undefined) =>
  ({ associations }: Described) =>
    associations.map(read);
const route =
  (read: (one: ec2.Route) => string | undefined) =>
  ({ shown }: Described) =>
    shown.map(read);

/** EC2 API, DescribeRouteTables, "Filters". */
const TABLES: Listing<Described> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "association.gateway-id": nothing,
    "association.route-table-association-id": association(({ RouteTableAssociationId: id }) => id),
    "association.route-table-id": association(({ RouteTableId: id }) => id),
    "association.subnet-id": association(({ SubnetId: id }) => id),
    "association.main": association(({ Main: isMain }) => isMain),
    "owner-id": ({ ownerId }) => ownerId,
    "route-table-id": ({ id }) => id,
    "route.destination-cidr-block": route(({ DestinationCidrBlock: block }) => block),
    "route.destination-ipv6-cidr-block": nothing,
    "route.destination-prefix-list-id": nothing,
    "route.egress-only-internet-gateway-id": nothing,
    "route.gateway-id": route(({ GatewayId: id }) => id),
    "route.instance-id": route(({ InstanceId: id }) => id),
    "route.nat-gateway-id": route(({ NatGatewayId: id }) => id),
    "route.network-interface-id": route(({ NetworkInterfaceId: id }) => id),
    "route.transit-gateway-id": nothing,
    "route.origin": route(({ Origin: origin }) => origin),
    "route.state": route(({ State: state }) => state),
    "route.vpc-peering-connection-id": nothing,
    "vpc-id": ({ vpcId }) => vpcId,
  },
};

export const describeRouteTables = defineAction<ec2.DescribeRouteTablesRequest, ec2.DescribeRouteTablesResult>(
  ec2.DescribeRouteTables$,
  { ...LISTED, RouteTableIds: true },
  async (request, context) => {
    const { network } = context.cloud;
    const chosen = named("routeTableIdSet", request.RouteTableIds, request, {
      all: () => network.list("routeTables"),
      get: (id) => network.get("routeTables", id),
    });
    const all = described(chosen, context.cloud);
    const { items, nextToken } = await listPage(context, "DescribeRouteTables", all, request, TABLES);
    return { RouteTables: items.map(tableOutput), NextToken: nextToken };
  },
);

export const createRouteTable = defineAction<ec2.CreateRouteTableRequest, ec2.CreateRouteTableResult>(
  ec2.CreateRouteTable$,
  { ClientToken: true, TagSpecifications: tagSpecifications("route-table"), VpcId: true },
  async ({ ClientToken: clientToken, TagSpecifications: tags, VpcId: vpcId = "" }, { cloud }) => {
    const request = { vpcId, tags: newTags(tags, "route-table"), ...defined({ clientToken }) };
    const { id } = await cloud.routeTables.create(request);
    const [made] = described([cloud.network.get("routeTables", id)], cloud);
    return defined({ RouteTable: made && tableOutput(made), ClientToken: clientToken });
  },
);

export const deleteRouteTable = defineAction<ec2.DeleteRouteTableRequest, Record<never, never>>(
  ec2.DeleteRouteTable$,
  { RouteTableId: true },
  async ({ RouteTableId: id = "" }, { cloud }) => {
    await cloud.routeTables.delete(id);
    return {};
  },
);

const ROUTE = {
  DestinationCidrBlock: true,
  GatewayId: true,
  InstanceId: true,
  NatGatewayId: true,
  NetworkInterfaceId: true,
  RouteTableId: true,
} as const;

type Route = Pick<ec2.CreateRouteRequest, keyof typeof ROUTE>;

/** Exactly one; an instance stands for its only interface. */
function targetOf(
  { GatewayId, InstanceId, NatGatewayId, NetworkInterfaceId }: Route,
  cloud: Ec2Cloud,
): RouteTargetInfo {
  const targets = [
    ...(GatewayId === undefined ? [] : [() => gateway(GatewayId)]),
    ...(NatGatewayId === undefined ? [] : [() => ({ kind: "nat-gateway" as const, id: NatGatewayId })]),
    ...(NetworkInterfaceId === undefined
      ? []
      : [() => ({ kind: "network-interface" as const, id: NetworkInterfaceId })]),
    ...(InstanceId === undefined ? [] : [() => onlyInterface(InstanceId, cloud)]),
  ];
  const [target, ...others] = targets;
  if (target === undefined) {
    const text = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, instanceId";
    throw new CloudError("MissingParameter", text);
  }
  if (others.length === 0) return target();
  throw new CloudError("InvalidParameterCombination", "A route has exactly one target.");
}

/** A NAT gateway's id stands here, too, as in EC2's console of long ago; "local" is no gateway of one's own. */
function gateway(id: string): RouteTargetInfo {
  if (id !== "local") return { kind: id.startsWith("nat-") ? "nat-gateway" : "internet-gateway", id };
  throw new CloudError("InvalidParameterValue", "The local route is always there: no other leads to it.");
}

function onlyInterface(instanceId: string, { network, instances }: Ec2Cloud): RouteTargetInfo {
  instances.get(instanceId);
  const own = network.interfaces().filter(({ attachment }) => attachment?.instanceId === instanceId);
  const [only, ...others] = own;
  if (only !== undefined && others.length === 0) return { kind: "network-interface", id: only.id };
  const text = `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`;
  throw new CloudError("InvalidInstanceID", text, { instanceId });
}

export const createRoute = defineAction<ec2.CreateRouteRequest, ec2.CreateRouteResult>(
  ec2.CreateRoute$,
  ROUTE,
  async (request, { cloud }) => {
    const { RouteTableId: id = "", DestinationCidrBlock: block } = request;
    await cloud.routeTables.createRoute(id, destination(block), targetOf(request, cloud));
    return { Return: true };
  },
);

export const replaceRoute = defineAction<ec2.ReplaceRouteRequest, Record<never, never>>(
  ec2.ReplaceRoute$,
  ROUTE,
  async (request, { cloud }) => {
    const { RouteTableId: id = "", DestinationCidrBlock: block } = request;
    await cloud.routeTables.replaceRoute(id, destination(block), targetOf(request, cloud));
    return {};
  },
);

export const deleteRoute = defineAction<ec2.DeleteRouteRequest, Record<never, never>>(
  ec2.DeleteRoute$,
  { DestinationCidrBlock: true, RouteTableId: true },
  async ({ RouteTableId: id = "", DestinationCidrBlock: block }, { cloud }) => {
    await cloud.routeTables.deleteRoute(id, destination(block));
    return {};
  },
);

function destination(block: string | undefined): string {
  if (block !== undefined) return block;
  throw new CloudError("MissingParameter", "The request must contain the parameter destinationCidrBlock");
}

const ASSOCIATED = { State: "associated" as const };

export const associateRouteTable = defineAction<ec2.AssociateRouteTableRequest, ec2.AssociateRouteTableResult>(
  ec2.AssociateRouteTable$,
  { RouteTableId: true, SubnetId: true },
  async ({ RouteTableId: id = "", SubnetId: subnetId }, { cloud }: ActionContext) => {
    if (subnetId === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter subnetId");
    }
    return { AssociationId: await cloud.routeTables.associate(id, subnetId), AssociationState: ASSOCIATED };
  },
);

export const disassociateRouteTable = defineAction<ec2.DisassociateRouteTableRequest, Record<never, never>>(
  ec2.DisassociateRouteTable$,
  { AssociationId: true },
  async ({ AssociationId: id = "" }, { cloud }) => {
    await cloud.routeTables.disassociate(id);
    return {};
  },
);

export const replaceRouteTableAssociation = defineAction<
  ec2.ReplaceRouteTableAssociationRequest,
  ec2.ReplaceRouteTableAssociationResult
>(
  ec2.ReplaceRouteTableAssociation$,
  { AssociationId: true, RouteTableId: true },
  async ({ AssociationId: id = "", RouteTableId: tableId = "" }, { cloud }) => {
    const made = await cloud.routeTables.replaceAssociation(id, tableId);
    return { NewAssociationId: made, AssociationState: ASSOCIATED };
  },
);
