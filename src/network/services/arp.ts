import { formatAddress } from "../addresses.ts";
import { ARP_OPERATION, arpFrame, parseArp } from "../frames/arp.ts";
import { formatMac, sourceMac } from "../frames/ethernet.ts";
import type { Interface } from "../switch/topology.ts";
import { isLinkLocal } from "./service-addresses.ts";

export type ArpAnswer =
  | { readonly frame: Uint8Array }
  | { readonly refused: "arp-forged" | "arp-malformed"; readonly why: string }
  /** Nobody has the address, or nothing was asked. */
  | undefined;

/**
 * Answers ARP from an interface (RFC 826) for whoever has the address: questions go to nobody else, so there is nobody who
 * could answer wrongly. What claims an address or a card that is not its sender's is refused.
 */
export function answerArp(one: Interface, bytes: Uint8Array): ArpAnswer {
  const message = parseArp(bytes);
  if (message === undefined) return { refused: "arp-malformed", why: "not ARP for Ethernet and IPv4" };
  const { senderMac, senderAddress, targetAddress, operation } = message;
  // A probe for an address that one would like to have comes from 0.0.0.0 (RFC 5227 §2.1.1).
  const isOwn = senderAddress === 0 || one.addresses.has(senderAddress);
  if (senderMac !== one.mac || sourceMac(bytes) !== one.mac || !isOwn) {
    const why = `${formatAddress(senderAddress)} is said to be at ${formatMac(senderMac)}`;
    return { refused: "arp-forged", why };
  }
  // Replies and announcements are for caches of others, which learn from the network alone.
  if (operation !== ARP_OPERATION.request || one.addresses.has(targetAddress)) return undefined;
  const mac = macOf(one, targetAddress);
  if (mac === undefined) return undefined;
  const reply = {
    operation: ARP_OPERATION.reply,
    senderMac: mac,
    senderAddress: targetAddress,
    targetMac: one.mac,
    targetAddress: senderAddress,
  };
  return { frame: arpFrame(reply, one.mac) };
}

/** Neighbours have their own cards; the router, the services and whatever is not in the subnet are at the router's. */
function macOf({ vpc, subnet }: Interface, address: number): number | undefined {
  const { router, routerMac, range } = subnet;
  if (address === router || address === vpc.resolver || isLinkLocal(address)) return routerMac;
  const neighbour = vpc.interfaces.get(address);
  if (neighbour?.subnet === subnet) return neighbour.mac;
  const isOnLink = address >= range.first && address < range.first + range.size;
  return isOnLink ? undefined : routerMac;
}
