import { lazy, Suspense } from "react";
import { formatRoute, type Route } from "../routing/route.ts";
import { loadInstancePage, loadInstancesPage, loadLaunchPage } from "./load.ts";
import { Loading } from "./loading.tsx";
import { NotFound } from "./not-found.tsx";
import { PageBoundary } from "./page-boundary.tsx";

const InstancesPage = lazy(loadInstancesPage);
const LaunchPage = lazy(loadLaunchPage);
const InstancePage = lazy(loadInstancePage);

export function Pages({ route }: { route: Route }) {
  return (
    <PageBoundary resetKey={formatRoute(route)}>
      <Suspense fallback={<Loading text="Loading…" />}>
        <PageOf route={route} />
      </Suspense>
    </PageBoundary>
  );
}

function PageOf({ route }: { route: Route }) {
  switch (route.page) {
    case "instances":
      return <InstancesPage />;
    case "launch":
      return <LaunchPage />;
    case "instance":
      return <InstancePage key={route.id} id={route.id} tab={route.tab} />;
    case "not-found":
      return <NotFound title="There is no such page" text={`“${route.path}” is not a page of this portal.`} />;
  }
}
