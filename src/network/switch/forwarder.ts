import { formatAddress } from "../addresses.ts";
import type { Filter } from "../filter/filter.ts";
import type { Verdict } from "../filter/verdict.ts";
import { ipv4ChecksumHolds } from "../frames/checksum.ts";
import {
  destinationMac,
  ETHER_TYPE,
  ETHERNET_HEADER,
  etherType,
  formatMac,
  isGroupFrame,
  putMac,
  sourceMac,
} from "../frames/ethernet.ts";
import { finish, isConsistent } from "../frames/finish.ts";
import { type Frame, MAX_FRAME_BYTES, type Offload } from "../frames/frame.ts";
import { ICMP, UNREACHABLE } from "../frames/icmp.ts";
import { FRAGMENT, IP_PROTOCOL } from "../frames/ipv4.ts";
import { type ParsedPacket, parsePacket } from "../frames/parse.ts";
import { decrementTtl } from "../frames/rewrite.ts";
import { checksumsHold } from "../frames/verify.ts";
import { MTU } from "../model.ts";
import { answerArp } from "../services/arp.ts";
import { answerDhcp } from "../services/dhcp.ts";
import { DHCP_PORT } from "../services/dhcp-message.ts";
import { BROADCAST_ADDRESS, isForNobody, isMulticastOrReserved } from "../services/service-addresses.ts";
import { Services } from "../services/services.ts";
import type { DropReason } from "./counters.ts";
import { fragmentsOf, isFragment } from "./fragments.ts";
import type { Gateways } from "./gateways.ts";
import type { Port } from "./port.ts";
import { type RouterError, routerError } from "./router-replies.ts";
import type { Interface, Topology } from "./topology.ts";

export interface ForwarderContext {
  readonly filter: Pick<Filter, "check">;
  readonly topology: () => Topology;
  readonly portOf: (interfaceId: string) => Port;
  readonly gateways: Gateways;
  readonly services: Services;
  /** Gives a finished frame to an interface's card. */
  readonly deliver: (port: Port, frame: Frame) => void;
}

/** What a router says of a packet that it drops; of others nothing is said, as in EC2. */
const ERRORS: Partial<Record<DropReason, RouterError>> = {
  ttl: { type: ICMP.timeExceeded, code: 0 },
  "fragmentation-needed": { type: ICMP.unreachable, code: UNREACHABLE.fragmentationNeeded, mtu: MTU },
  "outbound-off": { type: ICMP.unreachable, code: UNREACHABLE.prohibited },
};

/**
 * Where a frame from a card goes, and whether. What comes to nothing is told by its reason: all private functions that deal
 * with something give it, or `undefined` when the packet has gone on its way.
 */
export class Forwarder {
  readonly #context: ForwarderContext;
  /** Milliseconds since 1970; set for each slice of work, since asking for each frame takes as long as the rest. */
  now = 0;

  constructor(context: ForwarderContext) {
    this.#context = context;
  }

  fromCard(port: Port, frame: Frame): void {
    if (port.taps.size > 0) for (const tap of port.taps) tap("in", frame);
    const one = port.interface;
    const reason = one === undefined ? "unknown-interface" : this.#receive(port, one, frame);
    if (reason !== undefined) port.drop("in", reason);
  }

  /**
   * Lets a packet in to an interface, if its groups allow it, and its subnet's network ACL where it comes from another one.
   * `routed`: it comes from the router, and not from a neighbour.
   */
  enter(
    target: Interface,
    packet: ParsedPacket,
    offload: Offload | undefined,
    betweenSubnets: boolean,
    routed: boolean,
  ): void {
    const { filter, portOf } = this.#context;
    const port = portOf(target.id);
    const verdict = filter.check(packet, target.id, "ingress", this.now, betweenSubnets);
    if (!verdict.accept) {
      port.drop("out", reasonOf(verdict));
      return;
    }
    const { bytes } = packet;
    putMac(bytes, 0, target.mac);
    if (routed) putMac(bytes, 6, target.subnet.routerMac);
    this.#emit(port, packet, offload);
  }

