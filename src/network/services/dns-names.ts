import { formatAddress, parseAddress } from "../addresses.ts";
import type { Interface, PublicAddress, Vpc } from "../switch/topology.ts";
import { isPrivate } from "./service-addresses.ts";

/** The region whose names are without it (VPC User Guide, "DNS attributes for your VPC"). */
const FIRST_REGION = "us-east-1";

/** What follows the private names of a region. */
export const privateDomain = (region: string): string =>
  region === FIRST_REGION ? "ec2.internal" : `${region}.compute.internal`;

/** What follows the public names of a region. */
export const publicDomain = (region: string): string =>
  region === FIRST_REGION ? "compute-1.amazonaws.com" : `${region}.compute.amazonaws.com`;

const PRIVATE_PREFIX = "ip-";
const dashed = (address: number): string => formatAddress(address).replaceAll(".", "-");

/** "ip-10-0-0-5.ec2.internal"; the primary address has its interface's own name. */
const privateName = (one: Interface, address: number): string => {
  const host = address === one.primaryAddress ? one.model.hostname : PRIVATE_PREFIX + dashed(address);
  return `${host}.${privateDomain(one.vpc.region)}`;
};

/** "ec2-198-51-100-7.compute-1.amazonaws.com". */
export const publicName = (address: number, region: string): string => `ec2-${dashed(address)}.${publicDomain(region)}`;

const REVERSE_DOMAIN = ".in-addr.arpa";

/** What a VPC's resolver knows by itself of a name. */
export type Known =
  | { readonly address: number }
  | { readonly name: string }
  /** There are names below it, and nothing that it has itself (RFC 8020 §2). */
  | "branch"
  /** It is responsible for the name, and there is none. */
  | "none";

/**
 * What is known of `name`, in lower case; undefined: it is the world's to know. Names of other regions' instances and of
 * other VPCs' are not: private ones are known in their own VPC alone.
 */
export function lookUpName(
  name: string,
  vpc: Vpc,
  publicAddresses: ReadonlyMap<number, PublicAddress>,
): Known | undefined {
  if (name.endsWith(REVERSE_DOMAIN)) return reverse(name.slice(0, -REVERSE_DOMAIN.length), vpc, publicAddresses);
  const domain = privateDomain(vpc.region);
  if (name === domain) return "branch";
  if (name.endsWith(`.${domain}`)) return privateHost(name.slice(0, -domain.length - 1), vpc);
  return publicHost(name, vpc, publicAddresses);
}

function privateHost(host: string, vpc: Vpc): Known {
  const address = addressIn(host);
  if (address !== undefined && vpc.interfaces.has(address)) return { address };
  for (const other of vpc.interfaces.values())
    if (other.model.hostname.toLowerCase() === host) return { address: other.primaryAddress };
  return "none";
}

function addressIn(host: string): number | undefined {
  if (!host.startsWith(PRIVATE_PREFIX)) return undefined;
  const address = parseAddress(host.slice(PRIVATE_PREFIX.length).replaceAll("-", "."));
  // An address has one name: "ip-010-0-0-5" is none.
  return address !== undefined && host === PRIVATE_PREFIX + dashed(address) ? address : undefined;
}

const PUBLIC_NAME = /^ec2-(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})\.(?:compute-1|[a-z0-9-]+\.compute)\.amazonaws\.com$/;

/** Within its VPC a public name is the private address, everywhere else the public one. */
function publicHost(name: string, vpc: Vpc, publicAddresses: ReadonlyMap<number, PublicAddress>): Known | undefined {
  const digits = PUBLIC_NAME.exec(name)?.[1];
  const address = digits === undefined ? undefined : parseAddress(digits.replaceAll("-", "."));
  const found = address === undefined ? undefined : publicAddresses.get(address);
  if (found === undefined || address === undefined) return undefined;
  const owner = found.interface.vpc;
  if (!owner.dnsHostnames || publicName(address, owner.region) !== name) return undefined;
  return { address: owner === vpc ? found.privateAddress : address };
}

function reverse(digits: string, vpc: Vpc, publicAddresses: ReadonlyMap<number, PublicAddress>): Known | undefined {
  const parts = digits.split(".").reverse();
  const address = parseAddress(parts.join("."));
  if (address === undefined) return parts.length < 4 && parts.every(isByte) ? "branch" : "none";
  const one = vpc.interfaces.get(address);
  if (one !== undefined) return { name: privateName(one, address) };
  const found = publicAddresses.get(address);
  if (found?.interface.vpc.dnsHostnames) return { name: publicName(address, found.interface.vpc.region) };
  return isPrivate(address) ? "none" : undefined;
}

const isByte = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= 255;
