import type {
  InterfaceAddressModel,
  InterfaceModel,
  NetworkModel,
  RouteTarget,
  SecurityGroupRuleModel,
  TrafficModel,
  VpcModel,
} from "../../network/model.ts";
import { hostnameOf } from "../addresses.ts";
import type { Registry } from "../registry.ts";
import { EVERYTHING, type Owned, type Scope, scopeOf, type View } from "../scope.ts";
import {
  CloudNetwork,
  type NetworkAcl,
  type NetworkInterface,
  type NetworkSight,
  type RouteTable,
  type SecurityGroup,
} from "./network.ts";

/** Everything that the network is told (`network/model.ts`): what the records say, of all accounts and regions. */
export const networkModel = (registry: Registry): NetworkModel => modelSeenBy({ registry, ...inUse(registry) });

/** The same of what somebody sees. */
export function modelSeenBy(sight: NetworkSight): NetworkModel {
  const network = new CloudNetwork(sight);
  const gateways = network.list("internetGateways");
  const natGateways = network.list("natGateways").filter(({ deletedAt }) => deletedAt === null);
  const interfaces = network.interfaces();
  const publicIps = elasticIps(network);
  const subnets = network.subnets();
  const mainTables = new Map(network.vpcs().map(({ id, mainRouteTable }) => [id, mainRouteTable.id]));
  const targetOf = (table: RouteTable, { kind, id }: RouteTable["routes"][number]["target"]): RouteTarget => {
    const isThere = {
      "internet-gateway": () => gateways.some((one) => one.id === id && one.vpcId === table.vpcId),
      "nat-gateway": () => natGateways.some((one) => one.id === id),
      "network-interface": () => interfaces.some((one) => one.id === id),
    }[kind]();
    return isThere ? { kind, id } : { kind: "blackhole", id };
  };
  return {
    vpcs: network.vpcs().map(({ id, region, cidrBlock, enableDnsSupport, enableDnsHostnames }): VpcModel => {
      const gateway = gateways.find(({ vpcId }) => vpcId === id);
      return {
        id,
        cidrBlocks: [cidrBlock],
        dnsSupport: enableDnsSupport,
        dnsHostnames: enableDnsHostnames,
        region,
        ...(gateway === undefined ? {} : { internetGateway: { id: gateway.id, outbound: gateway.outbound } }),
      };
    }),
    subnets: subnets.map(({ id, vpcId, cidrBlock, routeTable, networkAcl }) => ({
      id,
      vpcId,
      cidrBlock,
      routeTableId: routeTable?.id ?? mainTables.get(vpcId) ?? "",
      networkAclId: networkAcl.id,
    })),
    routeTables: network.list("routeTables").map((table) => ({
      id: table.id,
      vpcId: table.vpcId,
      routes: table.routes.map(({ destinationCidrBlock, target }) => ({
        destinationCidrBlock,
        target: targetOf(table, target),
      })),
    })),
    networkAcls: network.list("networkAcls").map(aclModel),
    securityGroups: network.securityGroups().map(groupModel),
    interfaces: interfaces.map((one) => interfaceModel(one, publicIps)),
    natGateways: natGateways.map(({ id, vpcId, subnetId, networkInterfaceId }) => ({
      id,
      vpcId,
      subnetId,
      interfaceId: networkInterfaceId,
    })),
  };
}

/** Where anything is: a default network that nobody has used is not told of. */
function inUse({ networkInterfaces, vpcs, subnets }: Registry): { view: View; scopes: () => Scope[] } {
  const used = new Map<string, Scope>();
  for (const table of [networkInterfaces, vpcs, subnets]) {
    for (const [, owned] of table.entries()) if (!used.has(keyOf(owned))) used.set(keyOf(owned), scopeOf(owned));
  }
  return {
    view: { ...EVERYTHING, key: "network", sees: (owned) => used.has(keyOf(owned)) },
    scopes: () => [...used.values()],
  };
}

const keyOf = ({ ownerId, region }: Owned) => `${ownerId} ${region}`;

/** By interface and private address. */
const elasticIps = (network: CloudNetwork): ReadonlyMap<string, string> =>
  new Map(
    network
      .list("addresses")
      .flatMap(({ publicIp, association }) =>
        association === null ? [] : [[`${association.networkInterfaceId} ${association.privateIpAddress}`, publicIp]],
      ),
  );

function interfaceModel(one: NetworkInterface, elastic: ReadonlyMap<string, string>): InterfaceModel {
  const address = (privateIp: string, given: string | null): InterfaceAddressModel => {
    const publicIp = elastic.get(`${one.id} ${privateIp}`) ?? given;
    return publicIp === null ? { privateIp } : { privateIp, publicIp };
  };
  const { privateIpAddress, secondaryPrivateIps, attachment } = one;
  return {
    id: one.id,
    vpcId: one.vpcId,
    subnetId: one.subnetId,
    macAddress: one.macAddress,
    addresses: [address(privateIpAddress, one.publicIp), ...secondaryPrivateIps.map((ip) => address(ip, null))],
    groupIds: one.groupIds,
    sourceDestCheck: one.sourceDestCheck,
    ...(attachment === null ? {} : { instanceId: attachment.instanceId }),
    hostname: hostnameOf(privateIpAddress),
  };
}

interface Traffic {
  readonly protocol: number;
  readonly fromPort: number | null;
  readonly toPort: number | null;
}

const traffic = ({ protocol, fromPort, toPort }: Traffic): TrafficModel => ({
  protocol,
  ...(fromPort === null ? {} : { fromPort }),
  ...(toPort === null ? {} : { toPort }),
});

const groupModel = ({ id, vpcId, rules }: SecurityGroup) => ({
  id,
  vpcId,
  rules: rules.map(
    (rule): SecurityGroupRuleModel => ({
      ...traffic(rule),
      id: rule.id,
      egress: rule.egress,
      peer:
        "groupId" in rule.peer
          ? { kind: "group", groupId: rule.peer.groupId }
          : { kind: "cidr", cidrBlock: rule.peer.cidrBlock },
    }),
  ),
});

const aclModel = ({ id, vpcId, entries }: NetworkAcl) => ({
  id,
  vpcId,
  entries: entries.map(({ ruleNumber, egress, allow, cidrBlock, ...rest }) => ({
    ...traffic(rest),
    ruleNumber,
    egress,
    allow,
    cidrBlock,
  })),
});
