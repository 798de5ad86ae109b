import { u8, u16, u32 } from "./bytes.ts";
import { ETHER_TYPE, ETHERNET_HEADER, etherType } from "./ethernet.ts";
import type { Frame } from "./frame.ts";
import { ICMP_HEADER, isIcmpAnswer, isIcmpQuestion } from "./icmp.ts";
import { FRAGMENT, IP_PROTOCOL, IPV4_HEADER } from "./ipv4.ts";
import { TCP_HEADER } from "./tcp.ts";
import { UDP_HEADER } from "./udp.ts";

/**
 * An IPv4 packet, where it lies: numbers are read once, bytes are not copied. Offsets are in `bytes`, lengths are checked:
 * everything up to `end` is there, `end` is what IP's total length says (a frame may be padded beyond it).
 *
 * Addresses are unsigned numbers. What a protocol does not have is 0: ports without TCP and UDP, flags without TCP. So are
 * ports and types of a fragment that is not the first; but the network puts packets together before it looks at them.
 */
export interface ParsedPacket {
  readonly malformed: undefined;
  readonly bytes: Uint8Array;
  /** Where IP's header begins. */
  readonly start: number;
  /** Where the protocol's header begins. */
  readonly segment: number;
  /** Where the protocol's payload begins; where its header does, for protocols that are not TCP, UDP or ICMP. */
  readonly payload: number;
  readonly end: number;
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly ttl: number;
  /** Don't fragment, more fragments and the offset in units of 8 bytes, as in the header. */
  readonly fragment: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16 (RFC 793 §3.1). */
  readonly tcpFlags: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  /** Of echo requests and replies and the like; 0 for others. */
  readonly icmpIdentifier: number;
}

/** What is no packet, and why: the names are those of the counters. */
export interface Malformed {
  readonly malformed: MalformedReason;
}

const MALFORMED = {
  truncated: { malformed: "truncated" },
  "not-ipv4": { malformed: "not-ipv4" },
  "ip-header": { malformed: "ip-header" },
  "ip-length": { malformed: "ip-length" },
  fragment: { malformed: "fragment" },
  "tcp-header": { malformed: "tcp-header" },
  "udp-header": { malformed: "udp-header" },
  "icmp-header": { malformed: "icmp-header" },
} as const;
export type MalformedReason = keyof typeof MALFORMED;

/** The IPv4 packet in an Ethernet frame. */
export function parsePacket({ bytes }: Frame): ParsedPacket | Malformed {
  if (bytes.length < ETHERNET_HEADER) return MALFORMED.truncated;
  if (etherType(bytes) !== ETHER_TYPE.ipv4) return MALFORMED["not-ipv4"];
  return parseIpv4(bytes, ETHERNET_HEADER);
}

/** The IPv4 packet at `start` (RFC 791 §3.1). */
export function parseIpv4(bytes: Uint8Array, start: number): ParsedPacket | Malformed {
  return parse(bytes, start, false);
}

/**
 * The beginning of a packet, as ICMP errors carry it (RFC 792: its header and at least 8 bytes): `end` is where the bytes
 * end, and of TCP only ports are known.
 */
export function parseTruncated(bytes: Uint8Array, start: number): ParsedPacket | Malformed {
  return parse(bytes, start, true);
}

function parse(bytes: Uint8Array, start: number, quoted: boolean): ParsedPacket | Malformed {
  const there = bytes.length - start;
  if (there < IPV4_HEADER) return MALFORMED.truncated;
  const first = u8(bytes, start);
  if (first >>> 4 !== 4) return MALFORMED["ip-header"];
  const headerLength = (first & 15) * 4;
  const length = u16(bytes, start + 2);
  if (headerLength < IPV4_HEADER) return MALFORMED["ip-header"];
  if (length < headerLength || headerLength > there || (length > there && !quoted)) return MALFORMED["ip-length"];
  const fragment = u16(bytes, start + 6);
  const offset = fragment & FRAGMENT.offset;
  // What would end beyond the greatest packet (the ping of death); the first fragments' headers may not be cut (RFC 1858).
  if (offset * 8 + length - headerLength > 65535) return MALFORMED.fragment;
  const segment = start + headerLength;
  const end = start + Math.min(length, there);
  const protocol = u8(bytes, start + 9);
  let payload = segment;
  let sourcePort = 0;
  let destinationPort = 0;
  let tcpFlags = 0;
  let icmpType = 0;
  let icmpCode = 0;
  let icmpIdentifier = 0;
  if (offset === 0) {
    if (protocol === IP_PROTOCOL.tcp) {
      const needed = quoted ? 8 : TCP_HEADER;
      if (end - segment < needed) return MALFORMED["tcp-header"];
      sourcePort = u16(bytes, segment);
      destinationPort = u16(bytes, segment + 2);
      if (!quoted) {
        const tcpHeader = (u8(bytes, segment + 12) >>> 4) * 4;
        if (tcpHeader < TCP_HEADER || segment + tcpHeader > end) return MALFORMED["tcp-header"];
        payload = segment + tcpHeader;
        tcpFlags = u8(bytes, segment + 13);
      }
    } else if (protocol === IP_PROTOCOL.udp) {
      if (end - segment < UDP_HEADER) return MALFORMED["udp-header"];
      sourcePort = u16(bytes, segment);
      destinationPort = u16(bytes, segment + 2);
      const udpLength = u16(bytes, segment + 4);
      const whole = !quoted && (fragment & FRAGMENT.more) === 0;
      if (udpLength < UDP_HEADER || (whole && segment + udpLength > end)) return MALFORMED["udp-header"];
      payload = segment + UDP_HEADER;
    } else if (protocol === IP_PROTOCOL.icmp) {
      if (end - segment < ICMP_HEADER) return MALFORMED["icmp-header"];
      icmpType = u8(bytes, segment);
      icmpCode = u8(bytes, segment + 1);
      if (hasIdentifier(icmpType)) icmpIdentifier = u16(bytes, segment + 4);
      payload = segment + ICMP_HEADER;
    }
  }
  return {
    malformed: undefined,
    bytes,
    start,
    segment,
    payload,
    end,
    source: u32(bytes, start + 12),
    destination: u32(bytes, start + 16),
    protocol,
    ttl: u8(bytes, start + 8),
    fragment,
    sourcePort,
    destinationPort,
    tcpFlags,
    icmpType,
    icmpCode,
    icmpIdentifier,
  };
}

const hasIdentifier = (type: number): boolean => isIcmpQuestion(type) || isIcmpAnswer(type);
