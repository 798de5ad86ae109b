import { lazy, Suspense } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { formatRoute, type Route } from "../routing/route.ts";
import {
  loadAuditPage,
  loadBackupsPage,
  loadImagesPage,
  loadInstancePage,
  loadInstancesPage,
  loadKeyPairsPage,
  loadLaunchPage,
  loadLaunchTemplatesPage,
  loadPoliciesPage,
  loadQuotasPage,
  loadSnapshotsPage,
  loadStoragePage,
  loadUsagePage,
  loadUsersPage,
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
const UsersPage = lazy(loadUsersPage);
const PoliciesPage = lazy(loadPoliciesPage);
const AuditPage = lazy(loadAuditPage);
const QuotasPage = lazy(loadQuotasPage);
const UsagePage = lazy(loadUsagePage);

export function Pages({ route }: { route: Route }) {
  const { cloud } = usePortal();
  // Who was refused to see it may see it now, or somebody else works here.
  const version = useRerenderOn(cloud.access.onChange);
  return (
    <PageBoundary resetKey={`${version} ${formatRoute(route)}`}>
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
    case "users":
      return <UsersPage />;
    case "policies":
      return <PoliciesPage />;
    case "audit":
      return <AuditPage />;
    case "quotas":
      return <QuotasPage />;
    case "usage":
      return <UsagePage />;
    case "not-found":
      return <NotFound title="There is no such page" text={`“${route.path}” is not a page of this portal.`} />;
  }
}
