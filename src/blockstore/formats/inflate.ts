import { malformed, truncated } from "./errors.ts";
import { HuffmanTable } from "./inflate-table.ts";

// DecompressionStream does not say where deflate data ends, and takes what follows for an error. A qcow2 cluster has
// the rest of a sector behind it, and a gzip file may have another member: so this is done here (RFC 1951).

/** How far back a match may reach (RFC 1951 §3.2.5). */
export const INFLATE_WINDOW_BYTES = 32 * 1024;
/** The longest match: so much room the output must have for a symbol. */
export const INFLATE_STEP_BYTES = 258;

/** The longest block header: 3 + 14 bits, 19 lengths of 3 bits, and 320 of at most 7 + 7 bits. */
const MAX_HEADER_BYTES = 640;
/** What one symbol of a block can take: 15 + 5 + 15 + 13 bits, and what the bit buffer reads ahead. */
const MAX_SYMBOL_BYTES = 16;
const PAD_BYTES = MAX_HEADER_BYTES;

const END_OF_BLOCK = 256;
/** RFC 1951 §3.2.7. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

/** RFC 1951 §3.2.5: extra bits of lengths (codes 257 to 285) and distances; the bases follow from them. */
const LENGTH_EXTRA = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
);
const LENGTH_BASE = Uint16Array.from(LENGTH_EXTRA, (_, code) =>
  code === 28 ? 258 : 3 + LENGTH_EXTRA.subarray(0, code).reduce((sum, bits) => sum + (1 << bits), 0),
);
const DISTANCE_EXTRA = Uint8Array.from({ length: 30 }, (_, code) => (code < 2 ? 0 : (code >> 1) - 1));
const DISTANCE_BASE = Uint16Array.from(DISTANCE_EXTRA, (_, code) =>
  DISTANCE_EXTRA.subarray(0, code).reduce((sum, bits) => sum + (1 << bits), 1),
);

const FIXED_LITERALS = new HuffmanTable();
FIXED_LITERALS.build(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
  false,
);
const FIXED_DISTANCES = new HuffmanTable();
FIXED_DISTANCES.build(new Uint8Array(32).fill(5), false);

type Phase = "header" | "stored" | "symbols" | "end";

/** What it waits for: more input, room in the output (see `slide`), or nothing any more. */
export type InflateStop = "input" | "output" | "end";

/** Unpacks one stream of deflate data, as far as input and output go. Throws `Image.Malformed`, `Image.Truncated`. */
export class Inflater {
  output: Uint8Array<ArrayBuffer>;
  /** Where in the output the next byte goes. */
  position = 0;
  #input: Uint8Array = new Uint8Array(PAD_BYTES);
  #at = 0;
  #end = 0;
  #final = false;
  #bits = 0;
  #bitCount = 0;
  #phase: Phase = "header";
  #lastBlock = false;
  #storedLeft = 0;
  #literals = FIXED_LITERALS;
  #distances = FIXED_DISTANCES;
  readonly #ownLiterals = new HuffmanTable();
  readonly #ownDistances = new HuffmanTable();
  readonly #lengths = new Uint8Array(320);

  /** What is unpacked goes into `output`, which is also the window that matches come from. */
  constructor(output: Uint8Array<ArrayBuffer>) {
    this.output = output;
  }

  /** Starts a new stream. Input that is left over is dropped. */
  reset(output = this.output): void {
    this.output = output;
    this.position = 0;
    this.#phase = "header";
    this.#lastBlock = false;
    this.#dropBits();
    this.#at = 0;
    this.#end = 0;
    this.#final = false;
  }

