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

/**
 * Reads the header at `at` of a frame of `frameBytes`: `undefined` when nothing is left to be done, "malformed" when it
 * asks for what was not offered or lies outside of the frame. It comes from a guest.
 */
export function readPacketHeader(view: DataView, at: number, frameBytes: number): Offload | undefined | "malformed" {
  const flags = view.getUint8(at);
  const gso = view.getUint8(at + 1) & ~GSO_ECN;
  const needsChecksum = (flags & F_NEEDS_CSUM) !== 0;
  if (!needsChecksum) return gso === GSO_NONE ? undefined : "malformed";
  if (gso !== GSO_NONE && gso !== GSO_TCPV4) return "malformed";
  const gsoSize = view.getUint16(at + 4, true);
  const csumStart = view.getUint16(at + 6, true);
  const csumOffset = view.getUint16(at + 8, true);
  if (csumStart + csumOffset + 2 > frameBytes) return "malformed";
  if (gso === GSO_TCPV4 && gsoSize === 0) return "malformed";
  return {
    needsChecksum,
    csumStart,
    csumOffset,
    gsoType: gso === GSO_TCPV4 ? "tcpv4" : "none",
    gsoSize: gso === GSO_TCPV4 ? gsoSize : 0,
    headerBytes: view.getUint16(at + 2, true),
  };
}

/** Writes the header of a frame; it is one buffer long until the guest's card knows better. */
export function writePacketHeader(view: DataView, at: number, offload: Offload | undefined): void {
  view.setUint8(at, offload?.needsChecksum ? F_NEEDS_CSUM : 0);
  view.setUint8(at + 1, offload?.gsoType === "tcpv4" ? GSO_TCPV4 : GSO_NONE);
  view.setUint16(at + 2, offload?.headerBytes ?? 0, true);
  view.setUint16(at + 4, offload?.gsoSize ?? 0, true);
  view.setUint16(at + 6, offload?.needsChecksum ? offload.csumStart : 0, true);
  view.setUint16(at + 8, offload?.needsChecksum ? offload.csumOffset : 0, true);
  view.setUint16(at + BUFFERS_OFFSET, 1, true);
}

/** Where a received packet says over how many of the guest's buffers it goes. */
export const BUFFERS_OFFSET = 10;
