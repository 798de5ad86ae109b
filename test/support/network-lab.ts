import { seededRandom } from "../../src/base/random.ts";
import { isWithin, rangeOf } from "../../src/network/addresses.ts";
import { ARP_OPERATION, arpFrame, parseArp } from "../../src/network/frames/arp.ts";
import { BROADCAST_MAC, ETHER_TYPE, etherType, parseMac, putMac } from "../../src/network/frames/ethernet.ts";
import type { AttachedPort, Frame, Offload } from "../../src/network/frames/frame.ts";
import type { ParsedPacket } from "../../src/network/frames/parse.ts";
import {
  EMPTY_NETWORK,
  type InterfaceAddressModel,
  type InterfaceModel,
  type NetworkModel,
  type RouteModel,
  type RouteTarget,
} from "../../src/network/model.ts";
import { Network, type NetworkOptions } from "../../src/network/network.ts";
import { FakeClock } from "./fake-clock.ts";
import { aclEntry, addressOf, group, networkInterface, parsed } from "./filter-lab.ts";

export interface NetworkLabModel {
  /** By id: blocks, and what is not as usual. */
  readonly vpcs: Readonly<
    Record<
      string,
      {
        readonly cidr: string;
        readonly gateway?: "in" | "out";
        readonly region?: string;
        readonly dnsHostnames?: boolean;
      }
    >
  >;
  /** Routes are "0.0.0.0/0 igw-…", "nat-…", "eni-…" or "blackhole". */
  readonly subnets: Readonly<
    Record<
      string,
      {
        readonly vpc: string;
        readonly cidr: string;
        readonly routes?: readonly string[];
        readonly acl?: readonly string[];
      }
    >
  >;
  readonly interfaces: Readonly<Record<string, LabInterface>>;
  /** Rules by group, "sg-1"; interfaces without groups are in one that lets everything through. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** The interfaces of NAT gateways. */
  readonly nats?: Readonly<Record<string, string>>;
}

interface LabInterface {
  readonly subnet: string;
  readonly ip: string;
  readonly publicIp?: string;
  readonly more?: readonly InterfaceAddressModel[];
  readonly groups?: readonly string[];
  readonly sourceDestCheck?: boolean;
  readonly hostname?: string;
}

const OPEN_RULES = ["in all 0.0.0.0/0", "out all 0.0.0.0/0"];
const OPEN_ACL = ["100 allow in all 0.0.0.0/0", "100 allow out all 0.0.0.0/0"];

