import { malformed } from "./errors.ts";

/** Bits that the first look-up takes; longer codes need a second one. */
const ROOT_BITS = 10;
/** RFC 1951 §3.2.7. */
const MAX_CODE_BITS = 15;
/** Codes longer than the root share at most this many subtables of at most 32 entries: one for each symbol. */
const MAX_ENTRIES = (1 << ROOT_BITS) + 288 * (1 << (MAX_CODE_BITS - ROOT_BITS));

/**
 * A Huffman code, ready to look up by the next bits of the stream.
 *
 * Of an entry the low four bits are the code's length, the rest is its symbol. Length 0 is a link to a subtable: bits
 * 4–7 are how many further bits it takes, the rest is where it begins. Entry 0 is a code that does not exist.
 */
export class HuffmanTable {
  readonly entries = new Uint32Array(MAX_ENTRIES);
  readonly rootMask = (1 << ROOT_BITS) - 1;
  static readonly rootBits = ROOT_BITS;
  readonly #counts = new Uint16Array(MAX_CODE_BITS + 1);
  readonly #next = new Uint16Array(MAX_CODE_BITS + 1);
  readonly #deepest = new Uint8Array(1 << ROOT_BITS);

  /**
   * Builds the canonical code of these lengths (RFC 1951 §3.2.2). It must be complete: only a code of one symbol
   * (§3.2.7) or of none may leave bits unused, and only where `sparse`.
   */
  build(lengths: Uint8Array, sparse: boolean): void {
    const used = this.#count(lengths, sparse);
    this.entries.fill(0, 0, 1 << ROOT_BITS);
    if (used === 0) return;
    this.#measureSubtables(lengths);
    let free = 1 << ROOT_BITS;
    const begins = new Map<number, number>();
    this.#startCodes();
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] as number;
      if (length === 0) continue;
      const code = reversed(this.#takeCode(length), length);
      const entry = (symbol << 4) | length;
      if (length <= ROOT_BITS) {
        for (let at = code; at <= this.rootMask; at += 1 << length) this.entries[at] = entry;
        continue;
      }
      const root = code & this.rootMask;
      const subBits = (this.#deepest[root] as number) - ROOT_BITS;
      let begin = begins.get(root);
      if (begin === undefined) {
        begin = free;
        begins.set(root, begin);
        free += 1 << subBits;
        this.entries.fill(0, begin, free);
        this.entries[root] = (begin << 8) | (subBits << 4);
      }
      const step = 1 << (length - ROOT_BITS);
      for (let at = code >>> ROOT_BITS; at < 1 << subBits; at += step) this.entries[begin + at] = entry;
    }
  }

  #count(lengths: Uint8Array, sparse: boolean): number {
    const counts = this.#counts.fill(0);
    for (const length of lengths) counts[length] = (counts[length] as number) + 1;
    const used = lengths.length - (counts[0] as number);
    counts[0] = 0;
    let left = 1;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      left = left * 2 - (counts[length] as number);
      if (left < 0) throw malformed("its compressed data has a Huffman code with too many symbols");
    }
    const excused = sparse && (used === 0 || (used === 1 && counts[1] === 1));
    if (left > 0 && !excused) throw malformed("its compressed data has a Huffman code with too few symbols");
    return used;
  }

  #startCodes(): void {
    let code = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code = (code + (this.#counts[length - 1] as number)) << 1;
      this.#next[length] = code;
    }
  }

  #takeCode(length: number): number {
    const code = this.#next[length] as number;
    this.#next[length] = code + 1;
    return code;
  }

  /** The longest code behind each entry of the root. */
  #measureSubtables(lengths: Uint8Array): void {
    this.#deepest.fill(0);
    this.#startCodes();
    for (const length of lengths) {
      if (length === 0) continue;
      const code = this.#takeCode(length);
      if (length <= ROOT_BITS) continue;
      const root = reversed(code, length) & this.rootMask;
      if (length > (this.#deepest[root] as number)) this.#deepest[root] = length;
    }
  }
}

/** Huffman codes go into the stream with their first bit first, all else with its lowest (RFC 1951 §3.1.1). */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result = (result << 1) | ((code >>> bit) & 1);
  return result;
}
