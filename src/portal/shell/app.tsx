import AppLayout from "@cloudscape-design/components/app-layout";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { type ReactNode, useMemo, useState, useSyncExternalStore } from "react";
import { LockedNotice } from "../encryption/locked-notice.tsx";
import { PortalContext } from "../live/portal-context.ts";
import { StateAnnouncer } from "../live/state-announcer.tsx";
import { useLive } from "../live/use-live.ts";
import { Flashes } from "../notifications/flashes.tsx";
import type { NotificationCenter } from "../notifications/notification-center.ts";
import type { Route } from "../routing/route.ts";
import { StorageWarning } from "../storage/storage-warning.tsx";
import { CloudFailed } from "./cloud-failed.tsx";
import type { CloudOpener } from "./cloud-opener.ts";
import { Loading } from "./loading.tsx";
import { Navigation } from "./navigation.tsx";
import { PAGES, parseRoute, preloadInstancePage } from "./page-table.ts";
import { Pages } from "./pages.tsx";
import { RoleBanner } from "./role-banner.tsx";
import { TopBar } from "./top-bar.tsx";
import { Trail } from "./trail.tsx";

const TOP_BAR = "top-bar";

/** The portal: its frame at once, its pages when the cloud is open. */
export function App({ opener, notifications }: { opener: CloudOpener; notifications: NotificationCenter }) {
  const hash = useSyncExternalStore(onHashChange, () => location.hash);
  const route = useMemo(() => parseRoute(hash), [hash]);
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
        navigation={<Navigation page={route?.page} />}
        breadcrumbs={route !== null && <Trail route={route} />}
        notifications={<Flashes center={notifications} />}
        stickyNotifications
        contentType={route !== null && PAGES[route.page].isForm ? "form" : "default"}
        maxContentWidth={widthOf(route)}
        ariaLabels={{
          navigation: "Main",
          navigationToggle: "Open the navigation",
          navigationClose: "Close the navigation",
          notifications: "Notifications",
        }}
        content={<Content opener={opener} notifications={notifications} route={route} path={hash.replace(/^#/, "")} />}
      />
    </I18nProvider>
  );
}

function onHashChange(onChange: () => void): () => void {
  addEventListener("hashchange", onChange);
  return () => removeEventListener("hashchange", onChange);
}

function widthOf(route: Route | null): number {
  if (route === null) return 1200;
  const { width, detailsWidth } = PAGES[route.page];
  return (route.id === undefined ? width : detailsWidth) ?? Number.MAX_VALUE;
}

interface ContentProps {
  readonly opener: CloudOpener;
  readonly notifications: NotificationCenter;
  readonly route: Route | null;
  readonly path: string;
}

function Content({ opener, notifications, route, path }: ContentProps): ReactNode {
  const opening = useLive(opener.onChange, () => opener.opening);
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
          <Pages route={route} path={path} />
          <StateAnnouncer cloud={opening.cloud} />
        </PortalContext.Provider>
      );
  }
}
