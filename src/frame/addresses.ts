/**
 * Where a guest's web pages are shown: an origin of its own for each instance and port, so that a browser keeps it apart
 * from the portal and from all others, and so that links like `/style.css` are what the guest means.
 */

/** `{host}` becomes `i-…--8080`, a label of a host name. */
export const HOST_PLACE = "{host}";

/** The page that each of these origins gets from the portal's own files; everything else at the origin is the guest's. */
const FRAME_PAGE = "/frame/";
const FRAME_QUERY = "?tabvisor";

/**
 * The script that gives a guest's pages their `WebSocket`. At the top of each origin, with a query that keeps it apart from
 * what the guest may have there; `vite.config.ts` puts it there.
 */
export const SOCKET_SCRIPT = "/frame-socket.js";
const SOCKET_SCRIPT_IN_DEV = "/frame/page/socket-script.ts";

export const socketScriptUrl = (isDev: boolean): string =>
  `${isDev ? SOCKET_SCRIPT_IN_DEV : SOCKET_SCRIPT}${FRAME_QUERY}`;

export const isSocketScript = ({ pathname, search }: URL): boolean =>
  search === FRAME_QUERY && (pathname === SOCKET_SCRIPT || pathname === SOCKET_SCRIPT_IN_DEV);

/** The address of the frame's page for an instance's port, by a template such as `https://{host}.frames.example/`. */
export function framePageUrl(template: string, instanceId: string, port: number): URL {
  return new URL(`${FRAME_PAGE}${FRAME_QUERY}`, template.replace(HOST_PLACE, `${instanceId}--${port}`));
}

export const isFramePage = ({ pathname, search }: URL): boolean =>
  search === FRAME_QUERY && (pathname === FRAME_PAGE || pathname === `${FRAME_PAGE}index.html`);

/**
 * What serves a portal at the top of `localhost` serves `*.localhost`, too, which browsers take for this machine
 * (RFC 6761 §6.3). Undefined where nothing follows from the portal's own address.
 */
export function localTemplate({ protocol, hostname, host, pathname }: PortalAddress): string | undefined {
  if (hostname !== "localhost" || !/^\/(index\.html)?$/.test(pathname)) return undefined;
  return `${protocol}//${HOST_PLACE}.${host}/`;
}

/**
 * The one origin that the frame's page at `address` takes for its portal. A page cannot be told by who opens it: whoever
 * is its portal says what the guest's origin shows. `configured` is the deployment's own word.
 */
export function portalOrigin({ protocol, hostname, host }: PortalAddress, configured: string): string | undefined {
  if (configured !== "") return new URL(configured).origin;
  if (!/^i-[0-9a-f]+--\d+\.localhost$/.test(hostname)) return undefined;
  return `${protocol}//${host.slice(host.indexOf(".") + 1)}`;
}

type PortalAddress = Pick<URL, "protocol" | "hostname" | "host" | "pathname">;
