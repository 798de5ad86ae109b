import type { Random } from "../../base/random.ts";
import { isWithin, parseAddress, rangeOf } from "../addresses.ts";
import type { Filter } from "../filter/filter.ts";
import type { Offload } from "../frames/frame.ts";
import { isIcmpError } from "../frames/icmp.ts";
import { quotedIn } from "../frames/icmp-errors.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { rewrite, rewriteQuoted } from "../frames/rewrite.ts";
import { PAGE_ADDRESS, PUBLIC_POOL, type RouteTarget } from "../model.ts";
import { isForNobody, isPrivate } from "../services/service-addresses.ts";
import type { DropReason } from "./counters.ts";
import { type NatEndpoint, NatTable } from "./nat-table.ts";
import type { Interface, PublicAddress, Topology } from "./topology.ts";

/** The world beyond the internet gateways: the page's clients, and the real Internet where packets may leave for it. */
export interface OutsideEndpoint {
  /**
   * A packet from a public address of ours. Its bytes are the network's: what is kept is copied. `offload`: what is left to
   * be done of it. Answers go by `Network.receiveFromOutside`.
   */
  receive(packet: ParsedPacket, offload: Offload | undefined): void;
}

export interface GatewaysContext {
  readonly filter: Pick<Filter, "check">;
  readonly topology: () => Topology;
  readonly random: Random;
  readonly outside: OutsideEndpoint | undefined;
  /** Lets a packet in to an interface; `betweenSubnets`: its subnet's network ACL is asked. */
  readonly enter: (one: Interface, packet: ParsedPacket, offload: Offload | undefined, betweenSubnets: boolean) => void;
  /** That a packet for an interface has come to nothing on its way in. */
  readonly drop: (interfaceId: string, reason: DropReason) => void;
}

type GatewayTarget = Extract<RouteTarget, { kind: "internet-gateway" | "nat-gateway" }>;

const PAGE = parseAddress(PAGE_ADDRESS);
const POOL = rangeOf(PUBLIC_POOL);

/** Internet gateways, one public address for one private one (VPC User Guide), and NAT gateways. */
export class Gateways {
  readonly #context: GatewaysContext;
  readonly #tables = new Map<string, NatTable>();

  constructor(context: GatewaysContext) {
    this.#context = context;
  }

  /** Forgets what gateways knew that are no more. */
  configure(): void {
    const { natGateways } = this.#context.topology();
    for (const id of this.#tables.keys()) if (!natGateways.has(id)) this.#tables.delete(id);
  }

  /** How many conversations go through a NAT gateway. */
  natSessions(natGatewayId: string): number {
    return this.#tables.get(natGatewayId)?.sessions ?? 0;
  }

  /** Why a packet cannot leave for `destination` by a gateway, before anything is changed of it; undefined: it may. */
  closed(one: Interface, target: GatewayTarget, destination: number): DropReason | undefined {
    if (target.kind === "internet-gateway") return this.#closedInternet(one, target.id, destination);
    const gateway = this.#context.topology().natGateways.get(target.id);
    if (gateway === undefined || gateway.interface.vpc !== one.vpc) return "blackhole";
    const next = gateway.interface.subnet.routes.find(destination);
    if (next?.kind !== "internet-gateway") return "no-internet-gateway";
    return this.#closedInternet(gateway.interface, next.id, destination);
  }

  /** Takes a packet of an interface out; `closed` has let it. */
  leave(one: Interface, target: GatewayTarget, packet: ParsedPacket, offload: Offload | undefined, now: number) {
    if (target.kind === "internet-gateway") return this.#toInternet(one, packet, offload, now);
    return this.#toNat(one, target.id, packet, offload, now);
  }

  /** A packet from outside, or from another instance's public address, for a public address; undefined: it is on its way. */
  arrive(packet: ParsedPacket, offload: Offload | undefined, now: number): DropReason | undefined {
    const to = this.#context.topology().publicAddresses.get(packet.destination);
    if (to === undefined) return "no-host";
    const reason = this.#arrive(to, packet, offload, now);
    if (reason !== undefined) this.#context.drop(to.interface.id, reason);
    return undefined;
  }

  #closedInternet(one: Interface, id: string, destination: number): DropReason | undefined {
    const gateway = one.vpc.internetGateway;
    if (gateway?.id !== id) return "no-internet-gateway";
    if (one.publicAddresses.size === 0) return "no-public-address";
    if (destination === PAGE || this.#context.topology().publicAddresses.has(destination)) return undefined;
    if (isPrivate(destination) || isForNobody(destination)) return "no-route";
    // A public address of the cloud's that nobody has now: whoever has it outside is somebody else.
    if (isWithin(POOL, destination)) return "no-host";
    return gateway.outbound && this.#context.outside !== undefined ? undefined : "outbound-off";
  }

  #toInternet(one: Interface, packet: ParsedPacket, offload: Offload | undefined, now: number): DropReason | undefined {
    const address = one.publicAddresses.get(packet.source);
    if (address === undefined) return "no-public-address";
    if (quotes(packet)) rewriteQuoted(packet, "destination", { address });
    const outwards = rewrite(packet, "source", { address }, offload);
    // Another of the cloud's instances: it sees a client from outside, as in EC2.
    if (this.#context.topology().publicAddresses.has(packet.destination)) return this.arrive(outwards, offload, now);
    this.#context.outside?.receive(outwards, offload);
    return undefined;
  }

  #toNat(one: Interface, id: string, packet: ParsedPacket, offload: Offload | undefined, now: number) {
    const { filter, topology } = this.#context;
    const via = topology().natGateways.get(id)?.interface;
    if (via === undefined) return "blackhole";
    if (!filter.check(packet, via.id, "ingress", now, via.subnet !== one.subnet).accept) return "network-acl";
    const port = this.#table(id).outbound(packet, now);
    if (typeof port === "string") return NAT_REASONS[port];
    const outwards = rewrite(packet, "source", { address: via.primaryAddress, port }, offload);
    if (!filter.check(outwards, via.id, "egress", now, true).accept) return "network-acl";
    return this.#toInternet(via, outwards, offload, now);
  }

