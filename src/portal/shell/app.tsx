import AppLayout from "@cloudscape-design/components/app-layout";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { LockedNotice } from "../encryption/locked-notice.tsx";
import { PortalContext } from "../live/portal-context.ts";
import { StateAnnouncer } from "../live/state-announcer.tsx";
import { Flashes } from "../notifications/flashes.tsx";
import type { NotificationCenter } from "../notifications/notification-center.ts";
import { formatRoute, type Route } from "../routing/route.ts";
import { useRoute } from "../routing/use-route.ts";
import { StorageWarning } from "../storage/storage-warning.tsx";
import { CloudFailed } from "./cloud-failed.tsx";
import type { CloudOpener } from "./cloud-opener.ts";
import { preloadInstancePage } from "./load.ts";
import { Loading } from "./loading.tsx";
import { Pages } from "./pages.tsx";
import { RoleBanner } from "./role-banner.tsx";
import { TopBar } from "./top-bar.tsx";
import { Trail } from "./trail.tsx";

const HOME = formatRoute({ page: "instances" });
const TOP_BAR = "top-bar";

const NAVIGATION = [
  { type: "link", text: "Instances", href: HOME },
  { type: "link", text: "Launch instances", href: formatRoute({ page: "launch" }) },
  { type: "link", text: "Launch templates", href: formatRoute({ page: "launch-templates" }) },
  { type: "link", text: "Key pairs", href: formatRoute({ page: "key-pairs" }) },
  { type: "divider" },
  { type: "link", text: "Volumes", href: formatRoute({ page: "volumes" }) },
  { type: "link", text: "Snapshots", href: formatRoute({ page: "snapshots" }) },
  { type: "link", text: "Images", href: formatRoute({ page: "images" }) },
  { type: "link", text: "Backups", href: formatRoute({ page: "backups" }) },
  { type: "link", text: "Storage", href: formatRoute({ page: "storage" }) },
  { type: "divider" },
  { type: "link", text: "Users and groups", href: formatRoute({ page: "users" }) },
  { type: "link", text: "Policies", href: formatRoute({ page: "policies" }) },
  { type: "link", text: "Audit log", href: formatRoute({ page: "audit" }) },
  { type: "divider" },
  { type: "link", text: "Quotas", href: formatRoute({ page: "quotas" }) },
  { type: "link", text: "Usage", href: formatRoute({ page: "usage" }) },
] as const;

/** In pixels. A form is read from top to bottom; a table and a console take what there is. */
const MAX_WIDTHS: Readonly<Record<Route["page"], number>> = {
  launch: 800,
  instances: Number.MAX_VALUE,
  instance: Number.MAX_VALUE,
  volumes: Number.MAX_VALUE,
  volume: 1200,
  snapshots: Number.MAX_VALUE,
  images: Number.MAX_VALUE,
  backups: Number.MAX_VALUE,
  storage: 1200,
  "key-pairs": Number.MAX_VALUE,
  "launch-templates": Number.MAX_VALUE,
  users: Number.MAX_VALUE,
  policies: Number.MAX_VALUE,
  audit: Number.MAX_VALUE,
  quotas: Number.MAX_VALUE,
  usage: 1400,
  "not-found": 1200,
};

/** The portal: its frame at once, its pages when the cloud is open. */
export function App({ opener, notifications }: { opener: CloudOpener; notifications: NotificationCenter }) {
  const route = useRoute();
  const [navigationOpen, setNavigationOpen] = useState(() => innerWidth >= 1200);
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <div id={TOP_BAR}>
        <TopBar opener={opener} />
      </div>
      <AppLayout
        headerSelector={`#${TOP_BAR}`}
        toolsHide
        navigationWidth={220}
        navigationOpen={navigationOpen}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        navigation={<SideNavigation activeHref={activeHref(route)} items={NAVIGATION} />}
        breadcrumbs={<Trail route={route} />}
        notifications={<Flashes center={notifications} />}
        stickyNotifications
        contentType={route.page === "launch" ? "form" : "default"}
        maxContentWidth={MAX_WIDTHS[route.page]}
        ariaLabels={{
          navigation: "Main",
          navigationToggle: "Open the navigation",
          navigationClose: "Close the navigation",
          notifications: "Notifications",
        }}
        content={<Content opener={opener} notifications={notifications} route={route} />}
      />
    </I18nProvider>
  );
}

function Content(props: { opener: CloudOpener; notifications: NotificationCenter; route: Route }): ReactNode {
  const { opener, notifications, route } = props;
  const opening = useSyncExternalStore(
    (onChange) => {
      const subscription = opener.onChange(onChange);
      return () => subscription.dispose();
    },
    () => opener.opening,
  );
  switch (opening.status) {
    case "opening":
      return <Loading text="Opening the cloud…" />;
    case "failed":
      return <CloudFailed error={opening.error} onRetry={() => void opener.open()} />;
    case "open":
      return (
        <PortalContext.Provider value={{ cloud: opening.cloud, notifications, preloadInstancePage }}>
          <RoleBanner cloud={opening.cloud} />
          <StorageWarning cloud={opening.cloud} />
          <LockedNotice cloud={opening.cloud} />
          <Pages route={route} />
          <StateAnnouncer cloud={opening.cloud} />
        </PortalContext.Provider>
      );
  }
}

/** The entry of the navigation that a page belongs to. */
function activeHref(route: Route): string {
  switch (route.page) {
    case "launch":
      return formatRoute({ page: "launch" });
    case "volume":
      return formatRoute({ page: "volumes" });
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
      return formatRoute(route);
    default:
      return HOME;
  }
}
