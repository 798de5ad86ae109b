import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

/** The names by which this machine calls itself. */
const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]"];
/** The port that clients leave out (RFC 9110 §4.2.1). */
const HTTP_PORT = 80;

/**
 * Throws a `Refusal` for what a page of another site has a browser send here.
 *
 * A name of the attacker's that is made to mean 127.0.0.1 (DNS rebinding) shows in `Host`; a page that posts across sites
 * shows in `Origin`, and in `Sec-Fetch-Site` (Fetch Metadata) also where there is no `Origin`. Tools send neither.
 */
export function checkLoopback(request: IncomingMessage, port: number): void {
  const hosts = OWN_NAMES.flatMap((name) => (port === HTTP_PORT ? [name, `${name}:${port}`] : [`${name}:${port}`]));
  checkTarget(request.url ?? "");
  checkHost(request.rawHeaders, hosts);
  checkOrigin(request.headers, hosts);
}

/** A request line can name a host of its own ("GET http://…", RFC 9112 §3.2.2), which would count for more than `Host`. */
function checkTarget(target: string): void {
  if (target.startsWith("/")) return;
  throw new Refusal(400, "Endpoint.InvalidTarget", "The request line must have a path that begins with a slash.");
}

/** As it was received: Node shows only the first of several. */
function checkHost(rawHeaders: readonly string[], own: readonly string[]): void {
  const given = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "host" && index % 2 === 1);
  const [host] = given;
  if (given.length === 1 && host !== undefined && own.includes(host.toLowerCase())) return;
  const text = `This endpoint is for programs on this machine: the Host header must be ${own.join(", ")}.`;
  throw new Refusal(403, "Endpoint.ForeignHost", text);
}

function checkOrigin(headers: IncomingHttpHeaders, own: readonly string[]): void {
  const { origin, "sec-fetch-site": site } = headers;
  const ownOrigin = origin === undefined || own.some((host) => origin.toLowerCase() === `http://${host}`);
  const ownSite = site === undefined || site === "none" || site === "same-origin";
  if (ownOrigin && ownSite) return;
  const text = "This endpoint does not answer pages of other sites: a browser sent the request for one of them.";
  throw new Refusal(403, "Endpoint.ForeignOrigin", text);
}
