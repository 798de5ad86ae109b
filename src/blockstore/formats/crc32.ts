/** The polynomial of RFC 1952 §8, bits reversed. */
const POLYNOMIAL = 0xedb88320;
const SLICES = 4;

/** Table k: the checksum of a byte with k zero bytes behind it, so that four bytes go at once. */
const TABLES = Array.from({ length: SLICES }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  (TABLES[0] as Int32Array)[byte] = sum;
}
for (let slice = 1; slice < SLICES; slice++) {
  const [first, before, table] = [TABLES[0], TABLES[slice - 1], TABLES[slice]] as [Int32Array, Int32Array, Int32Array];
  for (let byte = 0; byte < 256; byte++) {
    const sum = before[byte] as number;
    table[byte] = (sum >>> 8) ^ (first[sum & 255] as number);
  }
}
const [T0, T1, T2, T3] = TABLES as [Int32Array, Int32Array, Int32Array, Int32Array];

/** CRC-32 of RFC 1952, unsigned; goes on from the `sum` of what came before. */
export function crc32(bytes: Uint8Array, sum = 0): number {
  let state = ~sum;
  let i = 0;
  for (const fours = bytes.length & ~3; i < fours; i += 4) {
    state ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    state =
      (T3[state & 255] as number) ^
      (T2[(state >>> 8) & 255] as number) ^
      (T1[(state >>> 16) & 255] as number) ^
      (T0[state >>> 24] as number);
  }
  for (; i < bytes.length; i++) state = (state >>> 8) ^ (T0[(state ^ (bytes[i] as number)) & 255] as number);
  return ~state >>> 0;
}
