import { u16 } from "./bytes.ts";
import { ipv4ChecksumHolds, segmentSum, sumOf } from "./checksum.ts";
import type { Offload } from "./frame.ts";
import { IP_PROTOCOL } from "./ipv4.ts";
import type { ParsedPacket } from "./parse.ts";
import { UDP_CHECKSUM } from "./udp.ts";

/** Who receives a packet looks whether it has come as it was sent; what goes on to a guest is the guest's to check. */
export function checksumsHold(packet: ParsedPacket, offload: Offload | undefined): boolean {
  const { bytes, start, segment, end, protocol } = packet;
  if (!ipv4ChecksumHolds(bytes, start, segment - start)) return false;
  if (offload?.needsChecksum) return true;
  if (protocol === IP_PROTOCOL.icmp) return sumOf(bytes, segment, end) === 0xffff;
  if (protocol === IP_PROTOCOL.udp) {
    const to = segment + u16(bytes, segment + 4);
    return u16(bytes, segment + UDP_CHECKSUM) === 0 || segmentSum(bytes, start, segment, to) === 0xffff;
  }
  // TCP's endpoint looks itself.
  return true;
}
