import { type Clock, withDeadline } from "../../base/clock.ts";
import type { PublicAddress, Vpc } from "../switch/topology.ts";
import {
  addressData,
  CLASS_INTERNET,
  DNS_CODE,
  DNS_TYPE,
  type DnsQuery,
  type DnsRecord,
  type DnsTransport,
  dnsResponse,
  formatErrorResponse,
  nameData,
  parseDnsQuery,
} from "./dns-message.ts";
import { type Known, lookUpName } from "./dns-names.ts";

/**
 * What the world knows of a name: its records of one type (a number, RFC 1035 §3.2.2), none when it has none of them;
 * "no-such-name" when there is no such name. Rejects when the world cannot be asked.
 */
export type ResolveOutside = (name: string, type: number) => Promise<readonly DnsRecord[] | "no-such-name">;

/** EC2's own names are known for a minute. */
const TTL_SECONDS = 60;

/** How many questions for the world an interface may have under way: EC2 takes 1024 packets a second; more are dropped. */
const MAX_PENDING = 64;

/** After this a guest's resolver has asked again: it is told that there is no answer (resolv.conf(5), timeout 5 s). */
const TIMEOUT_MS = 5000;

export interface DnsContext {
  readonly clock: Clock;
  readonly vpc: Vpc;
  readonly publicAddresses: ReadonlyMap<number, PublicAddress>;
  /** Undefined: there is no way out. */
  readonly outside: ResolveOutside | undefined;
  /** Of the interface that asks. */
  readonly pending: { count: number };
  readonly transport: DnsTransport;
}

/**
 * Answers a DNS message from within a VPC: at once, or when the world has answered. Undefined: it is not answered, since it
 * is no query, or one too many.
 */
export function answerDns(message: Uint8Array, context: DnsContext): Uint8Array | Promise<Uint8Array> | undefined {
  const query = parseDnsQuery(message, context.transport);
  if (query === undefined) return undefined;
  if (query === "format-error") return formatErrorResponse(message);
  const failure = (code: number) => dnsResponse(query, { code, records: [], authoritative: false });
  if (query.opcode !== 0) return failure(DNS_CODE.notImplemented);
  if (query.class !== CLASS_INTERNET) return failure(DNS_CODE.refused);
  const known = lookUpName(query.name, context.vpc, context.publicAddresses);
  if (known !== undefined) return answerKnown(query, known);
  const { clock, outside, pending } = context;
  // Without a way out there is nobody to ask: no name of the world exists here.
  if (outside === undefined) return failure(DNS_CODE.noSuchName);
  if (pending.count >= MAX_PENDING) return undefined;
  pending.count++;
  return ask(query, outside, clock).finally(() => {
    pending.count--;
  });
}

function answerKnown(query: DnsQuery, known: Known): Uint8Array {
  if (known === "none") return dnsResponse(query, { code: DNS_CODE.noSuchName, records: [], authoritative: true });
  if (known === "branch") return dnsResponse(query, { code: DNS_CODE.ok, records: [], authoritative: true });
  const record: DnsRecord =
    "address" in known
      ? { type: DNS_TYPE.a, ttlSeconds: TTL_SECONDS, data: addressData(known.address) }
      : { type: DNS_TYPE.ptr, ttlSeconds: TTL_SECONDS, data: nameData(known.name) };
  const isAskedFor = query.type === record.type || query.type === DNS_TYPE.any;
  return dnsResponse(query, { code: DNS_CODE.ok, records: isAskedFor ? [record] : [], authoritative: true });
}

async function ask(query: DnsQuery, outside: ResolveOutside, clock: Clock): Promise<Uint8Array> {
  const answer = (code: number, records: readonly DnsRecord[] = []) =>
    dnsResponse(query, { code, records, authoritative: false });
  try {
    const found = await withDeadline(clock, TIMEOUT_MS, outside(query.name, query.type), "The look-up of a name");
    return found === "no-such-name" ? answer(DNS_CODE.noSuchName) : answer(DNS_CODE.ok, found);
  } catch {
    // Whatever it was, the guest is told in DNS's words; the world's side reports its own failures.
    return answer(DNS_CODE.serverFailure);
  }
}
