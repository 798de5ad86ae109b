import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { INSTANCE_TABS } from "../instance/tabs.ts";
import { ACL_TABS, INTERFACE_TABS, VPC_TABS } from "../network/tabs.ts";
import { type PageName, partsOf, type Route } from "../routing/route.ts";
import { GROUP_TABS } from "../security-groups/tabs.ts";

/** In the order of the navigation. */
export const SECTIONS = ["Compute", "Disks and images", "Network", "Users and policies", "Account"] as const;

type LazyPage<Props extends object> = LazyExoticComponent<ComponentType<Props>>;

interface PageModel {
  /** In the navigation, and in the breadcrumbs of what is below it. */
  readonly title: string;
  readonly section: (typeof SECTIONS)[number];
  /** What is shown at `#/page`, in a chunk of its own. */
  readonly Page: LazyPage<object>;
  /** What is shown at `#/page/id`. */
  readonly Details?: LazyPage<{ readonly id: string; readonly tab: string }>;
  /** Of the details: `#/page/id/tab`; the first is shown without one. */
  readonly tabs?: readonly string[];
  /** The page above it in the breadcrumbs. */
  readonly under?: PageName;
  /** In pixels; all that there is unless it is said, which is right for tables and consoles. */
  readonly width?: number;
  readonly detailsWidth?: number;
  readonly isForm?: boolean;
}

const loadInstancePage = () => import("../instance/instance-page.tsx");
const loadReachabilityPage = () => import("../reachability/reachability-page.tsx");
const loadLaunchPage = () => import("../launch/launch-page.tsx");

/** All pages. One more is a name in `PageName` and an entry here. */
export const PAGES: Readonly<Record<PageName, PageModel>> = {
  instances: {
    title: "Instances",
    section: "Compute",
    Page: lazy(() => import("../instances/instances-page.tsx")),
    Details: lazy(loadInstancePage),
    tabs: INSTANCE_TABS,
  },
  launch: {
    title: "Launch instances",
    section: "Compute",
    Page: lazy(loadLaunchPage),
    Details: lazy(loadLaunchPage),
    under: "instances",
    width: 800,
    detailsWidth: 800,
    isForm: true,
  },
  "launch-templates": {
    title: "Launch templates",
    section: "Compute",
    Page: lazy(() => import("../launch-templates/launch-templates-page.tsx")),
  },
  "key-pairs": {
    title: "Key pairs",
    section: "Compute",
    Page: lazy(() => import("../key-pairs/key-pairs-page.tsx")),
  },
  volumes: {
    title: "Volumes",
    section: "Disks and images",
    Page: lazy(() => import("../volumes/volumes-page.tsx")),
    Details: lazy(() => import("../volumes/volume-page.tsx")),
    detailsWidth: 1200,
  },
  snapshots: {
    title: "Snapshots",
    section: "Disks and images",
    Page: lazy(() => import("../snapshots/snapshots-page.tsx")),
  },
  images: {
    title: "Images",
    section: "Disks and images",
    Page: lazy(() => import("../images/images-page.tsx")),
  },
  backups: {
    title: "Backups",
    section: "Disks and images",
    Page: lazy(() => import("../backups/backups-page.tsx")),
  },
  storage: {
    title: "Storage",
    section: "Disks and images",
    Page: lazy(() => import("../storage/storage-page.tsx")),
    width: 1200,
  },
  vpcs: {
    title: "VPCs",
    section: "Network",
    Page: lazy(() => import("../network/vpcs-page.tsx")),
    Details: lazy(() => import("../network/vpc-page.tsx")),
    tabs: VPC_TABS,
  },
  subnets: {
    title: "Subnets",
    section: "Network",
    Page: lazy(() => import("../network/subnets-page.tsx")),
  },
  "route-tables": {
    title: "Route tables",
    section: "Network",
    Page: lazy(() => import("../network/route-tables-page.tsx")),
    Details: lazy(() => import("../network/route-table-page.tsx")),
  },
  "internet-gateways": {
    title: "Internet gateways",
    section: "Network",
    Page: lazy(() => import("../network/internet-gateways-page.tsx")),
  },
  "nat-gateways": {
    title: "NAT gateways",
    section: "Network",
    Page: lazy(() => import("../network/nat-gateways-page.tsx")),
  },
  "network-acls": {
    title: "Network ACLs",
    section: "Network",
    Page: lazy(() => import("../network/network-acls-page.tsx")),
    Details: lazy(() => import("../network/network-acl-page.tsx")),
    tabs: ACL_TABS,
  },
  "security-groups": {
    title: "Security groups",
    section: "Network",
    Page: lazy(() => import("../security-groups/security-groups-page.tsx")),
    Details: lazy(() => import("../security-groups/security-group-page.tsx")),
    tabs: GROUP_TABS,
  },
  addresses: {
    title: "Elastic IP addresses",
    section: "Network",
    Page: lazy(() => import("../network/addresses-page.tsx")),
  },
  interfaces: {
    title: "Network interfaces",
    section: "Network",
    Page: lazy(() => import("../network/interfaces-page.tsx")),
    Details: lazy(() => import("../network/interface-page.tsx")),
    tabs: INTERFACE_TABS,
  },
  reachability: {
    title: "Reachability",
    section: "Network",
    Page: lazy(loadReachabilityPage),
    Details: lazy(loadReachabilityPage),
    width: 1200,
    detailsWidth: 1200,
  },
  "security-review": {
    title: "Security review",
    section: "Network",
    Page: lazy(() => import("../reachability/review-page.tsx")),
  },
  users: {
    title: "Users and groups",
    section: "Users and policies",
    Page: lazy(() => import("../access/users-page.tsx")),
  },
  policies: {
    title: "Policies",
    section: "Users and policies",
    Page: lazy(() => import("../access/policies-page.tsx")),
  },
  accounts: {
    title: "Accounts",
    section: "Users and policies",
    Page: lazy(() => import("../access/accounts-page.tsx")),
  },
  audit: {
    title: "Audit log",
    section: "Users and policies",
    Page: lazy(() => import("../audit/audit-page.tsx")),
  },
  quotas: {
    title: "Quotas",
    section: "Account",
    Page: lazy(() => import("../quotas/quotas-page.tsx")),
  },
  usage: {
    title: "Usage",
    section: "Account",
    Page: lazy(() => import("../billing/usage-page.tsx")),
    width: 1400,
  },
};

const HOME: Route = { page: "instances" };

const isPage = (name: string): name is PageName => Object.hasOwn(PAGES, name);

/** Reads a fragment such as `location.hash`; null for what is no page. */
export function parseRoute(hash: string): Route | null {
  const parts = partsOf(hash);
  if (parts === null) return null;
  const [page, id, tab, more] = parts;
  if (page === undefined) return HOME;
  if (!isPage(page) || more !== undefined) return null;
  const { Details, tabs = [] } = PAGES[page];
  if (id === undefined) return { page };
  if (Details === undefined) return null;
  if (tab === undefined) return { page, id };
  return tabs.includes(tab) ? { page, id, tab } : null;
}

/** Fetches what a running instance's page needs, while the instance boots. A failure shows when the page opens. */
export function preloadInstancePage(): void {
  Promise.all([loadInstancePage(), import("../console/console-view.tsx")]).catch(() => {});
}
