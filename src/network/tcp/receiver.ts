import { ByteRing } from "./byte-ring.ts";

/** Gaps that are remembered: a peer that sends more of them sends what is beyond once more. */
const MAX_RANGES = 64;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The half of a connection that receives: puts the stream in order and says how much more may come. Places count the bytes
 * of the other side's stream from 1 on, as in the sender.
 */
export class Receiver {
  readonly #capacity: number;
  readonly #ring: ByteRing;
  readonly #shift: number;
  readonly #segmentSize: number;
  #next = 1;
  /** Where what has been promised to be taken ends: it never goes back (RFC 9293 §3.8.6.2.2). */
  #edge: number;
  /** Bytes in order that nobody has read. */
  #unread = 0;
  /** What came too early, in order, apart from each other. */
  #ranges: Range[] = [];
  #finAt: number | undefined;
  #discards = false;

  /** `capacity`: bytes, a power of two. `shift`: the window's scale in what we send. */
  constructor(capacity: number, shift: number, segmentSize: number) {
    this.#capacity = capacity;
    this.#ring = new ByteRing(capacity);
    this.#shift = shift;
    this.#segmentSize = segmentSize;
    // A SYN's window is never scaled (RFC 7323 §2.2).
    this.#edge = 1 + Math.min(capacity, 65535);
  }

  /** The place that is expected next; after FIN, the one after it. */
  get next(): number {
    return this.#next;
  }
  get unread(): number {
    return this.#unread;
  }
  /** All of the stream, FIN too, has come. */
  get isFinished(): boolean {
    return this.#finAt !== undefined && this.#next > this.#finAt;
  }
  get hasGaps(): boolean {
    return this.#ranges.length > 0;
  }

  /** Whether something of a segment of `length` places from `start` on is within the window (RFC 9293 §3.10.7.4). */
  accepts(start: number, length: number): boolean {
    if (start === this.#next) return true;
    if (start > this.#next) return start < this.#edge;
    return start + length > this.#next;
  }

  /** Takes what is new of `payload`, which begins at `start`, and FIN behind it. */
  take(start: number, payload: Uint8Array, fin: boolean): void {
    if (fin && start + payload.length <= this.#edge) this.#finAt ??= start + payload.length;
    const from = Math.max(start, this.#next);
    const to = Math.min(start + payload.length, this.#edge, this.#finAt ?? Number.POSITIVE_INFINITY);
    if (to > from && this.#remember({ start: from, end: to })) {
      if (!this.#discards) this.#ring.write(from - this.#base, payload.subarray(from - start, to - start));
      this.#advance();
    }
    if (this.#next === this.#finAt) this.#next += 1;
  }

  /** Up to `most` bytes of the stream. */
  read(most: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.min(most, this.#unread));
    this.#ring.read(0, bytes);
    this.#ring.drop(bytes.length);
    this.#unread -= bytes.length;
    return bytes;
  }

  /** From now on nobody reads: what comes is taken and forgotten. */
  discard(): void {
    this.#discards = true;
    this.#unread = 0;
    this.#ring.clear();
  }

  /** Says whether the window would grow by enough to be worth telling (RFC 9293 §3.8.6.2.2). */
  get wantsUpdate(): boolean {
    return (
      this.#possibleEdge - this.#edge >= Math.min(this.#capacity / 2, 2 * this.#segmentSize * this.#updateSegments)
    );
  }

  /** The window's field; what it says is a promise from then on. */
  announce(): number {
    const growth = this.#possibleEdge - this.#edge;
    if (growth >= Math.min(this.#capacity / 2, this.#segmentSize)) this.#edge = this.#possibleEdge;
    const field = Math.min(Math.max(0, this.#edge - this.#next) >>> this.#shift, 65535);
    return field;
  }

  /** An update for every frame that was read would be one for every frame that came. */
  get #updateSegments(): number {
    return this.#edge - this.#next < this.#capacity / 4 ? 1 : 16;
  }

  get #base(): number {
    return this.#next - this.#unread - (this.isFinished ? 1 : 0);
  }

  /** A multiple of the window's unit, so that what the field cannot say is not promised. */
  get #possibleEdge(): number {
    const free = this.#capacity - this.#unread;
    return this.#next + ((free >>> this.#shift) << this.#shift);
  }

  /** Notes what has come; false: there are too many gaps. */
  #remember(range: Range): boolean {
    const apart = this.#ranges.filter((other) => other.end < range.start || other.start > range.end);
    const joined = this.#ranges.filter((other) => other.end >= range.start && other.start <= range.end);
    if (apart.length >= MAX_RANGES && range.start > this.#next) return false;
    const start = Math.min(range.start, ...joined.map((other) => other.start));
    const end = Math.max(range.end, ...joined.map((other) => other.end));
    this.#ranges = [...apart, { start, end }].sort((a, b) => a.start - b.start);
    return true;
  }

  #advance(): void {
    const [first] = this.#ranges;
    if (first === undefined || first.start > this.#next) return;
    this.#ranges.shift();
    if (!this.#discards) this.#unread += first.end - this.#next;
    this.#next = first.end;
  }
}
