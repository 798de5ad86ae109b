import { put16, put32, u8, u16, u32 } from "./bytes.ts";
import { ETHER_TYPE, ETHERNET_HEADER, macAt, putEthernet, putMac } from "./ethernet.ts";

/** For Ethernet and IPv4 (RFC 826). */
export const ARP_LENGTH = 28;
export const ARP_OPERATION = { request: 1, reply: 2 } as const;

export interface ArpMessage {
  readonly operation: number;
  readonly senderMac: number;
  readonly senderAddress: number;
  readonly targetMac: number;
  readonly targetAddress: number;
}

/** The message in a frame of ARP's type; undefined: cut short, or not for Ethernet and IPv4. */
export function parseArp(bytes: Uint8Array): ArpMessage | undefined {
  const at = ETHERNET_HEADER;
  if (bytes.length < at + ARP_LENGTH) return undefined;
  const isKnown =
    u16(bytes, at) === 1 &&
    u16(bytes, at + 2) === ETHER_TYPE.ipv4 &&
    u8(bytes, at + 4) === 6 &&
    u8(bytes, at + 5) === 4;
  if (!isKnown) return undefined;
  return {
    operation: u16(bytes, at + 6),
    senderMac: macAt(bytes, at + 8),
    senderAddress: u32(bytes, at + 14),
    targetMac: macAt(bytes, at + 18),
    targetAddress: u32(bytes, at + 24),
  };
}

export function arpFrame(message: ArpMessage, destinationMac: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ETHERNET_HEADER + ARP_LENGTH);
  const at = ETHERNET_HEADER;
  putEthernet(bytes, destinationMac, message.senderMac, ETHER_TYPE.arp);
  put16(bytes, at, 1);
  put16(bytes, at + 2, ETHER_TYPE.ipv4);
  bytes[at + 4] = 6;
  bytes[at + 5] = 4;
  put16(bytes, at + 6, message.operation);
  putMac(bytes, at + 8, message.senderMac);
  put32(bytes, at + 14, message.senderAddress);
  putMac(bytes, at + 18, message.targetMac);
  put32(bytes, at + 24, message.targetAddress);
  return bytes;
}
