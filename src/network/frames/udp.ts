import { put16 } from "./bytes.ts";
import { complement, segmentSum } from "./checksum.ts";
import { ETHERNET_HEADER } from "./ethernet.ts";
import { IP_PROTOCOL, type Ipv4Fields, newIpv4Frame, SEGMENT_START } from "./ipv4.ts";

/** Ports, length, checksum (RFC 768). */
export const UDP_HEADER = 8;

/** Where the checksum is in the header. */
export const UDP_CHECKSUM = 6;

export interface UdpFields extends Ipv4Fields {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A datagram in a frame, with its checksums. */
export function udpFrame(fields: UdpFields, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = UDP_HEADER + payload.length;
  const bytes = newIpv4Frame(fields, IP_PROTOCOL.udp, length);
  put16(bytes, SEGMENT_START, fields.sourcePort);
  put16(bytes, SEGMENT_START + 2, fields.destinationPort);
  put16(bytes, SEGMENT_START + 4, length);
  bytes.set(payload, SEGMENT_START + UDP_HEADER);
  putUdpChecksum(bytes, ETHERNET_HEADER, SEGMENT_START, bytes.length);
  return bytes;
}

/** Never 0, which would say that there is none. */
export function putUdpChecksum(bytes: Uint8Array, start: number, segment: number, end: number): void {
  put16(bytes, segment + UDP_CHECKSUM, 0);
  put16(bytes, segment + UDP_CHECKSUM, complement(segmentSum(bytes, start, segment, end)) || 0xffff);
}