  #arrive(
    { interface: one, privateAddress: address }: PublicAddress,
    packet: ParsedPacket,
    offload: Offload | undefined,
    now: number,
  ) {
    if (one.vpc.internetGateway === undefined) return "no-internet-gateway";
    // A subnet without a way out by the gateway has no way in by it: no answer would come back.
    const back = one.subnet.routes.find(packet.source);
    if (back?.kind !== "internet-gateway" || back.id !== one.vpc.internetGateway.id) return "no-route";
    const gateway = this.#context.topology().natGatewaysByInterface.get(one.id);
    if (gateway === undefined && quotes(packet)) rewriteQuoted(packet, "source", { address });
    const inwards = rewrite(packet, "destination", { address }, offload);
    if (gateway !== undefined) return this.#fromNat(gateway.id, one, inwards, offload, now);
    this.#context.enter(one, inwards, offload, true);
    return undefined;
  }

  #fromNat(id: string, via: Interface, packet: ParsedPacket, offload: Offload | undefined, now: number) {
    const { filter, enter } = this.#context;
    if (!filter.check(packet, via.id, "ingress", now, true).accept) return "network-acl";
    const endpoint = this.#privateEnd(id, packet, now);
    if (endpoint === undefined) return "nat-no-connection";
    const target = via.vpc.interfaces.get(endpoint.address);
    if (target === undefined) return "no-host";
    const { address } = endpoint;
    if (quotes(packet)) rewriteQuoted(packet, "source", endpoint);
    const inwards = rewrite(packet, "destination", quotes(packet) ? { address } : endpoint, offload);
    const betweenSubnets = via.subnet !== target.subnet;
    if (!filter.check(inwards, via.id, "egress", now, betweenSubnets).accept) return "network-acl";
    enter(target, inwards, offload, betweenSubnets);
    return undefined;
  }

  #privateEnd(id: string, packet: ParsedPacket, now: number): NatEndpoint | undefined {
    const table = this.#table(id);
    if (!quotes(packet)) return table.inbound(packet, now);
    const quoted = quotedIn(packet);
    return quoted.malformed === undefined ? table.quoted(quoted) : undefined;
  }

  #table(id: string): NatTable {
    let table = this.#tables.get(id);
    if (table === undefined) {
      table = new NatTable(this.#context.random);
      this.#tables.set(id, table);
    }
    return table;
  }
}

const NAT_REASONS = { full: "nat-full", unsupported: "nat-unsupported", "no-connection": "nat-no-connection" } as const;

const quotes = ({ protocol, icmpType }: ParsedPacket): boolean =>
  protocol === IP_PROTOCOL.icmp && isIcmpError(icmpType);
