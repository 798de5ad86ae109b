import { put16, u32 } from "./bytes.ts";

/** The sum of 16-bit words that the Internet checksum is made of (RFC 1071), folded; an odd last byte counts as high. */
export function sumOf(bytes: Uint8Array, from: number, to: number, sum = 0): number {
  const even = to - ((to - from) & 1);
  // 65 535 bytes of words add up to less than 2^31, so that nothing needs folding on the way.
  for (let at = from; at < even; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  if (even < to) sum += (bytes[even] as number) << 8;
  return fold(sum);
}

/** To 16 bits, end-around carry. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

export const complement = (sum: number): number => ~sum & 0xffff;

/** Of what precedes TCP and UDP in their checksums (RFC 793 §3.1): both addresses, the protocol, the segment's length. */
export const pseudoHeaderSum = (source: number, destination: number, protocol: number, length: number): number =>
  fold(
    (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + (length & 0xffff),
  );

/** A checksum after a 16-bit word that it covers has become another (RFC 1624, equation 3). */
export const updated = (checksum: number, old: number, now: number): number =>
  complement(fold(complement(checksum) + complement(old) + now));

/** A checksum after a 32-bit word that it covers has become another. */
export const updated32 = (checksum: number, old: number, now: number): number =>
  updated(updated(checksum, old >>> 16, now >>> 16), old & 0xffff, now & 0xffff);

/** Writes the checksum of the IPv4 header at `start`. */
export function putIpv4Checksum(bytes: Uint8Array, start: number, headerLength: number): void {
  put16(bytes, start + 10, 0);
  put16(bytes, start + 10, complement(sumOf(bytes, start, start + headerLength)));
}

/** Whether the IPv4 header at `start` is what its checksum says. */
export const ipv4ChecksumHolds = (bytes: Uint8Array, start: number, headerLength: number): boolean =>
  sumOf(bytes, start, start + headerLength) === 0xffff;

/** The sum over a TCP or UDP segment of the IPv4 packet at `start`, with its pseudo-header and whatever its checksum is. */
export function segmentSum(bytes: Uint8Array, start: number, segmentStart: number, end: number): number {
  const source = u32(bytes, start + 12);
  const destination = u32(bytes, start + 16);
  const protocol = bytes[start + 9] as number;
  return sumOf(bytes, segmentStart, end, pseudoHeaderSum(source, destination, protocol, end - segmentStart));
}
