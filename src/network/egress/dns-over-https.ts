import { CloudError } from "../../base/errors.ts";
import { parseAddress } from "../addresses.ts";
import type { ResolveOutside } from "../services/dns.ts";
import { addressData, DNS_CODE, DNS_TYPE, type DnsRecord } from "../services/dns-message.ts";

const TIMEOUT_MS = 5000;
/** Of an answer: hundreds of addresses. */
const MAX_ANSWER = 64 * 1024;

interface JsonAnswer {
  readonly Status?: unknown;
  readonly Answer?: readonly { readonly type?: unknown; readonly TTL?: unknown; readonly data?: unknown }[];
}

/**
 * Asks a resolver by its JSON API, which pages may (RFC 8484's messages have no names for it; Google's and Cloudflare's
 * resolvers and others have both). Addresses of version 4 only, as the network has no others; other types have no records.
 */
export function resolveByHttps(url: string, fetchFrom: typeof fetch): ResolveOutside {
  return async (name, type) => {
    if (type !== DNS_TYPE.a && type !== DNS_TYPE.any) return [];
    const question = new URL(url);
    question.searchParams.set("name", name);
    question.searchParams.set("type", "A");
    const response = await fetchFrom(question, {
      headers: { accept: "application/dns-json" },
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok || text.length > MAX_ANSWER) throw failed(url, `its answer is ${response.status}`);
    const answer = JSON.parse(text) as JsonAnswer;
    if (answer.Status === DNS_CODE.noSuchName) return "no-such-name";
    if (answer.Status !== DNS_CODE.ok) throw failed(url, `it says ${answer.Status}`);
    return (Array.isArray(answer.Answer) ? answer.Answer : []).flatMap(({ type: kind, TTL, data }) => {
      const address = kind === DNS_TYPE.a && typeof data === "string" ? parseAddress(data) : undefined;
      return address === undefined ? [] : [addressRecord(address, typeof TTL === "number" ? TTL : 0)];
    });
  };
}

export const addressRecord = (address: number, ttlSeconds: number): DnsRecord => ({
  type: DNS_TYPE.a,
  ttlSeconds,
  data: addressData(address),
});

const failed = (url: string, why: string) =>
  new CloudError("Network.ResolverUnavailable", `The resolver ${url} cannot be asked: ${why}.`, { url });
