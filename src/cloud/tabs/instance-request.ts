import { CloudError } from "../../base/errors.ts";
import type { FetchOptions } from "./instance-connection-options.ts";

/** A request to a port of an instance. */
export interface WantedRequest {
  readonly port: number;
  readonly target: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  /** It does no harm twice (RFC 9110 §9.2.2), and its body can be sent twice. */
  readonly isRepeatable: boolean;
}

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);
/** A tunnel is `connect`'s business. */
const FORBIDDEN = new Set(["CONNECT"]);
/** Of another server's, or about a body that is not sent again (Fetch standard, "HTTP-redirect fetch"). */
const OF_ORIGIN = ["authorization", "cookie", "host", "origin"];
const OF_BODY = ["content-encoding", "content-language", "content-location", "content-type"];

/** As fetch takes it. `InvalidParameterValue` for what cannot be asked. */
export async function requestOf(
  path: string,
  port: number,
  { method: named = "GET", headers: fields, body: given }: Pick<FetchOptions, "method" | "headers" | "body">,
): Promise<WantedRequest> {
  const method = named.toUpperCase();
  if (FORBIDDEN.has(method)) throw invalid(`The method ${method} cannot be used here.`);
  if (given !== undefined && given !== null && /^(GET|HEAD)$/.test(method)) {
    throw invalid(`A request by ${method} has no body.`);
  }
  const headers = new Headers(fields);
  const body = given === undefined || given === null ? undefined : await bodyOf(given, headers);
  const isRepeatable = IDEMPOTENT.has(method) && !(body instanceof ReadableStream);
  return { port, target: targetOf(path), method, headers, isRepeatable, ...(body !== undefined && { body }) };
}

/**
 * What a redirect leads to (Fetch standard, "HTTP-redirect fetch"): the same instance, on whatever port. Anywhere else, and
 * with a body that is gone, it is `Network.RedirectNotFollowed`.
 */
export function nextRequest(before: WantedRequest, status: number, location: string, from: string): WantedRequest {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const called = before.headers.get("host");
  const own = [new URL(from).hostname, ...(called === null ? [] : [new URL(`http://${called}`).hostname])];
  if (url?.protocol !== "http:" || !own.includes(url.hostname)) {
    throw notFollowed(`The server redirects to ${location}, which is not this instance.`, location);
  }
  const headers = new Headers(before.headers);
  const port = Number(url.port || 80);
  if (port !== before.port) for (const name of OF_ORIGIN) headers.delete(name);
  const next = { ...before, port, target: url.pathname + url.search, headers };
  const becomesGet = status === 303 ? before.method !== "HEAD" : status < 303 && before.method === "POST";
  if (becomesGet) {
    for (const name of OF_BODY) headers.delete(name);
    const { body: _, ...rest } = next;
    return { ...rest, method: "GET", isRepeatable: true };
  }
  if (before.body instanceof ReadableStream) {
    throw notFollowed(`The server redirects to ${location}, and the request's stream cannot be sent again.`, location);
  }
  return next;
}

/** Escaped, and without a fragment. */
function targetOf(path: string): string {
  const { pathname, search } = new URL(`http://instance${path.startsWith("/") ? path : `/${path}`}`);
  return pathname + search;
}

/** The bytes of it, and what kind they are where nobody says so (Fetch standard, "extract a body"). */
async function bodyOf(
  given: NonNullable<FetchOptions["body"]>,
  headers: Headers,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  if (given instanceof ReadableStream || given instanceof Uint8Array) return given;
  const taken = new Response(given);
  const type = taken.headers.get("content-type");
  if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
  return new Uint8Array(await taken.arrayBuffer());
}

const invalid = (text: string) => new CloudError("InvalidParameterValue", text);

const notFollowed = (text: string, location: string) =>
  new CloudError("Network.RedirectNotFollowed", `${text} With redirect: "manual" that is the answer.`, { location });
