import { u16 } from "../frames/bytes.ts";
import { ICMP, icmpFrame } from "../frames/icmp.ts";
import { mayBeAnsweredByError, quoteOf } from "../frames/icmp-errors.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { isMulticastOrReserved } from "../services/service-addresses.ts";
import type { Interface } from "./topology.ts";

export interface RouterError {
  readonly type: number;
  readonly code: number;
  /** Of "fragmentation needed" (RFC 1191 §4). */
  readonly mtu?: number;
}

/** What the router of an interface's subnet says to it of a packet that it has sent; undefined: nothing (RFC 1122 §3.2.2). */
export function routerError(
  { subnet, mac }: Interface,
  packet: ParsedPacket,
  { type, code, mtu = 0 }: RouterError,
): Uint8Array | undefined {
  if (!mayBeAnsweredByError(packet) || packet.source === 0 || isMulticastOrReserved(packet.destination))
    return undefined;
  const fields = {
    sourceMac: subnet.routerMac,
    destinationMac: mac,
    source: subnet.router,
    destination: packet.source,
    type,
    code,
    rest: [0, mtu] as const,
  };
  return icmpFrame(fields, quoteOf(packet));
}

/** The answer to an echo request, from the address that was asked (RFC 792). */
export function echoReply({ subnet, mac }: Interface, packet: ParsedPacket): Uint8Array {
  const { bytes, start, segment, payload, end, source, destination } = packet;
  const fields = {
    sourceMac: subnet.routerMac,
    destinationMac: mac,
    source: destination,
    destination: source,
    type: ICMP.echoReply,
    code: 0,
    // Each question's own, so that pieces of two answers are not taken for one's.
    identification: u16(bytes, start + 4),
    rest: [u16(bytes, segment + 4), u16(bytes, segment + 6)] as const,
  };
  return icmpFrame(fields, bytes.subarray(payload, end));
}
