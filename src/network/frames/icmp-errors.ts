import { ICMP_HEADER, isIcmpError } from "./icmp.ts";
import { FRAGMENT, IP_PROTOCOL } from "./ipv4.ts";
import { type Malformed, type ParsedPacket, parseTruncated } from "./parse.ts";

/** As much of a packet as an error about it may quote: the error has 576 bytes at most (RFC 1812 §4.3.2.3). */
const MAX_QUOTE = 576 - 28;

/** What an error about `packet` carries. */
export const quoteOf = ({ bytes, start, end }: ParsedPacket): Uint8Array =>
  bytes.subarray(start, Math.min(end, start + MAX_QUOTE));

/** Whether a packet is itself an error, or one of several fragments: no error is sent about these (RFC 1122 §3.2.2). */
export const mayBeAnsweredByError = ({ protocol, icmpType, fragment }: ParsedPacket): boolean =>
  (fragment & FRAGMENT.offset) === 0 && !(protocol === IP_PROTOCOL.icmp && isIcmpError(icmpType));

/** The packet that an ICMP error is about, as far as it is quoted. */
export const quotedIn = (packet: ParsedPacket): ParsedPacket | Malformed =>
  parseTruncated(packet.bytes.subarray(0, packet.end), packet.segment + ICMP_HEADER);
