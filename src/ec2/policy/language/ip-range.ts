interface Address {
  readonly bits: bigint;
  readonly width: 32 | 128;
}

/** The addresses of a CIDR block (RFC 4632, RFC 4291 §2.3), or a single one. */
export interface IpRange {
  readonly network: bigint;
  readonly width: 32 | 128;
  readonly hostBits: bigint;
}

/** Reads `203.0.113.0/24`, `2001:db8::/32`, or an address; `undefined` for anything else. */
export function readIpRange(text: string): IpRange | undefined {
  const [addressText = "", lengthText, ...rest] = text.split("/");
  const address = readAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  const { bits, width } = address;
  const length = lengthText === undefined ? width : readDecimal(lengthText, width);
  if (length === undefined) return undefined;
  const hostBits = BigInt(width - length);
  return { network: bits >> hostBits, width, hostBits };
}

/** Says whether `text` is an address in the range; an IPv4 address is never in a range of IPv6. */
export function isInRange(text: string, { network, width, hostBits }: IpRange): boolean {
  const address = readAddress(text);
  return address?.width === width && address.bits >> hostBits === network;
}

const readAddress = (text: string): Address | undefined => (text.includes(":") ? readIpv6(text) : readIpv4(text));

function readIpv4(text: string): Address | undefined {
  const bytes = text.split(".").map((part) => readDecimal(part, 255));
  if (bytes.length !== 4 || !bytes.every((byte) => byte !== undefined)) return undefined;
  return { bits: bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n), width: 32 };
}

const IPV6_GROUPS = 8;

/** RFC 4291 §2.2: groups of 16 bits, one run of zeros as `::`, the last 32 bits perhaps as IPv4. */
function readIpv6(text: string): Address | undefined {
  const halves = text.split("::").map(readGroups);
  const [head, tail] = halves;
  if (head === undefined || halves.length > 2 || (halves.length === 2 && tail === undefined)) return undefined;
  const given = head.length + (tail?.length ?? 0);
  // `::` stands for at least one group of zeros (RFC 5952 §4.2.2 would want two, but readers take one).
  if (halves.length === 1 ? given !== IPV6_GROUPS : given >= IPV6_GROUPS) return undefined;
  const zeros = new Array<number>(IPV6_GROUPS - given).fill(0);
  const groups = [...head, ...zeros, ...(tail ?? [])];
  return { bits: groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n), width: 128 };
}

function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const embedded = last.includes(".") ? readIpv4(last) : undefined;
  if (embedded !== undefined) {
    const bits = Number(embedded.bits);
    parts.splice(-1, 1, (bits >>> 16).toString(16), (bits & 0xffff).toString(16));
  }
  if (!parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  return parts.map((part) => Number.parseInt(part, 16));
}

/** No leading zeros: some read those as octal. */
function readDecimal(text: string, most: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}
