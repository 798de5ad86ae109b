/** What the connection has to say, and not the page (RFC 9110 §7.6.1), or the bridge itself. */
const OURS = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "content-length",
  "accept-encoding",
  "cookie",
]);

/** Of a page that a browser asks for at `origin`, the fields that the guest's server gets. */
export function requestHeaders(fields: readonly (readonly [string, string])[], origin: string): [string, string][] {
  const kept = fields.filter(([name]) => !OURS.has(name.toLowerCase()));
  // Its absolute links are right by this name. What is packed would arrive so: nothing behind a service worker unpacks it.
  return [["Host", new URL(origin).host], ["Accept-Encoding", "identity"], ...kept.map(copy)];
}

/**
 * Of a guest's answer, what the browser gets. Guests' pages are always shown in a frame, so that what forbids it is left
 * out; and what would clear the origin would take the service worker along.
 */
export function answerHeaders(headers: Headers, origin: string): [string, string][] {
  const kept: [string, string][] = [];
  for (const [name, value] of headers) {
    if (OURS.has(name) || DROPPED.has(name)) continue;
    if (name === "location") kept.push([name, relocate(value, origin)]);
    else if (name.startsWith("content-security-policy")) kept.push([name, withoutFrameAncestors(value)]);
    else kept.push([name, value]);
  }
  return kept;
}

const DROPPED = new Set(["x-frame-options", "clear-site-data", "strict-transport-security", "alt-svc"]);

const copy = ([name, value]: readonly [string, string]): [string, string] => [name, value];

/** The server knows no more of its address than the name it was called by: with http instead of https it is still itself. */
function relocate(location: string, origin: string): string {
  if (!URL.canParse(location)) return location;
  const { protocol, host, pathname, search, hash } = new URL(location);
  const isItself = /^https?:$/.test(protocol) && host === new URL(origin).host;
  return isItself ? `${pathname}${search}${hash}` : location;
}

const withoutFrameAncestors = (policies: string): string =>
  policies
    .split(",")
    .map((policy) =>
      policy
        .split(";")
        .filter((directive) => !/^\s*frame-ancestors(\s|$)/i.test(directive))
        .join(";"),
    )
    .filter((policy) => policy.trim() !== "")
    .join(",");
