import { formatAddress, type Ipv4Range, parseAddress, rangeOf } from "../../network/addresses.ts";
import { invalidValue } from "./network-errors.ts";

/**
 * A block as it is written in RFC 4632, made canonical as EC2 does it: "100.68.0.18/18" is "100.68.0.0/18". Undefined when the
 * text is none.
 */
export function canonicalCidr(text: unknown): string | undefined {
  const [, address = "", length = ""] = /^([\d.]{7,15})\/(\d{1,2})$/.exec(String(text)) ?? [];
  const number = parseAddress(address);
  const bits = Number(length);
  if (number === undefined || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  return `${formatAddress(Math.floor(number / size) * size)}/${bits}`;
}

/** Throws `InvalidParameterValue`. `parameter` is EC2's name for where it stands. */
export function checkCidr(text: unknown, parameter: string): string {
  const canonical = canonicalCidr(text);
  if (canonical !== undefined) return canonical;
  const shown = String(text).slice(0, 64);
  throw invalidValue(`Value (${shown}) for parameter ${parameter} is invalid. This is not a valid CIDR block.`, {
    parameter,
    value: shown,
  });
}

export const prefixLengthOf = (cidrBlock: string): number => Number(cidrBlock.split("/")[1]);

export const overlap = (a: string, b: string): boolean => {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  return one.first < endOf(other) && other.first < endOf(one);
};

export const contains = (outer: string, inner: string): boolean => {
  const [one, other] = [rangeOf(outer), rangeOf(inner)];
  return one.first <= other.first && endOf(other) <= endOf(one);
};

const endOf = ({ first, size }: Ipv4Range): number => first + size;
