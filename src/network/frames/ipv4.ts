import { put16, put32 } from "./bytes.ts";
import { putIpv4Checksum } from "./checksum.ts";
import { ETHER_TYPE, ETHERNET_HEADER, putEthernet } from "./ethernet.ts";

/** Without options (RFC 791 §3.1). */
export const IPV4_HEADER = 20;

export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Bits of the header's word of flags and offset. */
export const FRAGMENT = { dont: 0x4000, more: 0x2000, offset: 0x1fff } as const;

/** As Linux and EC2's own answers have it. */
export const DEFAULT_TTL = 64;

/** The headers of a packet of ours. Unsaid MAC addresses are 0: who sends it on fills them in. */
export interface Ipv4Fields {
  readonly source: number;
  readonly destination: number;
  readonly sourceMac?: number;
  readonly destinationMac?: number;
  readonly ttl?: number;
  readonly identification?: number;
  /** Flags and offset, as in the header. Don't fragment by default. */
  readonly fragment?: number;
}

/** Where the segment of a frame made here begins. */
export const SEGMENT_START = ETHERNET_HEADER + IPV4_HEADER;

/** A frame with its Ethernet and IP header, and `length` bytes of zeros from `SEGMENT_START` on. */
export function newIpv4Frame(fields: Ipv4Fields, protocol: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SEGMENT_START + length);
  const { source, destination, sourceMac = 0, destinationMac = 0 } = fields;
  putEthernet(bytes, destinationMac, sourceMac, ETHER_TYPE.ipv4);
  bytes[14] = 0x45;
  put16(bytes, 16, IPV4_HEADER + length);
  put16(bytes, 18, fields.identification ?? 0);
  put16(bytes, 20, fields.fragment ?? FRAGMENT.dont);
  bytes[22] = fields.ttl ?? DEFAULT_TTL;
  bytes[23] = protocol;
  put32(bytes, 26, source);
  put32(bytes, 30, destination);
  putIpv4Checksum(bytes, ETHERNET_HEADER, IPV4_HEADER);
  return bytes;
}
