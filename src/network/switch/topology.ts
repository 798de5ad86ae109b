import { CloudError } from "../../base/errors.ts";
import { type Ipv4Range, parseAddress, rangeOf } from "../addresses.ts";
import { parseMac } from "../frames/ethernet.ts";
import type { InterfaceModel, NetworkModel, SubnetModel, VpcModel } from "../model.ts";
import type { NetworkTrace } from "../trace.ts";
import { RouteTable } from "./route-table.ts";

/** A virtual private cloud: a world of its own. Addresses are numbers here and below, so that packets can be looked up. */
export interface Vpc {
  readonly id: string;
  readonly region: string;
  readonly blocks: readonly Ipv4Range[];
  /** The base of the first block plus two; undefined: there is no resolver (EC2's enableDnsSupport). */
  readonly resolver: number | undefined;
  readonly dnsHostnames: boolean;
  readonly internetGateway: { readonly id: string; readonly outbound: boolean } | undefined;
  /** Who has which private address. */
  readonly interfaces: Map<number, Interface>;
  /** The routers' addresses, one in each subnet. */
  readonly routers: Map<number, Subnet>;
}

export interface Subnet {
  readonly id: string;
  readonly vpc: Vpc;
  readonly range: Ipv4Range;
  readonly prefixLength: number;
  /** The base plus one (VPC User Guide, "Subnet CIDR blocks"). */
  readonly router: number;
  readonly routerMac: number;
  readonly routes: RouteTable;
  readonly networkAclId: string;
  readonly interfacesByMac: Map<number, Interface>;
}

export interface Interface {
  readonly id: string;
  readonly model: InterfaceModel;
  readonly vpc: Vpc;
  readonly subnet: Subnet;
  readonly mac: number;
  readonly primaryAddress: number;
  readonly addresses: ReadonlySet<number>;
  /** By private address. */
  readonly publicAddresses: ReadonlyMap<number, number>;
  readonly sourceDestCheck: boolean;
}

/** A public address and the private one that it stands for. */
export interface PublicAddress {
  readonly interface: Interface;
  readonly privateAddress: number;
}

export interface NatGatewayPlace {
  readonly id: string;
  readonly interface: Interface;
}

/** A `NetworkModel` as packets need it. Made anew at each change; what passes by is kept elsewhere, by id. */
export class Topology {
  readonly vpcs = new Map<string, Vpc>();
  readonly subnets = new Map<string, Subnet>();
  readonly interfaces = new Map<string, Interface>();
  readonly publicAddresses = new Map<number, PublicAddress>();
  readonly natGateways = new Map<string, NatGatewayPlace>();
  /** By the id of their interface. */
  readonly natGatewaysByInterface = new Map<string, NatGatewayPlace>();

  /** `Network.InvalidModel`: something names what is not there, or what should be an address is none. */
  constructor(model: NetworkModel, trace?: NetworkTrace) {
    checkBlocks(model);
    for (const vpc of model.vpcs) this.vpcs.set(vpc.id, vpcOf(vpc));
    const tables = new Map(model.routeTables.map((table) => [table.id, table]));
    for (const subnet of model.subnets) {
      const vpc = found(this.vpcs, subnet.vpcId, subnet.id);
      const { routes: written } = found(tables, subnet.routeTableId, subnet.id);
      const routes = new RouteTable(
        vpc.blocks,
        written,
        trace && ((address, choice) => trace.route(subnet.id, address, choice)),
      );
      const made = subnetOf(subnet, vpc, routes);
      this.subnets.set(subnet.id, made);
      vpc.routers.set(made.router, made);
    }
    for (const one of model.interfaces) this.#add(one);
    for (const { id, interfaceId } of model.natGateways) {
      const place = { id, interface: found(this.interfaces, interfaceId, id) };
      this.natGateways.set(id, place);
      this.natGatewaysByInterface.set(interfaceId, place);
    }
  }

  #add(model: InterfaceModel): void {
    const subnet = found(this.subnets, model.subnetId, model.id);
    const { vpc } = subnet;
    const mac = parseMac(model.macAddress);
    const addresses = model.addresses.map(({ privateIp }) => addressOf(privateIp));
    const [primaryAddress] = addresses;
    if (mac === undefined || primaryAddress === undefined) throw invalid(`${model.id} has no MAC or no IP address`);
    const publicAddresses = new Map<number, number>();
    for (const { privateIp, publicIp } of model.addresses)
      if (publicIp !== undefined) publicAddresses.set(addressOf(privateIp), addressOf(publicIp));
    const made: Interface = {
      id: model.id,
      model,
      vpc,
      subnet,
      mac,
      primaryAddress,
      addresses: new Set(addresses),
      publicAddresses,
      sourceDestCheck: model.sourceDestCheck,
    };
    this.interfaces.set(model.id, made);
    subnet.interfacesByMac.set(mac, made);
    for (const address of addresses) vpc.interfaces.set(address, made);
    for (const [privateAddress, publicAddress] of publicAddresses)
      this.publicAddresses.set(publicAddress, { interface: made, privateAddress });
  }
}

const RESOLVER = 2;

function vpcOf(model: VpcModel): Vpc {
  const blocks = model.cidrBlocks.map(blockOf);
  const [first] = blocks;
  if (first === undefined) throw invalid(`${model.id} has no CIDR block`);
  return {
    id: model.id,
    region: model.region,
    blocks,
    resolver: model.dnsSupport ? first.first + RESOLVER : undefined,
    dnsHostnames: model.dnsHostnames,
    internetGateway: model.internetGateway,
    interfaces: new Map(),
    routers: new Map(),
  };
}

/** Locally administered, and no machine's, which begin with 02. */
const ROUTER_MAC_PREFIX = 0x0600;

function subnetOf({ id, cidrBlock, networkAclId }: SubnetModel, vpc: Vpc, routes: RouteTable): Subnet {
  const range = blockOf(cidrBlock);
  const router = range.first + 1;
  return {
    id,
    vpc,
    range,
    prefixLength: 32 - Math.log2(range.size),
    router,
    routerMac: ROUTER_MAC_PREFIX * 2 ** 32 + router,
    routes,
    networkAclId,
    interfacesByMac: new Map(),
  };
}

/** Of all that rules and routes are about: who compiles them changes what was there before. */
function checkBlocks({ routeTables, networkAcls, securityGroups }: NetworkModel): void {
  for (const { routes } of routeTables) for (const route of routes) blockOf(route.destinationCidrBlock);
  for (const { entries } of networkAcls) for (const { cidrBlock } of entries) blockOf(cidrBlock);
  for (const { rules } of securityGroups)
    for (const { peer } of rules) if (peer.kind === "cidr") blockOf(peer.cidrBlock);
}

const invalid = (what: string) =>
  new CloudError("Network.InvalidModel", `The network cannot be as it was described: ${what}.`);

function found<T>(map: ReadonlyMap<string, T>, id: string, by: string): T {
  const value = map.get(id);
  if (value === undefined) throw invalid(`${by} names ${id}, which is not there`);
  return value;
}

function addressOf(text: string): number {
  const address = parseAddress(text);
  if (address === undefined) throw invalid(`${text} is no address`);
  return address;
}

function blockOf(cidrBlock: string): Ipv4Range {
  try {
    return rangeOf(cidrBlock);
  } catch {
    throw invalid(`${cidrBlock} is no CIDR block`);
  }
}