/** The gateway of a VPC is "igw-" and the VPC's id. */
export function networkModelOf(lab: NetworkLabModel): NetworkModel {
  const vpcOf = (subnet: string) => lab.subnets[subnet]?.vpc ?? "";
  const interfaces = Object.entries(lab.interfaces).map(([id, one], index): InterfaceModel => {
    const { subnet, ip, publicIp, more = [], groups, sourceDestCheck = true } = one;
    const vpcId = vpcOf(subnet);
    return networkInterface(id, ip, groups ?? [`sg-${vpcId}`], {
      vpcId,
      subnetId: subnet,
      macAddress: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, "0")}`,
      addresses: [publicIp === undefined ? { privateIp: ip } : { privateIp: ip, publicIp }, ...more],
      sourceDestCheck,
      ...(one.hostname !== undefined && { hostname: one.hostname }),
    });
  });
  return {
    ...EMPTY_NETWORK,
    vpcs: Object.entries(lab.vpcs).map(([id, { cidr, gateway, region = "us-east-1", dnsHostnames = true }]) => ({
      id,
      cidrBlocks: [cidr],
      dnsSupport: true,
      dnsHostnames,
      region,
      ...(gateway !== undefined && { internetGateway: { id: `igw-${id}`, outbound: gateway === "out" } }),
    })),
    subnets: Object.entries(lab.subnets).map(([id, { vpc, cidr }]) => ({
      id,
      vpcId: vpc,
      cidrBlock: cidr,
      routeTableId: `rtb-${id}`,
      networkAclId: `acl-${id}`,
    })),
    routeTables: Object.entries(lab.subnets).map(([id, { vpc, routes = [] }]) => ({
      id: `rtb-${id}`,
      vpcId: vpc,
      routes: routes.map(routeOf),
    })),
    networkAcls: Object.entries(lab.subnets).map(([id, { vpc, acl = OPEN_ACL }]) => ({
      id: `acl-${id}`,
      vpcId: vpc,
      entries: acl.map(aclEntry),
    })),
    securityGroups: [
      ...Object.keys(lab.vpcs).map((id) => group(`sg-${id}`, OPEN_RULES, id)),
      ...Object.entries(lab.groups ?? {}).map(([id, rules]) => group(id, rules, Object.keys(lab.vpcs)[0])),
    ],
    interfaces,
    natGateways: Object.entries(lab.nats ?? {}).map(([id, interfaceId]) => {
      const subnetId = lab.interfaces[interfaceId]?.subnet ?? "";
      return { id, vpcId: vpcOf(subnetId), subnetId, interfaceId };
    }),
  };
}

const KINDS: Readonly<Record<string, RouteTarget["kind"]>> = {
  igw: "internet-gateway",
  nat: "nat-gateway",
  eni: "network-interface",
  blackhole: "blackhole",
};

function routeOf(text: string): RouteModel {
  const [destinationCidrBlock = "", id = ""] = text.split(" ");
  const kind = KINDS[id.split("-")[0] ?? ""];
  if (kind === undefined) throw new TypeError(`${text} is no route`);
  return { destinationCidrBlock, target: { kind, id } };
}

/** A guest's side of an interface: it asks by ARP where packets go, as a guest does. */
export class LabCard {
  readonly received: Frame[] = [];
  readonly mac: number;
  readonly address: number;
  consumed = 0;
  flushes = 0;
  isFull = false;
  readonly attached: AttachedPort;
  readonly #lab: NetworkLab;
  readonly #range: ReturnType<typeof rangeOf>;

  constructor(lab: NetworkLab, { id, macAddress, addresses, subnetId }: InterfaceModel) {
    this.#lab = lab;
    this.mac = parseMac(macAddress) ?? 0;
    this.address = addressOf(addresses[0]?.privateIp ?? "");
    const subnet = lab.model.subnets.find((one) => one.id === subnetId);
    this.#range = rangeOf(subnet?.cidrBlock ?? "");
    this.attached = lab.network.attach(id, {
      deliver: (frame) => {
        if (this.isFull) return false;
        this.received.push({ ...frame, bytes: frame.bytes.slice() });
        return true;
      },
      flush: () => {
        this.flushes++;
      },
      consumed: (frames) => {
        this.consumed += frames;
      },
    });
  }

  /** As it is. */
  async sendFrame(bytes: Uint8Array, offload?: Offload): Promise<void> {
    this.attached.receive(offload === undefined ? { bytes } : { bytes, offload });
    await this.#lab.settle();
  }

  /** A packet, to the card that ARP says; nothing when nobody has the address. Gives whether there is somebody. */
  async send(packet: ParsedPacket, offload?: Offload): Promise<boolean> {
    const isNeighbour = isWithin(this.#range, packet.destination);
    const mac = await this.arp(isNeighbour ? packet.destination : this.#range.first + 1);
    if (mac === undefined) return false;
    const bytes = packet.bytes.slice();
    putMac(bytes, 0, mac);
    putMac(bytes, 6, this.mac);
    await this.sendFrame(bytes, offload);
    return true;
  }

  /** Who has an address. */
  async arp(address: number): Promise<number | undefined> {
    const question = {
      operation: ARP_OPERATION.request,
      senderMac: this.mac,
      senderAddress: this.address,
      targetMac: 0,
      targetAddress: address,
    };
    const before = this.received.length;
    await this.sendFrame(arpFrame(question, BROADCAST_MAC));
    const replies = this.received.splice(before).map(({ bytes }) => parseArp(bytes));
    return replies.find((reply) => reply?.senderAddress === address)?.senderMac;
  }

  /** The IPv4 packets that have come since it was last asked. */
  take(): ParsedPacket[] {
    return this.received
      .splice(0)
      .filter(({ bytes }) => etherType(bytes) === ETHER_TYPE.ipv4)
      .map(({ bytes }) => parsed(bytes));
  }
}

/** A network with a card at each interface (but those of NAT gateways), and the world outside as lists. */
export class NetworkLab {
  readonly clock = new FakeClock();
  readonly network: Network;
  /** What has left for the world. */
  readonly outside: ParsedPacket[] = [];
  /** What has come to the services' TCP. */
  readonly services: { readonly interfaceId: string; readonly packet: ParsedPacket }[] = [];
  readonly #cards = new Map<string, LabCard>();
  readonly #later: (() => void)[] = [];
  model: NetworkModel;

  constructor(lab: NetworkLabModel, options: Partial<NetworkOptions> = {}) {
    const copy = (packet: ParsedPacket) => parsed(packet.bytes.slice());
    this.network = new Network({
      clock: this.clock,
      random: seededRandom(1),
      later: (work) => this.#later.push(work),
      outside: { receive: (packet) => this.outside.push(copy(packet)) },
      services: { receive: (interfaceId, packet) => this.services.push({ interfaceId, packet: copy(packet) }) },
      ...options,
    });
    this.model = networkModelOf(lab);
    this.network.configure(this.model);
    const gateways = new Set(this.model.natGateways.map(({ interfaceId }) => interfaceId));
    for (const one of this.model.interfaces) if (!gateways.has(one.id)) this.#cards.set(one.id, new LabCard(this, one));
  }

  configure(lab: NetworkLabModel): void {
    this.model = networkModelOf(lab);
    this.network.configure(this.model);
  }

  card(interfaceId: string): LabCard {
    const card = this.#cards.get(interfaceId);
    if (card === undefined) throw new TypeError(`${interfaceId} has no card`);
    return card;
  }

  /** Until nothing waits. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet++) {
      await Promise.resolve();
      const work = this.#later.shift();
      if (work === undefined) continue;
      work();
      quiet = -1;
    }
  }

  /** One slice of what is put off. */
  async slice(): Promise<void> {
    await Promise.resolve();
    this.#later.shift()?.();
  }

  /** A packet from the world. */
  async fromOutside(packet: ParsedPacket): Promise<void> {
    this.network.receiveFromOutside({ bytes: packet.bytes.slice() });
    await this.settle();
  }

  /** Why frames from an interface's card, or for it, came to nothing. */
  drops(interfaceId: string) {
    const { droppedIn = {}, droppedOut = {} } = this.network.counters(interfaceId) ?? {};
    return { in: droppedIn, out: droppedOut };
  }
}
