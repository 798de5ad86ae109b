/** The portal's pages, by the first part of their path; what each one is stands in `shell/page-table.ts`. */
export type PageName =
  | "instances"
  | "launch"
  | "launch-templates"
  | "key-pairs"
  | "volumes"
  | "snapshots"
  | "images"
  | "backups"
  | "storage"
  | "vpcs"
  | "subnets"
  | "route-tables"
  | "internet-gateways"
  | "nat-gateways"
  | "network-acls"
  | "security-groups"
  | "addresses"
  | "interfaces"
  | "reachability"
  | "security-review"
  | "users"
  | "policies"
  | "accounts"
  | "audit"
  | "quotas"
  | "usage";

/** Where the portal is. Routes live in the URL's fragment, so that any static host serves them (`#/instances/i-…/storage`). */
export interface Route {
  readonly page: PageName;
  /** What the page is about; absent: the page without it, which mostly is its list. */
  readonly id?: string;
  /** Absent: the first one. */
  readonly tab?: string;
}

/** The parts of a fragment such as `location.hash`; null for one that no link has. */
export function partsOf(hash: string): string[] | null {
  const parts = hash.replace(/^#/, "").split("/");
  try {
    return parts.filter((part) => part !== "").map((part) => decodeURIComponent(part));
  } catch (thrown) {
    if (thrown instanceof URIError) return null;
    throw thrown;
  }
}

/** The link to a route, for `href`. */
export function formatRoute({ page, id, tab }: Route): string {
  const parts = [id, tab].flatMap((part) => (part === undefined ? [] : [`/${encodeURIComponent(part)}`]));
  return `#/${page}${parts.join("")}`;
}

/** Goes to a route; `replace` leaves no entry in the browser's history. */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const href = formatRoute(route);
  if (options.replace) location.replace(href);
  else location.hash = href;
}
