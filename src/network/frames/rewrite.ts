import { put16, put32, u16, u32 } from "./bytes.ts";
import { sumOf, updated, updated32 } from "./checksum.ts";
import { putPartialChecksum } from "./finish.ts";
import type { Offload } from "./frame.ts";
import { ICMP_HEADER } from "./icmp.ts";
import { quotedIn } from "./icmp-errors.ts";
import { IP_PROTOCOL } from "./ipv4.ts";
import type { ParsedPacket } from "./parse.ts";
import { TCP_CHECKSUM } from "./tcp.ts";
import { UDP_CHECKSUM } from "./udp.ts";

export type Side = "source" | "destination";

export interface NewAddress {
  readonly address: number;
  /** Of TCP and UDP; of ICMP the identifier. As before when it is not said. */
  readonly port?: number;
}

/** Gives a packet another address, where it lies, and keeps its checksums right (RFC 1624, RFC 3022 §4.2). */
export function rewrite(
  packet: ParsedPacket,
  side: Side,
  { address, port }: NewAddress,
  offload: Offload | undefined,
): ParsedPacket {
  const { bytes, start, protocol } = packet;
  const isPartial = offload?.needsChecksum ?? false;
  const checksumAt = isPartial ? undefined : checksumOf(packet);
  const coversAddresses = protocol !== IP_PROTOCOL.icmp;
  const before = packet[side];
  putAddress(bytes, start, side, address);
  if (checksumAt !== undefined && coversAddresses)
    put16(bytes, checksumAt, updated32(u16(bytes, checksumAt), before, address));
  if (port !== undefined) {
    const at = portAt(packet, side);
    const old = u16(bytes, at);
    put16(bytes, at, port);
    if (checksumAt !== undefined) put16(bytes, checksumAt, updated(u16(bytes, checksumAt), old, port));
  }
  // UDP's 0 says that there is no checksum (RFC 768).
  if (protocol === IP_PROTOCOL.udp && checksumAt !== undefined && u16(bytes, checksumAt) === 0)
    put16(bytes, checksumAt, 0xffff);
  const changed = { ...packet, [side]: address, ...(port === undefined ? {} : portField(packet, side, port)) };
  if (isPartial) putPartialChecksum(changed);
  return changed;
}

/**
 * The same for the packet that an ICMP error quotes, which went the other way. Its IP header's checksum is kept right; that
 * of the protocol cannot be, since most of what it covers is not there (RFC 5508 §4.2).
 */
export function rewriteQuoted(packet: ParsedPacket, side: Side, { address, port }: NewAddress): void {
  const quoted = quotedIn(packet);
  if (quoted.malformed !== undefined) return;
  const { bytes, segment, payload, end } = packet;
  const before = sumOf(bytes, payload, end);
  putAddress(bytes, quoted.start, side, address);
  if (port !== undefined) put16(bytes, portAt(quoted, side), port);
  // By what has changed, so that a message that was spoilt on its way stays so.
  put16(bytes, segment + 2, updated(u16(bytes, segment + 2), before, sumOf(bytes, payload, end)));
}

/** One hop less. */
export function decrementTtl({ bytes, start }: ParsedPacket): void {
  const old = u16(bytes, start + 8);
  put16(bytes, start + 8, old - 0x100);
  put16(bytes, start + 10, updated(u16(bytes, start + 10), old, old - 0x100));
}

function putAddress(bytes: Uint8Array, start: number, side: Side, address: number): void {
  const at = start + (side === "source" ? 12 : 16);
  put16(bytes, start + 10, updated32(u16(bytes, start + 10), u32(bytes, at), address));
  put32(bytes, at, address);
}

/** Undefined: the packet's protocol has none, or it says that there is none. */
function checksumOf({ bytes, segment, protocol }: ParsedPacket): number | undefined {
  if (protocol === IP_PROTOCOL.tcp) return segment + TCP_CHECKSUM;
  if (protocol === IP_PROTOCOL.icmp) return segment + 2;
  if (protocol !== IP_PROTOCOL.udp) return undefined;
  return u16(bytes, segment + UDP_CHECKSUM) === 0 ? undefined : segment + UDP_CHECKSUM;
}

function portAt({ segment, protocol }: ParsedPacket, side: Side): number {
  if (protocol === IP_PROTOCOL.icmp) return segment + ICMP_HEADER - 4;
  return side === "source" ? segment : segment + 2;
}

function portField({ protocol }: ParsedPacket, side: Side, port: number): Partial<ParsedPacket> {
  if (protocol === IP_PROTOCOL.icmp) return { icmpIdentifier: port };
  return side === "source" ? { sourcePort: port } : { destinationPort: port };
}
