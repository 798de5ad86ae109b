/** Where the portal is. Routes live in the URL's fragment, so that any static host serves them (`#/instances/i-…`). */
export type Route =
  | { readonly page: "instances" }
  | { readonly page: "launch" }
  | { readonly page: "instance"; readonly id: string; readonly tab: InstanceTab }
  | { readonly page: "not-found"; readonly path: string };

export type InstanceTab = "console" | "details";

const INSTANCE_TABS: readonly InstanceTab[] = ["console", "details"];

/** Reads a fragment such as `location.hash`; what it does not know is the route "not-found". */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#/, "");
  const [first, second, third, ...rest] = path.split("/").filter((part) => part !== "");
  const unknown: Route = { page: "not-found", path };
  if (rest.length > 0) return unknown;
  if (first === undefined) return { page: "instances" };
  if (first === "launch" && second === undefined) return { page: "launch" };
  if (first !== "instances") return unknown;
  if (second === undefined) return { page: "instances" };
  const id = decode(second);
  const tab = third === undefined ? "console" : INSTANCE_TABS.find((name) => name === third);
  return id === undefined || tab === undefined ? unknown : { page: "instance", id, tab };
}

/** The link to a route, for `href`. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case "instances":
      return "#/instances";
    case "launch":
      return "#/launch";
    case "instance": {
      const base = `#/instances/${encodeURIComponent(route.id)}`;
      return route.tab === "console" ? base : `${base}/${route.tab}`;
    }
    case "not-found":
      return `#${route.path}`;
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