  /** Adds input. `final`: there is no more. */
  push(bytes: Uint8Array, final: boolean): void {
    this.#giveBackBytes();
    const left = this.#end - this.#at;
    const needed = left + bytes.byteLength + PAD_BYTES;
    const input = this.#input.byteLength >= needed ? this.#input : new Uint8Array(needed * 2);
    input.set(this.#input.subarray(this.#at, this.#end));
    input.set(bytes, left);
    input.fill(0, left + bytes.byteLength, needed);
    this.#input = input;
    this.#at = 0;
    this.#end = left + bytes.byteLength;
    this.#final = final;
  }

  /** The input that is not used up; at "end" it is what follows the stream. */
  leftOver(): Uint8Array {
    this.#dropBits();
    const rest = this.#input.slice(this.#at, this.#end);
    this.#at = this.#end;
    return rest;
  }

  /** Makes room: keeps what matches may still reach. What was before `position` must have been taken. */
  slide(): void {
    const keep = Math.min(this.position, INFLATE_WINDOW_BYTES);
    this.output.copyWithin(0, this.position - keep, this.position);
    this.position = keep;
  }

  /** Unpacks until something is missing. */
  run(): InflateStop {
    try {
      for (;;) {
        if (this.#phase === "end") return "end";
        const stop = this.#step();
        if (stop !== undefined) return stop;
      }
    } catch (thrown) {
      // What makes no sense may be the padding behind input that is cut off.
      this.#checkInput();
      throw thrown;
    }
  }

  #step(): InflateStop | undefined {
    if (this.#phase === "header") return this.#header();
    return this.#phase === "stored" ? this.#stored() : this.#symbols();
  }

  #nextBlock(): void {
    this.#phase = this.#lastBlock ? "end" : "header";
  }

  #header(): InflateStop | undefined {
    if (!this.#final && this.#end - this.#at < MAX_HEADER_BYTES) return "input";
    this.#lastBlock = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 3) throw malformed("its compressed data has a block of a type that does not exist");
    if (type === 0) {
      this.#dropBits();
      const length = this.#take(16);
      if (this.#take(16) !== (~length & 0xffff)) {
        throw malformed("its compressed data has a block whose length and its check do not agree");
      }
      this.#dropBits();
      this.#storedLeft = length;
      this.#phase = "stored";
    } else {
      if (type === 2) this.#readCodes();
      this.#literals = type === 2 ? this.#ownLiterals : FIXED_LITERALS;
      this.#distances = type === 2 ? this.#ownDistances : FIXED_DISTANCES;
      this.#phase = "symbols";
    }
    this.#checkInput();
    return undefined;
  }

  /** RFC 1951 §3.2.7. */
  #readCodes(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const orders = this.#take(4) + 4;
    if (literals > 286 || distances > 30)
      throw malformed("its compressed data has a Huffman code with too many symbols");
    const lengths = this.#lengths.fill(0);
    for (let i = 0; i < orders; i++) lengths[LENGTH_ORDER[i] as number] = this.#take(3);
    const table = this.#ownLiterals;
    table.build(lengths.subarray(0, 19), false);
    const codes = new Uint8Array(literals + distances);
    for (let i = 0; i < codes.length; ) {
      const symbol = this.#symbol(table);
      if (symbol < 16) {
        codes[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw malformed("its compressed data repeats a code length before the first");
      const value = symbol === 16 ? (codes[i - 1] as number) : 0;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (i + times > codes.length) throw malformed("its compressed data repeats a code length past the last");
      codes.fill(value, i, i + times);
      i += times;
    }
    if (codes[END_OF_BLOCK] === 0) throw malformed("its compressed data has a block that cannot end");
    this.#ownLiterals.build(codes.subarray(0, literals), true);
    this.#ownDistances.build(codes.subarray(literals), true);
  }

  #stored(): InflateStop | undefined {
    const step = Math.min(this.#storedLeft, this.#end - this.#at, this.output.byteLength - this.position);
    this.output.set(this.#input.subarray(this.#at, this.#at + step), this.position);
    this.#at += step;
    this.position += step;
    this.#storedLeft -= step;
    if (this.#storedLeft === 0) this.#nextBlock();
    else if (this.position === this.output.byteLength) return "output";
    else if (this.#final) throw truncated("its compressed data is cut off");
    else return "input";
    return undefined;
  }

  #symbols(): InflateStop | undefined {
    const { output } = this;
    const input = this.#input;
    const literals = this.#literals.entries;
    const distances = this.#distances.entries;
    const { rootMask } = this.#literals;
    const roomUntil = output.byteLength - INFLATE_STEP_BYTES;
    const inputUntil = this.#final ? this.#end : this.#end - MAX_SYMBOL_BYTES;
    let [at, bits, bitCount, position] = [this.#at, this.#bits, this.#bitCount, this.position];
    let stop: InflateStop | undefined;
    for (;;) {
      if (position > roomUntil) {
        stop = "output";
        break;
      }
      if (at - (bitCount >>> 3) > inputUntil) {
        if (this.#final) throw truncated("its compressed data is cut off");
        stop = "input";
        break;
      }
      for (; bitCount <= 24; bitCount += 8) bits |= (input[at++] as number) << bitCount;
      let entry = literals[bits & rootMask] as number;
      if ((entry & 15) === 0) {
        if (entry === 0) throw noSuchCode();
        entry = literals[
          (entry >>> 8) + ((bits >>> HuffmanTable.rootBits) & ((1 << ((entry >>> 4) & 15)) - 1))
        ] as number;
        if (entry === 0) throw noSuchCode();
      }
      bits >>>= entry & 15;
      bitCount -= entry & 15;
      const symbol = entry >>> 4;
      if (symbol < END_OF_BLOCK) {
        output[position++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        this.#nextBlock();
        break;
      }
      // The fixed code has two lengths and two distances that stand for nothing.
      if (symbol > 285) throw noSuchCode();
      let extra = LENGTH_EXTRA[symbol - 257] as number;
      const length = (LENGTH_BASE[symbol - 257] as number) + (bits & ((1 << extra) - 1));
      bits >>>= extra;
      bitCount -= extra;
      for (; bitCount <= 24; bitCount += 8) bits |= (input[at++] as number) << bitCount;
      entry = distances[bits & rootMask] as number;
      if ((entry & 15) === 0) {
        if (entry === 0) throw noSuchCode();
        entry = distances[
          (entry >>> 8) + ((bits >>> HuffmanTable.rootBits) & ((1 << ((entry >>> 4) & 15)) - 1))
        ] as number;
        if (entry === 0) throw noSuchCode();
      }
      bits >>>= entry & 15;
      bitCount -= entry & 15;
      if (entry >>> 4 > 29) throw noSuchCode();
      for (; bitCount <= 24; bitCount += 8) bits |= (input[at++] as number) << bitCount;
      extra = DISTANCE_EXTRA[entry >>> 4] as number;
      const distance = (DISTANCE_BASE[entry >>> 4] as number) + (bits & ((1 << extra) - 1));
      bits >>>= extra;
      bitCount -= extra;
      if (distance > position) {
        this.#at = at;
        this.#bitCount = bitCount;
        throw malformed("its compressed data refers to what is before its begin");
      }
      for (const end = position + length; position < end; position++) {
        output[position] = output[position - distance] as number;
      }
    }
    this.#at = at;
    this.#bits = bits;
    this.#bitCount = bitCount;
    this.position = position;
    this.#checkInput();
    return stop;
  }

  /** One symbol of a block's header. */
  #symbol({ entries, rootMask }: HuffmanTable): number {
    this.#fill();
    // Code lengths have codes of at most 7 bits: there are no subtables.
    const entry = entries[this.#bits & rootMask] as number;
    if (entry === 0) throw noSuchCode();
    this.#bits >>>= entry & 15;
    this.#bitCount -= entry & 15;
    return entry >>> 4;
  }

  /** At most 16 bits. */
  #take(count: number): number {
    this.#fill();
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #fill(): void {
    for (; this.#bitCount <= 24; this.#bitCount += 8) {
      this.#bits |= (this.#input[this.#at++] as number) << this.#bitCount;
    }
  }

  /** To the next whole byte of the input. */
  #dropBits(): void {
    this.#giveBackBytes();
    this.#bits = 0;
    this.#bitCount = 0;
  }

  /** What the bit buffer has read ahead is input again. */
  #giveBackBytes(): void {
    this.#at -= this.#bitCount >>> 3;
    this.#bitCount &= 7;
    this.#bits &= (1 << this.#bitCount) - 1;
  }

  /** The padding behind the input was read as if it were input. */
  #checkInput(): void {
    if (this.#at - (this.#bitCount >>> 3) > this.#end) throw truncated("its compressed data is cut off");
  }
}

const noSuchCode = () => malformed("its compressed data has a code that does not exist");

/** Unpacks the clusters of a qcow2 image, one after the other. */
export class ClusterInflater {
  readonly #inflater = new Inflater(new Uint8Array(0));

  /**
   * The first `length` bytes of raw deflate data, valid until the next cluster. What it has beyond them, and what is behind its end, is left alone, as
   * qcow2 wants; if it has fewer, `Image.Malformed`.
   */
  unpack(packed: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    const inflater = this.#inflater;
    // A match may go past the last byte that is wanted, but none begins there.
    const bytes = length + INFLATE_STEP_BYTES - 1;
    inflater.reset(inflater.output.byteLength === bytes ? inflater.output : new Uint8Array(bytes));
    inflater.push(packed, true);
    inflater.run();
    if (inflater.position < length) throw malformed(`a compressed cluster has less than ${length} bytes`);
    return inflater.output.subarray(0, length);
  }
}
