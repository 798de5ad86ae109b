import { put16, put32, u8, u16 } from "../frames/bytes.ts";

export const DNS_TYPE = { a: 1, ptr: 12, aaaa: 28, opt: 41, any: 255 } as const;
export const DNS_CODE = {
  ok: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** A record about the name that was asked for. `data`: as in the message, without compression (RFC 1035 §3.3). */
export interface DnsRecord {
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: Uint8Array;
}

export interface DnsQuery {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  /** In lower case, without the dot at the end. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as it was asked, to be repeated in the answer. */
  readonly question: Uint8Array;
  /** How long an answer may be, in bytes: over UDP 512, or what EDNS says (RFC 6891 §6.2.3). */
  readonly limit: number;
  readonly hasEdns: boolean;
}

const HEADER = 12;
const MAX_NAME = 255;
const MAX_LABEL = 63;
export const CLASS_INTERNET = 1;

/** Without EDNS (RFC 1035 §4.2.1), and the most that we send: no frame is longer than a packet may be. */
const PLAIN_LIMIT = 512;
const MOST = 1232;
/** What the length before a message can say (RFC 1035 §4.2.2). */
const MOST_BY_TCP = 65_535;

export type DnsTransport = "udp" | "tcp";

const FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  desired: 0x0100,
  available: 0x0080,
} as const;

/**
 * A query with one question. "format-error" has an id to answer with; undefined: it is none, or an answer, and is not to be
 * answered (RFC 1035 §4.1.1).
 */
export function parseDnsQuery(bytes: Uint8Array, transport: DnsTransport): DnsQuery | "format-error" | undefined {
  if (bytes.length < HEADER || (u16(bytes, 2) & FLAG.response) !== 0) return undefined;
  const flags = u16(bytes, 2);
  if (u16(bytes, 4) !== 1) return "format-error";
  const name = readName(bytes, HEADER);
  if (name === undefined || name.end + 4 > bytes.length) return "format-error";
  const end = name.end + 4;
  const limit = ednsLimit(bytes, end);
  return {
    id: u16(bytes, 0),
    opcode: (flags >>> 11) & 15,
    recursionDesired: (flags & FLAG.desired) !== 0,
    name: name.text,
    type: u16(bytes, name.end),
    class: u16(bytes, name.end + 2),
    question: bytes.slice(HEADER, end),
    limit: transport === "tcp" ? MOST_BY_TCP : Math.min(Math.max(limit ?? PLAIN_LIMIT, PLAIN_LIMIT), MOST),
    hasEdns: limit !== undefined,
  };
}

/** A question's name has nothing before it that it could be abbreviated by: a pointer is an error. */
function readName(bytes: Uint8Array, from: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = from;
  while (at < bytes.length && at - from < MAX_NAME) {
    const length = u8(bytes, at);
    if (length === 0) return { text: labels.join("."), end: at + 1 };
    if (length > MAX_LABEL || at + 1 + length > bytes.length) return undefined;
    // Byte by byte: a name may have any in it (RFC 2181 §11).
    labels.push(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length)).toLowerCase());
    at += 1 + length;
  }
  return undefined;
}

/** What an OPT record as the first additional one says; clients send no other records. */
function ednsLimit(bytes: Uint8Array, at: number): number | undefined {
  const hasNoOther = u16(bytes, 6) === 0 && u16(bytes, 8) === 0;
  if (!hasNoOther || u16(bytes, 10) === 0 || at + 11 > bytes.length) return undefined;
  return u8(bytes, at) === 0 && u16(bytes, at + 1) === DNS_TYPE.opt ? u16(bytes, at + 3) : undefined;
}

export interface DnsAnswer {
  readonly code: number;
  readonly records: readonly DnsRecord[];
  readonly authoritative: boolean;
}

/** Records that do not fit are left out, and the answer says so. */
export function dnsResponse(query: DnsQuery, { code, records, authoritative }: DnsAnswer): Uint8Array {
  const room = query.limit - HEADER - query.question.length - (query.hasEdns ? OPT_BYTES : 0);
  const kept: DnsRecord[] = [];
  let used = 0;
  for (const record of records) {
    used += RECORD_HEADER + record.data.length;
    if (used > room) break;
    kept.push(record);
  }
  const sizes = kept.reduce((sum, { data }) => sum + RECORD_HEADER + data.length, 0);
  const bytes = new Uint8Array(HEADER + query.question.length + sizes + (query.hasEdns ? OPT_BYTES : 0));
  put16(bytes, 0, query.id);
  put16(
    bytes,
    2,
    FLAG.response |
      (query.opcode << 11) |
      (authoritative ? FLAG.authoritative : 0) |
      (kept.length < records.length ? FLAG.truncated : 0) |
      (query.recursionDesired ? FLAG.desired : 0) |
      FLAG.available |
      code,
  );
  put16(bytes, 4, 1);
  put16(bytes, 6, kept.length);
  put16(bytes, 10, query.hasEdns ? 1 : 0);
  bytes.set(query.question, HEADER);
  let at = HEADER + query.question.length;
  for (const { type, ttlSeconds, data } of kept) {
    // The name is the question's (RFC 1035 §4.1.4).
    put16(bytes, at, 0xc000 | HEADER);
    put16(bytes, at + 2, type);
    put16(bytes, at + 4, CLASS_INTERNET);
    put32(bytes, at + 6, ttlSeconds);
    put16(bytes, at + 10, data.length);
    bytes.set(data, at + RECORD_HEADER);
    at += RECORD_HEADER + data.length;
  }
  if (query.hasEdns) {
    put16(bytes, at + 1, DNS_TYPE.opt);
    put16(bytes, at + 3, MOST);
  }
  return bytes;
}

const RECORD_HEADER = 12;
const OPT_BYTES = 11;

/** That the query cannot be read. */
export function formatErrorResponse(query: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  bytes.set(query.subarray(0, 2));
  put16(bytes, 2, FLAG.response | (u16(query, 2) & 0x7800) | DNS_CODE.formatError);
  return bytes;
}

/** A name as records' data have it; labels that are too long cannot come up in names of ours. */
export function nameData(name: string): Uint8Array {
  const labels = name.split(".").map((label) => new TextEncoder().encode(label));
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]);
}

export function addressData(address: number): Uint8Array {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, address);
  return bytes;
}
