import type { Clock } from "../../base/clock.ts";
import { u16 } from "../frames/bytes.ts";
import type { Offload } from "../frames/frame.ts";
import { ICMP } from "../frames/icmp.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { udpFrame } from "../frames/udp.ts";
import { checksumsHold } from "../frames/verify.ts";
import type { Port } from "../switch/port.ts";
import { echoReply } from "../switch/router-replies.ts";
import type { Interface, PublicAddress } from "../switch/topology.ts";
import { answerDns, type ResolveOutside } from "./dns.ts";
import type { DnsTransport } from "./dns-message.ts";
import { answerNtp } from "./ntp.ts";
import { DNS_ADDRESS, DNS_PORT, isLinkLocal, METADATA_ADDRESS, NTP_PORT, TIME_ADDRESS } from "./service-addresses.ts";

/** The network's TCP at the addresses of its services, for each interface apart: two VPCs may have the same addresses. */
export interface ServiceEndpoint {
  /**
   * A packet of TCP to a service. Its bytes are the network's: what is kept is copied. `offload`: what is left to be done
   * of it. Answers go by `Network.sendFromService`.
   */
  receive(interfaceId: string, packet: ParsedPacket, offload: Offload | undefined): void;
}

export interface ServicesContext {
  readonly clock: Clock;
  readonly tcp: ServiceEndpoint | undefined;
  readonly resolveOutside: ResolveOutside | undefined;
  readonly publicAddresses: () => ReadonlyMap<number, PublicAddress>;
  /** Gives a finished frame to an interface's card. */
  readonly reply: (port: Port, bytes: Uint8Array) => void;
}

/**
 * EC2's own addresses in a VPC: the router's, the resolver's, and the link-local ones. Neither security groups nor network
 * ACLs are asked about them (VPC User Guide, "Network ACLs": what they do not filter).
 */
export class Services {
  readonly #context: ServicesContext;

  constructor(context: ServicesContext) {
    this.#context = context;
  }

  /** Whether an address is a service's for an interface. */
  static has(one: Interface, address: number): boolean {
    return address === one.vpc.resolver || isLinkLocal(address) || one.vpc.routers.has(address);
  }

  /** Deals with a packet to a service; false: nobody is there for it. */
  receive(port: Port, one: Interface, packet: ParsedPacket, offload: Offload | undefined): boolean {
    if (!checksumsHold(packet, offload)) return false;
    const { destination, protocol } = packet;
    if (one.vpc.routers.has(destination)) return this.#ping(port, one, packet);
    const isResolver =
      destination === one.vpc.resolver || (destination === DNS_ADDRESS && one.vpc.resolver !== undefined);
    if (protocol === IP_PROTOCOL.tcp && (isResolver || destination === METADATA_ADDRESS)) {
      this.#context.tcp?.receive(one.id, packet, offload);
      return this.#context.tcp !== undefined;
    }
    if (protocol !== IP_PROTOCOL.udp) return false;
    if (isResolver && packet.destinationPort === DNS_PORT) return this.#dns(port, one, packet);
    if (destination === TIME_ADDRESS && packet.destinationPort === NTP_PORT) return this.#ntp(port, one, packet);
    return false;
  }

  #ping(port: Port, one: Interface, packet: ParsedPacket): boolean {
    if (packet.protocol !== IP_PROTOCOL.icmp || packet.icmpType !== ICMP.echoRequest) return false;
    this.#context.reply(port, echoReply(one, packet));
    return true;
  }

  /** The resolver's answer to a message from an interface, as `answerDns` gives it. */
  resolve(port: Port, { vpc }: Interface, message: Uint8Array, transport: DnsTransport) {
    const { clock, resolveOutside } = this.#context;
    return answerDns(message, {
      clock,
      vpc,
      publicAddresses: this.#context.publicAddresses(),
      outside: vpc.internetGateway?.outbound ? resolveOutside : undefined,
      pending: port.pendingNames,
      transport,
    });
  }

  #dns(port: Port, one: Interface, packet: ParsedPacket): boolean {
    const answer = this.resolve(port, one, packet.bytes.slice(packet.payload, udpEnd(packet)), "udp");
    if (answer === undefined) return false;
    // The packet's bytes are used again while the world is asked.
    const { source, destination, sourcePort, destinationPort } = packet;
    const asked = { source, destination, sourcePort, destinationPort };
    if (answer instanceof Uint8Array) this.#answer(port, one, asked, answer);
    // It never rejects: what fails is an answer too.
    else void answer.then((bytes) => this.#answer(port, one, asked, bytes));
    return true;
  }

  #ntp(port: Port, one: Interface, packet: ParsedPacket): boolean {
    const answer = answerNtp(packet.bytes.subarray(packet.payload, udpEnd(packet)), this.#context.clock.now());
    if (answer === undefined) return false;
    this.#answer(port, one, packet, answer);
    return true;
  }

  #answer(port: Port, { subnet, mac }: Interface, asked: Asked, payload: Uint8Array): void {
    const fields = {
      sourceMac: subnet.routerMac,
      destinationMac: mac,
      source: asked.destination,
      destination: asked.source,
      sourcePort: asked.destinationPort,
      destinationPort: asked.sourcePort,
    };
    this.#context.reply(port, udpFrame(fields, payload));
  }
}

type Asked = Pick<ParsedPacket, "source" | "destination" | "sourcePort" | "destinationPort">;

const udpEnd = ({ bytes, segment }: ParsedPacket): number => segment + u16(bytes, segment + 4);
