import { put16, u16 } from "../frames/bytes.ts";
import { putIpv4Checksum } from "../frames/checksum.ts";
import { ETHERNET_HEADER } from "../frames/ethernet.ts";
import { FRAGMENT } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";

/** Whether a packet is a piece of one. */
export const isFragment = ({ fragment }: ParsedPacket): boolean => (fragment & (FRAGMENT.more | FRAGMENT.offset)) !== 0;

/** Of one sender, at a time: a guest that answers a few large pings, or NFS over UDP, needs less. The oldest gives way. */
const MAX_DATAGRAMS = 16;
/** The longest packet has 45 in frames of 1500 bytes; who cuts finer is up to something. */
const MAX_PIECES = 64;
/** As Linux does (net.ipv4.ipfrag_time). */
const TIMEOUT_MS = 30_000;

interface Datagram {
  readonly since: number;
  /** Sorted, apart from each other. */
  readonly pieces: { readonly from: number; readonly to: number; readonly bytes: Uint8Array }[];
  /** Everything before the first piece's payload: Ethernet's and IP's header. */
  head: Uint8Array | undefined;
  /** Bytes of payload in all, once the last piece has come. */
  length: number | undefined;
}

/**
 * Puts together what comes in pieces (RFC 791 §3.2), for one interface: whoever looks at ports sees whole packets. Pieces
 * that overlap spoil their packet (RFC 5722 says so of IPv6: no honest sender makes any).
 */
export class Reassembler {
  readonly #datagrams = new Map<string, Datagram>();

  get size(): number {
    return this.#datagrams.size;
  }

  /** The frame of the whole packet once its last piece has come; "wait", or "refused", when it will not come to anything. */
  add(piece: ParsedPacket, now: number): Uint8Array | "wait" | "refused" {
    const { bytes, start, segment, end, fragment } = piece;
    const identification = u16(bytes, start + 4);
    const key = `${piece.source} ${piece.destination} ${piece.protocol} ${identification}`;
    const from = (fragment & FRAGMENT.offset) * 8;
    const to = from + end - segment;
    const isLast = (fragment & FRAGMENT.more) === 0;
    // All but the last are whole units of 8 bytes.
    if (to === from || (!isLast && (end - segment) % 8 !== 0)) return this.#refuse(key);
    this.#expire(now);
    const datagram = this.#datagrams.get(key) ?? this.#open(key, now);
    const { pieces } = datagram;
    if (pieces.length >= MAX_PIECES || pieces.some((other) => from < other.to && other.from < to))
      return this.#refuse(key);
    if (isLast) {
      if (datagram.length !== undefined) return this.#refuse(key);
      datagram.length = to;
    }
    if (from === 0) datagram.head = bytes.slice(0, segment);
    // The frame's memory is not ours to keep.
    pieces.push({ from, to, bytes: bytes.slice(segment, end) });
    const { length, head } = datagram;
    if (length !== undefined && pieces.some((other) => other.to > length)) return this.#refuse(key);
    const there = pieces.reduce((sum, other) => sum + other.to - other.from, 0);
    if (length === undefined || head === undefined || there < length) return "wait";
    this.#datagrams.delete(key);
    return join(head, pieces, length) ?? "refused";
  }

  #open(key: string, now: number): Datagram {
    if (this.#datagrams.size >= MAX_DATAGRAMS) {
      const [oldest] = this.#datagrams.keys();
      if (oldest !== undefined) this.#datagrams.delete(oldest);
    }
    const datagram: Datagram = { since: now, pieces: [], head: undefined, length: undefined };
    this.#datagrams.set(key, datagram);
    return datagram;
  }

  #refuse(key: string): "refused" {
    this.#datagrams.delete(key);
    return "refused";
  }

  #expire(now: number): void {
    for (const [key, { since }] of this.#datagrams) {
      if (now - since < TIMEOUT_MS) break;
      this.#datagrams.delete(key);
    }
  }
}

function join(head: Uint8Array, pieces: Datagram["pieces"], length: number): Uint8Array | undefined {
  const headerLength = head.length - ETHERNET_HEADER;
  if (headerLength + length > 65535) return undefined;
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  for (const { from, bytes: part } of pieces) bytes.set(part, head.length + from);
  put16(bytes, ETHERNET_HEADER + 2, headerLength + length);
  put16(bytes, ETHERNET_HEADER + 6, 0);
  putIpv4Checksum(bytes, ETHERNET_HEADER, headerLength);
  return bytes;
}

/** Cuts a packet that is longer than `mtu` into frames that are not. Its header's options go with every piece. */
export function fragmentsOf({ bytes, start, segment, end }: ParsedPacket, mtu: number): Uint8Array[] {
  const headerLength = segment - start;
  const most = Math.floor((mtu - headerLength) / 8) * 8;
  const frames: Uint8Array[] = [];
  for (let from = segment; from < end; from += most) {
    const to = Math.min(from + most, end);
    const frame = new Uint8Array(segment + to - from);
    frame.set(bytes.subarray(0, segment));
    frame.set(bytes.subarray(from, to), segment);
    put16(frame, start + 2, headerLength + to - from);
    put16(frame, start + 6, (to < end ? FRAGMENT.more : 0) | ((from - segment) / 8));
    putIpv4Checksum(frame, start, headerLength);
    frames.push(frame);
  }
  return frames;
}
