import { u8 } from "../frames/bytes.ts";
import type { Offload } from "../frames/frame.ts";

/**
 * The header of a virtio network card's packets, `struct virtio_net_hdr` (virtio 1.2 §5.1.6), little-endian. Frames
 * travel between threads with it, so that they go into and out of guests as they are.
 */
export const PACKET_HEADER_BYTES = 12;

const F_NEEDS_CSUM = 1;
const GSO_NONE = 0;
const GSO_TCPV4 = 1;
/** Explicit congestion notification goes on in the pieces; we do not offer it, and leave it as it is. */
const GSO_ECN = 0x80;

const u16le = (bytes: Uint8Array, at: number): number => u8(bytes, at) | (u8(bytes, at + 1) << 8);

function put16le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

/**
 * Reads the header that a packet begins with: `undefined` when nothing is left to be done of its frame, "malformed" when it
 * asks for what was not offered or lies outside of the frame. It comes from a guest.
 */
export function readPacketHeader(packet: Uint8Array): Offload | undefined | "malformed" {
  const flags = u8(packet, 0);
  const gso = u8(packet, 1) & ~GSO_ECN;
  const needsChecksum = (flags & F_NEEDS_CSUM) !== 0;
  if (!needsChecksum) return gso === GSO_NONE ? undefined : "malformed";
  if (gso !== GSO_NONE && gso !== GSO_TCPV4) return "malformed";
  const gsoSize = u16le(packet, 4);
  const csumStart = u16le(packet, 6);
  const csumOffset = u16le(packet, 8);
  if (PACKET_HEADER_BYTES + csumStart + csumOffset + 2 > packet.length) return "malformed";
  if (gso === GSO_TCPV4 && gsoSize === 0) return "malformed";
  return {
    needsChecksum,
    csumStart,
    csumOffset,
    gsoType: gso === GSO_TCPV4 ? "tcpv4" : "none",
    gsoSize: gso === GSO_TCPV4 ? gsoSize : 0,
    headerBytes: u16le(packet, 2),
  };
}

/** Writes the header of a packet's frame; it is one buffer long until the guest's card knows better. */
export function writePacketHeader(packet: Uint8Array, offload: Offload | undefined): void {
  packet[0] = offload?.needsChecksum ? F_NEEDS_CSUM : 0;
  packet[1] = offload?.gsoType === "tcpv4" ? GSO_TCPV4 : GSO_NONE;
  put16le(packet, 2, offload?.headerBytes ?? 0);
  put16le(packet, 4, offload?.gsoSize ?? 0);
  put16le(packet, 6, offload?.needsChecksum ? offload.csumStart : 0);
  put16le(packet, 8, offload?.needsChecksum ? offload.csumOffset : 0);
  put16le(packet, BUFFERS_OFFSET, 1);
}

/** Where a received packet says over how many of the guest's buffers it goes. */
export const BUFFERS_OFFSET = 10;
