import { concat } from "../../base/bytes.ts";

/** DER (X.690), as far as a certificate and a signature need it to be written. */
type Bytes = Uint8Array<ArrayBuffer>;

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

function element(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const digits = length < 128 ? [] : [...base256(length)];
  const header = [tag, ...(length < 128 ? [length] : [0x80 | digits.length, ...digits])];
  return concat([Uint8Array.from(header), ...contents]);
}

function* base256(number: number): Generator<number> {
  if (number > 255) yield* base256(Math.floor(number / 256));
  yield number % 256;
}

export const sequence = (...parts: readonly Uint8Array[]): Bytes => element(TAG.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]): Bytes => element(TAG.set, ...parts);
/** Context-specific, constructed. */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Bytes => element(0xa0 | number, ...parts);
export const octets = (bytes: Uint8Array): Bytes => element(TAG.octetString, bytes);
export const bits = (bytes: Uint8Array): Bytes => element(TAG.bitString, Uint8Array.of(0), bytes);
export const nothing = (): Bytes => element(TAG.null);
export const utf8 = (text: string): Bytes => element(TAG.utf8String, new TextEncoder().encode(text));

/** Not negative; most significant byte first. */
export function integer(bytes: Uint8Array | number): Bytes {
  const digits = typeof bytes === "number" ? Uint8Array.from(base256(bytes)) : bytes;
  const first = digits.findIndex((digit) => digit !== 0);
  const shortest = first < 0 ? Uint8Array.of(0) : digits.subarray(first);
  return element(TAG.integer, ...((shortest[0] as number) >= 128 ? [Uint8Array.of(0), shortest] : [shortest]));
}

/** Of an identifier in dotted form. */
export function oid(text: string): Bytes {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const digits = [number & 127];
    for (let left = number >>> 7; left > 0; left >>>= 7) digits.unshift((left & 127) | 128);
    bytes.push(...digits);
  }
  return element(TAG.oid, Uint8Array.from(bytes));
}

/** Milliseconds since the epoch, told to the second; RFC 5280 §4.1.2.5: two digits for the year until 2049, then four. */
export function time(ms: number): Bytes {
  const digits = `${new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
  const isShort = new Date(ms).getUTCFullYear() < 2050;
  return element(isShort ? TAG.utcTime : TAG.generalizedTime, new TextEncoder().encode(digits.slice(isShort ? 2 : 0)));
}
