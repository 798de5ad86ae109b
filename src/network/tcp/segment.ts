import { put16, u8, u16, u32 } from "../frames/bytes.ts";
import { fold, pseudoHeaderSum, segmentSum } from "../frames/checksum.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import { FRAGMENT, IP_PROTOCOL, IPV4_HEADER, SEGMENT_START } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { newTcpFrame, putTcpChecksum, TCP_CHECKSUM, TCP_FLAG, TCP_HEADER, type TcpFields } from "../frames/tcp.ts";

/** One end of a connection: an address as a number, and a port. */
export interface Endpoint {
  readonly address: number;
  readonly port: number;
}

/** What a segment says (RFC 9293 §3.1), out of its packet. */
export interface TcpSegment {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
  /** As in the header, not scaled. */
  readonly window: number;
  /** The greatest segment that the sender takes, in bytes of payload; of a SYN only. */
  readonly mss?: number;
  /** Of a SYN only (RFC 7323 §2). */
  readonly windowShift?: number;
  /** Where it lies in the packet: not a copy. */
  readonly payload: Uint8Array;
}

/**
 * The segment in a packet; undefined when it is none, a fragment, or not what its checksum says. A checksum that is left to
 * be made (`offload`) is not looked at: the packet has never been on a wire.
 */
export function readSegment(packet: ParsedPacket, offload?: Offload): TcpSegment | undefined {
  const { bytes, segment, payload, end, tcpFlags, protocol, fragment } = packet;
  if (protocol !== IP_PROTOCOL.tcp || (fragment & ~FRAGMENT.dont) !== 0) return undefined;
  if (!offload?.needsChecksum && segmentSum(bytes, packet.start, segment, end) !== 0xffff) return undefined;
  const syn = (tcpFlags & TCP_FLAG.syn) !== 0;
  return {
    from: { address: packet.source, port: packet.sourcePort },
    to: { address: packet.destination, port: packet.destinationPort },
    sequence: u32(bytes, segment + 4),
    acknowledgment: u32(bytes, segment + 8),
    syn,
    ack: (tcpFlags & TCP_FLAG.ack) !== 0,
    fin: (tcpFlags & TCP_FLAG.fin) !== 0,
    rst: (tcpFlags & TCP_FLAG.rst) !== 0,
    psh: (tcpFlags & TCP_FLAG.psh) !== 0,
    window: u16(bytes, segment + 14),
    ...(syn ? optionsOf(bytes.subarray(segment + TCP_HEADER, payload)) : undefined),
    payload: bytes.subarray(payload, end),
  };
}

const OPTION = { end: 0, nothing: 1, mss: 2, windowScale: 3 } as const;
/** RFC 7323 §2.3. */
const GREATEST_SHIFT = 14;

/** What of a SYN's options matters here; a list that is cut short or lies about lengths counts up to there (RFC 9293 §3.1). */
function optionsOf(options: Uint8Array): { mss?: number; windowShift?: number } {
  const found: { mss?: number; windowShift?: number } = {};
  for (let at = 0; at < options.length; ) {
    const kind = u8(options, at);
    if (kind === OPTION.end) break;
    if (kind === OPTION.nothing) {
      at += 1;
      continue;
    }
    const length = at + 1 < options.length ? u8(options, at + 1) : 0;
    if (length < 2 || at + length > options.length) break;
    if (kind === OPTION.mss && length === 4) found.mss = u16(options, at + 2);
    if (kind === OPTION.windowScale && length === 3) found.windowShift = Math.min(u8(options, at + 2), GREATEST_SHIFT);
    at += length;
  }
  return found;
}

/** A SYN's options: the greatest segment, and the window's shift when there is to be one, in whole words. */
export function synOptions(mss: number, windowShift: number | undefined): Uint8Array {
  const bytes = new Uint8Array(windowShift === undefined ? 4 : 8);
  bytes.set([OPTION.mss, 4, mss >>> 8, mss & 255]);
  if (windowShift !== undefined) bytes.set([OPTION.nothing, OPTION.windowScale, 3, windowShift], 4);
  return bytes;
}

/** Of an IP packet of the greatest length. */
export const LONGEST_PAYLOAD = 65535 - IPV4_HEADER - TCP_HEADER;

/** What follows IP's header in `mtu` bytes. */
export const segmentSizeOf = (mtu: number): number => mtu - IPV4_HEADER - TCP_HEADER;

/**
 * A segment in a frame, with `length` bytes of payload that `fill` writes. `segmentSize`: the greatest one of the path; more
 * goes as one frame that is several segments. `offload`: whether checksums and cutting are left to who takes the frame;
 * without it the payload fits in one segment.
 */
export function segmentFrame(
  fields: TcpFields,
  length: number,
  fill: (target: Uint8Array) => void,
  { segmentSize, offload }: { segmentSize: number; offload: boolean },
): Frame {
  const bytes = newTcpFrame(fields, length);
  const payloadStart = bytes.length - length;
  if (length > 0) fill(bytes.subarray(payloadStart));
  if (!offload) {
    putTcpChecksum(bytes, SEGMENT_START - IPV4_HEADER, SEGMENT_START, bytes.length);
    return { bytes };
  }
  const sum = pseudoHeaderSum(fields.source, fields.destination, IP_PROTOCOL.tcp, bytes.length - SEGMENT_START);
  put16(bytes, SEGMENT_START + TCP_CHECKSUM, fold(sum));
  const isSeveral = length > segmentSize;
  return {
    bytes,
    offload: {
      needsChecksum: true,
      csumStart: SEGMENT_START,
      csumOffset: TCP_CHECKSUM,
      gsoType: isSeveral ? "tcpv4" : "none",
      gsoSize: isSeveral ? segmentSize : 0,
      headerBytes: payloadStart,
    },
  };
}
