import { concat } from "../../base/bytes.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { text } from "../http/server.ts";
import { isOfWorld } from "./of-world.ts";

export interface FetchProxyOptions {
  readonly fetch: typeof fetch;
  /** A page that came by https may not fetch by http: such requests are made by https. */
  readonly onlyHttps: boolean;
  /** The page's own: a guest is not to get there as the page, which may read whatever it is answered. */
  readonly ownOrigin: string;
}

/** A request's body is sent whole: pages cannot send what is still coming. */
const MAX_BODY = 16 << 20;
/** Until the answer begins. */
const TIMEOUT_MS = 60_000;
/** What fetch does not let anybody ask (Fetch standard, forbidden methods). */
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);
/**
 * About the connection, not the message (RFC 9110 §7.6.1); and what fetch has undone or makes itself. User-Agent, which
 * every program sends, is none of the fields that need no leave (Fetch standard, "CORS-safelisted request-header"): with it
 * a browser would ask each server by OPTIONS first, which hardly any that lets pages have its answers knows.
 */
const NOT_PASSED_ON = new Set(
  "connection keep-alive proxy-connection proxy-authorization te trailer transfer-encoding upgrade host content-length expect content-encoding user-agent".split(
    " ",
  ),
);

/**
 * Makes a guest's HTTP request by the page's `fetch`, to the host that its `Host` names (or `host`, when it names none). By
 * https when the request has `X-Forwarded-Proto: https`, or asks for a URL that has it. Never rejects: what fails is a page
 * that says why, with 502, or 504 when it took too long.
 */
export async function proxyByFetch(
  request: HttpRequest,
  host: string,
  options: FetchProxyOptions,
): Promise<HttpResponse> {
  if (FORBIDDEN.has(request.method)) return text(`A page cannot make ${request.method} requests.\n`, 501);
  const url = urlOf(request, host, options.onlyHttps);
  if (url === undefined) return text("The request names no host, or no path on it.\n", 400);
  if (!isOfWorld(url.hostname) || url.origin === options.ownOrigin) {
    return text(`${url.host} is not on the Internet, but this page's own computer or network.\n`, 403);
  }
  const body = await bodyOf(request);
  if (body === undefined) return text(`A page cannot send more than ${MAX_BODY} bytes in one request.\n`, 413);
  const headers = new Headers();
  for (const [name, value] of request.headers) if (!NOT_PASSED_ON.has(name)) headers.append(name, value);
  headers.delete("x-forwarded-proto");
  try {
    const { fetch: fetchFrom } = options;
    const response = await fetchFrom(url, {
      method: request.method,
      headers,
      ...(body.length > 0 ? { body } : undefined),
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const fields = [...response.headers].filter(([name]) => !NOT_PASSED_ON.has(name));
    return { status: response.status, headers: fields, ...(response.body && { body: response.body }) };
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    return isLate ? text(`${url.origin} has not answered within ${TIMEOUT_MS} ms.\n`, 504) : refusal(url, error);
  }
}

/** A browser does not tell a page why it may not have something: what is likely is said. */
const refusal = (url: URL, error: unknown): HttpResponse =>
  text(
    `The browser could not fetch ${url.href}: ${error instanceof Error ? error.message : String(error)}

This machine's way to the Internet is the browser's fetch, which gets only what a server lets pages of other
sites have (CORS: the answer has "Access-Control-Allow-Origin"). Perhaps this server does not, or it is down, or
its name does not exist. For everything else the cloud needs a Wisp relay.
`,
    502,
  );

function urlOf(request: HttpRequest, host: string, onlyHttps: boolean): URL | undefined {
  const isWhole = /^https?:\/\//i.test(request.target);
  const named = request.headers.get("host") ?? host;
  if (!isWhole && (!request.target.startsWith("/") || !/^[\w.:[\]-]+$/.test(named))) return undefined;
  const url = URL.canParse(isWhole ? request.target : `http://${named}${request.target}`)
    ? new URL(isWhole ? request.target : `http://${named}${request.target}`)
    : undefined;
  if (url === undefined) return undefined;
  if (onlyHttps || request.headers.get("x-forwarded-proto")?.toLowerCase() === "https") url.protocol = "https:";
  return url;
}

/** All of it; undefined: it is too long. */
async function bodyOf(request: HttpRequest): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request.body) {
    length += piece.length;
    if (length > MAX_BODY) return undefined;
    pieces.push(piece);
  }
  return request.method === "GET" || request.method === "HEAD" ? new Uint8Array(0) : concat(pieces);
}
