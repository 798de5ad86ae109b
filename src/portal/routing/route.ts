/** Where the portal is. Routes live in the URL's fragment, so that any static host serves them (`#/instances/i-…`). */
export type Route =
  | { readonly page: "instances" }
  | { readonly page: "launch"; readonly imageId?: string }
  | { readonly page: "instance"; readonly id: string; readonly tab: InstanceTab }
  | { readonly page: "volumes" }
  | { readonly page: "volume"; readonly id: string }
  | { readonly page: "snapshots" }
  | { readonly page: "images" }
  | { readonly page: "backups" }
  | { readonly page: "storage" }
  | { readonly page: "key-pairs" }
  | { readonly page: "launch-templates" }
  | { readonly page: "users" }
  | { readonly page: "policies" }
  | { readonly page: "audit" }
  | { readonly page: "quotas" }
  | { readonly page: "usage" }
  | { readonly page: "not-found"; readonly path: string };

export type InstanceTab = "console" | "details" | "storage";

const INSTANCE_TABS: readonly InstanceTab[] = ["console", "details", "storage"];

/** Reads a fragment such as `location.hash`; what it does not know is the route "not-found". */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#/, "");
  const unknown: Route = { page: "not-found", path };
  const parts = path.split("/").filter((part) => part !== "");
  try {
    return parseParts(parts.map((part) => decodeURIComponent(part))) ?? unknown;
  } catch (thrown) {
    if (thrown instanceof URIError) return unknown;
    throw thrown;
  }
}

function parseParts([page = "instances", ...rest]: readonly string[]): Route | undefined {
  const [id, third] = rest;
  if (page === "instances" && id !== undefined && rest.length <= 2) {
    const tab = third === undefined ? "console" : INSTANCE_TABS.find((name) => name === third);
    return tab && { page: "instance", id, tab };
  }
  if (rest.length > 1) return undefined;
  switch (page) {
    case "instances":
      return { page };
    case "launch":
      return id === undefined ? { page } : { page, imageId: id };
    case "volumes":
      return id === undefined ? { page } : { page: "volume", id };
    case "snapshots":
    case "images":
    case "backups":
    case "storage":
    case "key-pairs":
    case "launch-templates":
    case "users":
    case "policies":
    case "audit":
    case "quotas":
    case "usage":
      return id === undefined ? { page } : undefined;
    default:
      return undefined;
  }
}

/** The link to a route, for `href`. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case "instances":
      return "#/instances";
    case "launch":
      return route.imageId === undefined ? "#/launch" : `#/launch/${encodeURIComponent(route.imageId)}`;
    case "volumes":
    case "snapshots":
    case "images":
    case "backups":
    case "storage":
    case "key-pairs":
    case "launch-templates":
    case "users":
    case "policies":
    case "audit":
    case "quotas":
    case "usage":
      return `#/${route.page}`;
    case "volume":
      return `#/volumes/${encodeURIComponent(route.id)}`;
    case "instance": {
      const base = `#/instances/${encodeURIComponent(route.id)}`;
      return route.tab === "console" ? base : `${base}/${route.tab}`;
    }
    case "not-found":
      return `#${route.path}`;
  }
}