  /** Gives an interface a frame of the network's own, cut where it is too long (the answer to a large ping). */
  reply(port: Port, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    const { deliver } = this.#context;
    const packet = bytes.length > ETHERNET_HEADER + MTU ? parsePacket({ bytes }) : undefined;
    if (packet === undefined || packet.malformed !== undefined) deliver(port, { bytes });
    else for (const piece of fragmentsOf(packet, MTU)) deliver(port, { bytes: piece });
  }

  #receive(port: Port, one: Interface, frame: Frame): DropReason | undefined {
    const { bytes, offload } = frame;
    if (bytes.length < ETHERNET_HEADER) return "truncated";
    if (bytes.length > MAX_FRAME_BYTES) return "oversized";
    if (sourceMac(bytes) !== one.mac)
      return this.#incident(port, "source-mac", `the card ${formatMac(sourceMac(bytes))}`);
    const type = etherType(bytes);
    if (type === ETHER_TYPE.arp) return this.#arp(port, one, bytes);
    if (type !== ETHER_TYPE.ipv4) return "ether-type";
    const packet = parsePacket(frame);
    if (packet.malformed !== undefined) return packet.malformed;
    if (offload !== undefined && !isConsistent(packet, offload)) return "offload";
    return isFragment(packet) ? this.#piece(port, one, packet) : this.#packet(port, one, packet, offload);
  }

  #piece(port: Port, one: Interface, piece: ParsedPacket): DropReason | undefined {
    // The whole packet gets a header with a checksum of its own: what is wrong must not become right by it.
    if (!ipv4ChecksumHolds(piece.bytes, piece.start, piece.segment - piece.start)) return "ip-header";
    const whole = port.reassembler.add(piece, this.now);
    if (whole === "wait") return undefined;
    if (whole === "refused") return "reassembly";
    const packet = parsePacket({ bytes: whole });
    return packet.malformed ?? this.#packet(port, one, packet as ParsedPacket, undefined);
  }

  #packet(port: Port, one: Interface, packet: ParsedPacket, offload: Offload | undefined): DropReason | undefined {
    const { bytes, source, destination } = packet;
    const isOwn = source === one.primaryAddress || one.addresses.has(source);
    if (isDhcp(one, packet) && (isOwn || source === 0)) return this.#dhcp(port, one, packet, offload);
    if (!isOwn && (one.sourceDestCheck || isForNobody(source) || Services.has(one, source)))
      return this.#incident(port, "source-check", `the address ${formatAddress(source)}`);
    if (isGroupFrame(bytes) || isMulticastOrReserved(destination)) return "multicast";
    if (Services.has(one, destination))
      return this.#context.services.receive(port, one, packet, offload) ? undefined : "service";
    const reason = this.#onwards(one, packet, offload);
    const error = reason === undefined ? undefined : ERRORS[reason];
    if (error !== undefined) this.reply(port, routerError(one, packet, error));
    return reason;
  }

  #onwards(one: Interface, packet: ParsedPacket, offload: Offload | undefined): DropReason | undefined {
    if (isTooLong(packet, offload)) return "fragmentation-needed";
    const isRouted = destinationMac(packet.bytes) === one.subnet.routerMac;
    return isRouted ? this.#route(one, packet, offload) : this.#toNeighbour(one, packet, offload);
  }

  #toNeighbour(one: Interface, packet: ParsedPacket, offload: Offload | undefined): DropReason | undefined {
    const target = one.subnet.interfacesByMac.get(destinationMac(packet.bytes));
    const refused = this.#leave(one, packet, false);
    if (refused !== undefined) return refused;
    if (target === undefined) return "no-host";
    if (!takes(target, packet)) return "destination-check";
    this.enter(target, packet, offload, false, false);
    return undefined;
  }

  #route(one: Interface, packet: ParsedPacket, offload: Offload | undefined): DropReason | undefined {
    const { gateways, topology } = this.#context;
    const { vpc, subnet } = one;
    const target = subnet.routes.find(packet.destination);
    const next =
      target?.kind === "network-interface"
        ? topology().interfaces.get(target.id)
        : target?.kind === "local"
          ? vpc.interfaces.get(packet.destination)
          : undefined;
    const betweenSubnets = next?.subnet !== subnet;
    const refused = this.#leave(one, packet, betweenSubnets);
    if (refused !== undefined) return refused;
    if (packet.ttl <= 1) return "ttl";
    if (target === undefined) return "no-route";
    if (target.kind === "internet-gateway" || target.kind === "nat-gateway") {
      const closed = gateways.closed(one, target, packet.destination);
      if (closed !== undefined) return closed;
      decrementTtl(packet);
      return gateways.leave(one, target, packet, offload, this.now);
    }
    if (target.kind === "blackhole") return "blackhole";
    if (next === undefined || next.vpc !== vpc) return target.kind === "local" ? "no-host" : "blackhole";
    if (!takes(next, packet)) return "destination-check";
    decrementTtl(packet);
    this.enter(next, packet, offload, betweenSubnets, true);
    return undefined;
  }

  #leave(one: Interface, packet: ParsedPacket, betweenSubnets: boolean): DropReason | undefined {
    const verdict = this.#context.filter.check(packet, one.id, "egress", this.now, betweenSubnets);
    return verdict.accept ? undefined : reasonOf(verdict);
  }

  #emit(port: Port, packet: ParsedPacket, offload: Offload | undefined): void {
    const { deliver } = this.#context;
    // What Ethernet has filled up to its least length is no part of the packet.
    const bytes = packet.bytes.length > packet.end ? packet.bytes.subarray(0, packet.end) : packet.bytes;
    const frame = offload === undefined ? { bytes } : { bytes, offload };
    const isSegmented = offload !== undefined && offload.gsoType !== "none";
    if (isSegmented || packet.end - packet.start <= MTU) deliver(port, frame);
    else {
      const [whole = bytes] = finish(frame);
      for (const piece of fragmentsOf({ ...packet, bytes: whole }, MTU)) deliver(port, { bytes: piece });
    }
  }

  #arp(port: Port, one: Interface, bytes: Uint8Array): DropReason | undefined {
    const answer = answerArp(one, bytes);
    if (answer === undefined) return undefined;
    if ("refused" in answer) return this.#incident(port, answer.refused, answer.why);
    this.reply(port, answer.frame);
    return undefined;
  }

  #dhcp(port: Port, one: Interface, packet: ParsedPacket, offload: Offload | undefined): DropReason | undefined {
    if (!checksumsHold(packet, offload)) return "dhcp-malformed";
    const answer = answerDhcp(one, packet);
    if (answer === undefined) return undefined;
    if ("frame" in answer) this.reply(port, answer.frame);
    return "refused" in answer ? this.#incident(port, answer.refused, answer.why) : undefined;
  }

  #incident(port: Port, reason: DropReason, what: string): DropReason {
    port.incidents.add(this.now, reason, what);
    return reason;
  }
}

export function reasonOf({ by }: Verdict): DropReason {
  if (by.kind === "acl-entry") return "network-acl";
  return by.kind === "no-interface" ? "unknown-interface" : "security-group";
}

/** EC2's SourceDestCheck, of who a packet is for. */
const takes = (target: Interface, { destination }: ParsedPacket): boolean =>
  !target.sourceDestCheck || target.addresses.has(destination);

const isDhcp = ({ subnet }: Interface, { protocol, destinationPort, destination }: ParsedPacket): boolean =>
  protocol === IP_PROTOCOL.udp &&
  destinationPort === DHCP_PORT.server &&
  (destination === BROADCAST_ADDRESS || destination === subnet.router);

/** What cannot go in frames of the network's length: it must not be cut, or its segments are too long themselves. */
function isTooLong({ start, payload, end, fragment }: ParsedPacket, offload: Offload | undefined): boolean {
  if (end - start <= MTU) return false;
  if (offload !== undefined && offload.gsoType !== "none") return payload - start + offload.gsoSize > MTU;
  return (fragment & FRAGMENT.dont) !== 0;
}
