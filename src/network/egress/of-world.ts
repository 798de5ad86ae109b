import { parseAddress } from "../addresses.ts";
import { isForNobody, isPrivate } from "../services/service-addresses.ts";

/**
 * Names that are the local network's, or the computer's own, as all without a domain are: RFC 6761 §6.3, RFC 6762 §3,
 * RFC 8375, and "internal", which ICANN keeps for that (resolution 2024.07.29.06).
 */
const LOCAL = /\.(?:localhost|local|internal|home\.arpa)\.?$/i;

/**
 * Whether a host, by name or address, is out there: neither the computer that would ask for it, nor next to it. What a name
 * of the world leads to knows only who looks it up.
 */
export function isOfWorld(host: string): boolean {
  // There is no IPv6 here.
  if (!/^[\w.-]+$/.test(host) || !URL.canParse(`http://${host}/`)) return false;
  // One form of the many that an address can be written in: "127.1", "0x7f000001", "2130706433".
  const { hostname } = new URL(`http://${host}/`);
  const address = parseAddress(hostname);
  if (address !== undefined) return !isPrivate(address) && !isForNobody(address) && !isShared(address);
  return /\.[^.]+\.?$/.test(hostname) && !LOCAL.test(hostname);
}

/** 100.64.0.0/10: behind a provider's NAT, and in private overlays (RFC 6598). */
const isShared = (address: number): boolean => address >>> 22 === 0x191;
