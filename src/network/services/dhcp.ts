import { formatAddress } from "../addresses.ts";
import { BROADCAST_MAC, formatMac, sourceMac } from "../frames/ethernet.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { udpFrame } from "../frames/udp.ts";
import { MTU } from "../model.ts";
import type { Interface } from "../switch/topology.ts";
import {
  DHCP,
  DHCP_OPTION,
  DHCP_PORT,
  type DhcpRequest,
  dhcpReply,
  parseDhcp,
  word8,
  word16,
  word32,
} from "./dhcp-message.ts";
import { privateDomain } from "./dns-names.ts";
import { BROADCAST_ADDRESS, TIME_ADDRESS } from "./service-addresses.ts";

/** EC2's leases are for an hour. The address is the interface's as long as it lives, so nothing has to be kept of them. */
const LEASE_SECONDS = 3600;

export type DhcpAnswer =
  | { readonly frame: Uint8Array }
  /** Nobody is answered. */
  | { readonly refused: "dhcp-spoofed" | "dhcp-malformed"; readonly why: string }
  /** The client is told that it may not have what it wants. */
  | { readonly frame: Uint8Array; readonly refused: "dhcp-foreign-address"; readonly why: string }
  | undefined;

/**
 * Answers a DHCP message from an interface (RFC 2131 §4.3). There is one address for it to have, its primary private one;
 * what asks for another is told no.
 */
export function answerDhcp(one: Interface, packet: ParsedPacket): DhcpAnswer {
  const request = parseDhcp(packet.bytes.subarray(packet.payload, packet.end));
  if (request === undefined) return { refused: "dhcp-malformed", why: "no DHCP request" };
  if (request.clientMac !== one.mac || request.clientMac !== sourceMac(packet.bytes))
    return { refused: "dhcp-spoofed", why: `a request for the card ${formatMac(request.clientMac)}` };
  if (request.relayAddress !== 0) return { refused: "dhcp-spoofed", why: "a request by a relay" };
  const { router } = one.subnet;
  switch (request.type) {
    case DHCP.discover:
      return { frame: give(one, request, DHCP.offer) };
    case DHCP.request: {
      // Of another server's offer (RFC 2131 §4.3.2): there is none, but it is not for us.
      if (request.serverId !== undefined && request.serverId !== router) return undefined;
      const wanted = request.requestedAddress ?? request.clientAddress;
      if (wanted === one.primaryAddress) return { frame: give(one, request, DHCP.ack) };
      const why = `the address ${formatAddress(wanted)}`;
      return { frame: refuse(one, request), refused: "dhcp-foreign-address", why };
    }
    case DHCP.inform:
      return { frame: inform(one, request) };
    // Whether it says that somebody else has the address, or gives it back: it stays its own.
    case DHCP.decline:
    case DHCP.release:
      return undefined;
    default:
      return { refused: "dhcp-malformed", why: `a message of type ${request.type}` };
  }
}

type Options = readonly (readonly [number, Uint8Array])[];

const give = (one: Interface, request: DhcpRequest, type: number): Uint8Array =>
  frameOf(one, request, one.primaryAddress, [
    ...heading(one, request, type),
    [DHCP_OPTION.leaseTime, word32(LEASE_SECONDS)],
    [DHCP_OPTION.renewalTime, word32(LEASE_SECONDS / 2)],
    [DHCP_OPTION.rebindingTime, word32((LEASE_SECONDS * 7) / 8)],
    ...settings(one),
  ]);

const inform = (one: Interface, request: DhcpRequest): Uint8Array =>
  frameOf(one, request, 0, [...heading(one, request, DHCP.ack), ...settings(one)]);

const refuse = (one: Interface, request: DhcpRequest): Uint8Array =>
  frameOf(one, { ...request, clientAddress: 0 }, 0, heading(one, request, DHCP.nak));

/** What all answers say. */
const heading = ({ subnet }: Interface, { clientId }: DhcpRequest, type: number): Options => [
  [DHCP_OPTION.messageType, word8(type)],
  [DHCP_OPTION.serverId, word32(subnet.router)],
  ...(clientId === undefined ? [] : [[DHCP_OPTION.clientId, clientId] as const]),
];

/** As EC2's default set of DHCP options has it. */
function settings({ subnet, vpc, model }: Interface): Options {
  const text = (value: string) => new TextEncoder().encode(value);
  return [
    [DHCP_OPTION.subnetMask, word32(2 ** 32 - subnet.range.size)],
    [DHCP_OPTION.router, word32(subnet.router)],
    ...(vpc.resolver === undefined ? [] : [[DHCP_OPTION.dnsServer, word32(vpc.resolver)] as const]),
    [DHCP_OPTION.hostName, text(model.hostname)],
    [DHCP_OPTION.domainName, text(privateDomain(vpc.region))],
    [DHCP_OPTION.interfaceMtu, word16(MTU)],
    [DHCP_OPTION.ntpServer, word32(TIME_ADDRESS)],
  ];
}

/**
 * To the client alone, at its own card: who has no address yet and cannot take a frame for one has asked for a broadcast
 * (RFC 2131 §4.1), and a NAK always is one.
 */
function frameOf(one: Interface, request: DhcpRequest, yourAddress: number, options: Options): Uint8Array {
  const { subnet, mac } = one;
  const isNak = options[0]?.[1][0] === DHCP.nak;
  const isBroadcast = isNak || (request.clientAddress === 0 && (request.flags & BROADCAST_FLAG) !== 0);
  const known = request.clientAddress === 0 ? yourAddress : request.clientAddress;
  const fields = {
    sourceMac: subnet.routerMac,
    destinationMac: isBroadcast ? BROADCAST_MAC : mac,
    source: subnet.router,
    destination: isBroadcast ? BROADCAST_ADDRESS : known,
    sourcePort: DHCP_PORT.server,
    destinationPort: DHCP_PORT.client,
  };
  return udpFrame(fields, dhcpReply({ request, yourAddress, options }));
}

const BROADCAST_FLAG = 0x8000;
