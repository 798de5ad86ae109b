import { put16, put32, u8, u16, u32 } from "./bytes.ts";
import { complement, fold, pseudoHeaderSum, putIpv4Checksum, sumOf } from "./checksum.ts";
import { ETHERNET_HEADER } from "./ethernet.ts";
import type { Frame, Offload } from "./frame.ts";
import { FRAGMENT, IP_PROTOCOL } from "./ipv4.ts";
import { type ParsedPacket, parsePacket } from "./parse.ts";
import { putTcpChecksum, TCP_CHECKSUM, TCP_FLAG } from "./tcp.ts";
import { UDP_CHECKSUM } from "./udp.ts";

/**
 * What a frame would be on a wire: segments with their checksums made, none longer than its sender wanted. A frame that is
 * finished already is given as it is, without a copy.
 *
 * For consumers that take neither checksums to be made nor segments to be cut.
 */
export function finish(frame: Frame): Uint8Array[] {
  const { bytes, offload } = frame;
  if (offload === undefined) return [bytes];
  const packet = parsePacket(frame);
  if (packet.malformed !== undefined || !isConsistent(packet, offload)) return [bytes];
  if (offload.gsoType === "tcpv4" && packet.end - packet.payload > offload.gsoSize) return segments(packet, offload);
  if (!offload.needsChecksum) return [bytes];
  return [withChecksum(packet)];
}

/** Whether what a sender has left to others is what can be done: the checksum is its protocol's, TCP alone has segments. */
export function isConsistent(
  packet: ParsedPacket,
  { needsChecksum, csumStart, csumOffset, gsoType, gsoSize }: Offload,
) {
  const { segment, protocol, start, fragment } = packet;
  if (!needsChecksum) return gsoType === "none";
  // Offsets are from the frame's beginning, and so are the packet's, which begins after Ethernet's header.
  if (start !== ETHERNET_HEADER || csumStart !== segment || (fragment & ~FRAGMENT.dont) !== 0) return false;
  if (protocol === IP_PROTOCOL.tcp)
    return csumOffset === TCP_CHECKSUM && (gsoType === "none" || gsoSize >= MIN_SEGMENT);
  return protocol === IP_PROTOCOL.udp && csumOffset === UDP_CHECKSUM && gsoType === "none";
}

/** The least that Linux makes of a path: less would make thousands of frames of one. */
const MIN_SEGMENT = 32;

/** A copy: the frame is perhaps also on its way to somebody who makes checksums. */
function withChecksum({ bytes, start, segment, protocol, end }: ParsedPacket): Uint8Array {
  const copy = bytes.slice();
  const at = segment + (protocol === IP_PROTOCOL.tcp ? TCP_CHECKSUM : UDP_CHECKSUM);
  put16(copy, at, 0);
  const pseudo = pseudoHeaderSum(u32(copy, start + 12), u32(copy, start + 16), protocol, end - segment);
  const sum = complement(sumOf(copy, segment, end, pseudo));
  put16(copy, at, protocol === IP_PROTOCOL.udp ? sum || 0xffff : sum);
  return copy;
}

/** As a card with TCP segmentation does it: numbers count on; FIN and PSH are the last one's, CWR is the first one's. */
function segments({ bytes, start, segment, payload, end, tcpFlags }: ParsedPacket, { gsoSize }: Offload): Uint8Array[] {
  const identification = u16(bytes, start + 4);
  const sequence = u32(bytes, segment + 4);
  const made: Uint8Array[] = [];
  for (let from = payload; from < end; from += gsoSize) {
    const to = Math.min(from + gsoSize, end);
    const one = new Uint8Array(payload + to - from);
    one.set(bytes.subarray(0, payload));
    one.set(bytes.subarray(from, to), payload);
    put16(one, start + 2, one.length - start);
    put16(one, start + 4, identification + made.length);
    put32(one, segment + 4, sequence + from - payload);
    let flags = tcpFlags;
    if (to < end) flags &= ~(TCP_FLAG.fin | TCP_FLAG.psh);
    if (from > payload) flags &= ~TCP_FLAG.cwr;
    one[segment + 13] = flags;
    putIpv4Checksum(one, start, segment - start);
    putTcpChecksum(one, start, segment, one.length);
    made.push(one);
  }
  return made;
}

/** The sum that a checksum yet to be made begins with; put anew when addresses have changed. */
export function putPartialChecksum({ bytes, start, segment, protocol, end }: ParsedPacket): void {
  const at = segment + (protocol === IP_PROTOCOL.tcp ? TCP_CHECKSUM : UDP_CHECKSUM);
  put16(
    bytes,
    at,
    fold(pseudoHeaderSum(u32(bytes, start + 12), u32(bytes, start + 16), u8(bytes, start + 9), end - segment)),
  );
}
