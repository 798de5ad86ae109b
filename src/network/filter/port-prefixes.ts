/** Numbers of 16 bits that begin with the same `length` bits as `first`, whose others are 0. */
export interface PortPrefix {
  readonly first: number;
  readonly length: number;
}

const BITS = 16;

/** The bits of a number of 16 bits that a prefix of `length` compares. */
export const portMask = (length: number): number => (0xffff << (BITS - length)) & 0xffff;

/**
 * The fewest prefixes that cover `from` to `to`, both included: 30 at most. So a range becomes a few keys of a hash table,
 * whatever other ranges it overlaps with.
 */
export function* portPrefixes(from: number, to: number): Generator<PortPrefix> {
  let first = from;
  while (first <= to) {
    let length = BITS;
    // Widen while it begins at a boundary of the wider prefix and ends within the range.
    while (length > 0 && (first & portMask(length - 1)) === first && first + 2 ** (BITS - length + 1) - 1 <= to)
      length--;
    yield { first, length };
    first += 2 ** (BITS - length);
  }
}
