/** IPv4 addresses as numbers, so that a range of them can be counted (RFC 4632). */
export interface Ipv4Range {
  readonly first: number;
  readonly size: number;
}

/** The address as a number; undefined when the text is none. */
export function parseAddress(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** The range of a CIDR block of ours, e.g. "172.31.16.0/20". */
export function rangeOf(cidrBlock: string): Ipv4Range {
  const [address = "", length = ""] = cidrBlock.split("/");
  const first = parseAddress(address);
  if (first === undefined) throw new TypeError(`${cidrBlock} is no CIDR block`);
  return { first, size: 2 ** (32 - Number(length)) };
}

export const isWithin = ({ first, size }: Ipv4Range, address: number): boolean =>
  address >= first && address < first + size;
