import { put16, put32 } from "./bytes.ts";
import { complement, segmentSum } from "./checksum.ts";
import { ETHERNET_HEADER } from "./ethernet.ts";
import { IP_PROTOCOL, type Ipv4Fields, newIpv4Frame, SEGMENT_START } from "./ipv4.ts";

/** Without options (RFC 793 §3.1). */
export const TCP_HEADER = 20;

/** Where the checksum is in the header. */
export const TCP_CHECKSUM = 16;

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export interface TcpFields extends Ipv4Fields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  /** 0 without ACK. */
  readonly acknowledgment?: number;
  readonly flags: number;
  /** As in the header, not scaled. */
  readonly window?: number;
  /** Whole words of 4 bytes, 40 bytes at most. */
  readonly options?: Uint8Array;
}

/** A segment in a frame, with `length` bytes of zeros for payload, and without TCP's checksum. */
export function newTcpFrame(fields: TcpFields, length: number): Uint8Array<ArrayBuffer> {
  const { options = NOTHING } = fields;
  const header = TCP_HEADER + options.length;
  const bytes = newIpv4Frame(fields, IP_PROTOCOL.tcp, header + length);
  put16(bytes, SEGMENT_START, fields.sourcePort);
  put16(bytes, SEGMENT_START + 2, fields.destinationPort);
  put32(bytes, SEGMENT_START + 4, fields.sequence);
  put32(bytes, SEGMENT_START + 8, fields.acknowledgment ?? 0);
  bytes[SEGMENT_START + 12] = (header / 4) << 4;
  bytes[SEGMENT_START + 13] = fields.flags;
  put16(bytes, SEGMENT_START + 14, fields.window ?? 0xffff);
  bytes.set(options, SEGMENT_START + TCP_HEADER);
  return bytes;
}

/** A segment in a frame, with its checksums. */
export function tcpFrame(fields: TcpFields, payload: Uint8Array = NOTHING): Uint8Array<ArrayBuffer> {
  const bytes = newTcpFrame(fields, payload.length);
  bytes.set(payload, bytes.length - payload.length);
  putTcpChecksum(bytes, ETHERNET_HEADER, SEGMENT_START, bytes.length);
  return bytes;
}

export function putTcpChecksum(bytes: Uint8Array, start: number, segment: number, end: number): void {
  put16(bytes, segment + TCP_CHECKSUM, 0);
  put16(bytes, segment + TCP_CHECKSUM, complement(segmentSum(bytes, start, segment, end)));
}

const NOTHING = new Uint8Array(0);
