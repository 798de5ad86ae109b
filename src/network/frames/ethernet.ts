import { put16, put32, u8, u16, u32 } from "./bytes.ts";

/** Destination, source, type (IEEE 802.3 §3.1.1). */
export const ETHERNET_HEADER = 14;

export const ETHER_TYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd } as const;

/** MAC addresses are numbers of 48 bits. */
export const BROADCAST_MAC = 0xffffffffffff;

export const macAt = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2);

export function putMac(bytes: Uint8Array, at: number, mac: number): void {
  put16(bytes, at, Math.floor(mac / 2 ** 32));
  put32(bytes, at + 2, mac % 2 ** 32);
}

export const destinationMac = (bytes: Uint8Array): number => macAt(bytes, 0);
export const sourceMac = (bytes: Uint8Array): number => macAt(bytes, 6);
export const etherType = (bytes: Uint8Array): number => u16(bytes, 12);

/** Whether a frame is for more than one: broadcast is one of these (IEEE 802 §8.2.2). */
export const isGroupFrame = (bytes: Uint8Array): boolean => (u8(bytes, 0) & 1) === 1;

export function putEthernet(bytes: Uint8Array, destination: number, source: number, type: number): void {
  putMac(bytes, 0, destination);
  putMac(bytes, 6, source);
  put16(bytes, 12, type);
}

/** "02:00:0a:00:00:01" as a number; undefined when the text is none. */
export function parseMac(text: string): number | undefined {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return Number.parseInt(text.replaceAll(":", ""), 16);
}

export const formatMac = (mac: number): string =>
  mac
    .toString(16)
    .padStart(12, "0")
    .replace(/..(?!$)/g, "$&:");
