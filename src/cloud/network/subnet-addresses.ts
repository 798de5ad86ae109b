import { CloudError } from "../../base/errors.ts";
import { formatAddress, isWithin, parseAddress, rangeOf } from "../../network/addresses.ts";
import type { Registry } from "../registry.ts";

/** What has addresses to give. */
interface Subnet {
  readonly id: string;
  readonly cidrBlock: string;
}

/** The first four addresses of a subnet and its last are not given away (VPC User Guide, "Subnet CIDR blocks"; F52). */
export const RESERVED_ADDRESSES = 5;
const FIRST_FREE = 4;

/** The addresses that are in use in a subnet. */
export const addressesOf = ({ interfacesInSubnet }: Registry, subnetId: string): Set<string> =>
  new Set(
    interfacesInSubnet
      .of(subnetId)
      .flatMap(([, { privateIpAddress, secondaryPrivateIps }]) => [privateIpAddress, ...secondaryPrivateIps]),
  );

/** What is asked for of an interface's addresses. */
interface Asked {
  readonly privateIpAddress?: string;
  readonly secondaryPrivateIpAddresses?: readonly string[];
  readonly secondaryPrivateIpAddressCount?: number;
}

/** The addresses of an interface for each of `count` instances, the primary one first; `taken` has them then. */
export function chooseAddresses(subnet: Subnet, taken: Set<string>, asked: Asked, count: number): string[][] {
  const {
    privateIpAddress,
    secondaryPrivateIpAddresses: others = [],
    secondaryPrivateIpAddressCount: more = 0,
  } = asked;
  if (others.length > 0 && more > 0) {
    const text = "Say either which secondary private IP addresses, or how many.";
    throw new CloudError("InvalidParameterCombination", text, { subnetId: subnet.id });
  }
  const take = (address: string) => {
    const checked = checkAddress(address, subnet, taken, count);
    taken.add(checked);
    return checked;
  };
  const primary = privateIpAddress === undefined ? [] : [take(privateIpAddress)];
  const secondary = others.map(take);
  const free = freeAddresses(subnet, taken, count * (1 + more) - primary.length);
  for (const address of free) taken.add(address);
  const all = [...primary, ...free];
  return Array.from({ length: count }, (_, i) => [
    all[i] as string,
    ...secondary,
    ...all.slice(count + i * more, count + (i + 1) * more),
  ]);
}

/** The lowest ones. */
export function freeAddresses({ id, cidrBlock }: Subnet, taken: ReadonlySet<string>, count: number): string[] {
  const { first, size } = rangeOf(cidrBlock);
  const free: string[] = [];
  for (let host = FIRST_FREE; host < size - 1 && free.length < count; host++) {
    const address = formatAddress(first + host);
    if (!taken.has(address)) free.push(address);
  }
  if (free.length === count) return free;
  const text = `There are not enough free addresses in subnet '${id}' to satisfy the requested number of instances: there are ${free.length}.`;
  throw new CloudError("InsufficientFreeAddressesInSubnet", text, { subnetId: id, free: free.length, count });
}

/** One that was asked for, as it is written. */
export function checkAddress(
  text: string,
  { id, cidrBlock }: Subnet,
  taken: ReadonlySet<string>,
  count: number,
): string {
  const details = { privateIpAddress: text, subnetId: id };
  if (count > 1) {
    const why = "A private IP address can be given to one instance only: launch one at a time.";
    throw new CloudError("InvalidParameterCombination", why, details);
  }
  const address = parseAddress(text);
  const range = rangeOf(cidrBlock);
  const invalid = (why: string) => new CloudError("InvalidParameterValue", why, details);
  if (address === undefined) throw invalid(`Value (${text.slice(0, 64)}) for parameter privateIpAddress is invalid.`);
  if (!isWithin(range, address)) throw invalid(`Address ${text} does not fall within the subnet's address range`);
  const host = address - range.first;
  if (host < FIRST_FREE || host === range.size - 1)
    throw invalid(`Address ${text} is in subnet's reserved address range`);
  const canonical = formatAddress(address);
  if (!taken.has(canonical)) return canonical;
  throw new CloudError("InvalidIPAddress.InUse", `Address ${canonical} is in use.`, details);
}
