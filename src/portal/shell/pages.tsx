import { lazy, Suspense } from "react";
import { formatRoute, type Route } from "../routing/route.ts";
import {
  loadBackupsPage,
  loadImagesPage,
  loadInstancePage,
  loadInstancesPage,
  loadKeyPairsPage,
  loadLaunchPage,
  loadLaunchTemplatesPage,
  loadQuotasPage,
  loadSnapshotsPage,
  loadStoragePage,
  loadUsagePage,
  loadVolumePage,
  loadVolumesPage,
} from "./load.ts";
import { Loading } from "./loading.tsx";
import { NotFound } from "./not-found.tsx";
import { PageBoundary } from "./page-boundary.tsx";

const InstancesPage = lazy(loadInstancesPage);
const LaunchPage = lazy(loadLaunchPage);
const InstancePage = lazy(loadInstancePage);
const VolumesPage = lazy(loadVolumesPage);
const VolumePage = lazy(loadVolumePage);
const SnapshotsPage = lazy(loadSnapshotsPage);
const ImagesPage = lazy(loadImagesPage);
const BackupsPage = lazy(loadBackupsPage);
const StoragePage = lazy(loadStoragePage);
const KeyPairsPage = lazy(loadKeyPairsPage);
const LaunchTemplatesPage = lazy(loadLaunchTemplatesPage);
const QuotasPage = lazy(loadQuotasPage);
const UsagePage = lazy(loadUsagePage);

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
      return <LaunchPage {...(route.imageId !== undefined && { imageId: route.imageId })} />;
    case "instance":
      return <InstancePage key={route.id} id={route.id} tab={route.tab} />;
    case "volumes":
      return <VolumesPage />;
    case "volume":
      return <VolumePage key={route.id} id={route.id} />;
    case "snapshots":
      return <SnapshotsPage />;
    case "images":
      return <ImagesPage />;
    case "backups":
      return <BackupsPage />;
    case "storage":
      return <StoragePage />;
    case "key-pairs":
      return <KeyPairsPage />;
    case "launch-templates":
      return <LaunchTemplatesPage />;
    case "quotas":
      return <QuotasPage />;
    case "usage":
      return <UsagePage />;
    case "not-found":
      return <NotFound title="There is no such page" text={`“${route.path}” is not a page of this portal.`} />;
  }
}
