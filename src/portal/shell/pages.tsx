import { Suspense } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { formatRoute, type Route } from "../routing/route.ts";
import { Loading } from "./loading.tsx";
import { NotFound } from "./not-found.tsx";
import { PageBoundary } from "./page-boundary.tsx";
import { PAGES } from "./page-table.ts";

/** The page of a route; `path` is what the address says. */
export function Pages({ route, path }: { route: Route | null; path: string }) {
  const { cloud } = usePortal();
  // Who was refused to see it may see it now, or somebody else works here.
  const version = useRerenderOn(cloud.access.onChange);
  if (route === null)
    return <NotFound title="There is no such page" text={`“${path}” is not a page of this portal.`} />;
  return (
    <PageBoundary resetKey={`${version} ${formatRoute(route)}`}>
      <Suspense fallback={<Loading text="Loading…" />}>
        <PageOf route={route} />
      </Suspense>
    </PageBoundary>
  );
}

function PageOf({ route: { page, id, tab } }: { route: Route }) {
  const { Page, Details, tabs = [] } = PAGES[page];
  if (id === undefined || Details === undefined) return <Page />;
  return <Details key={id} id={id} tab={tab ?? tabs[0] ?? ""} />;
}
