/** The pages' code, each in a chunk of its own. Pages get at it through the portal's context, or they would import themselves. */
export const loadInstancesPage = () => import("../instances/instances-page.tsx");
export const loadLaunchPage = () => import("../launch/launch-page.tsx");
export const loadInstancePage = () => import("../instance/instance-page.tsx");
export const loadVolumesPage = () => import("../volumes/volumes-page.tsx");
export const loadVolumePage = () => import("../volumes/volume-page.tsx");
export const loadSnapshotsPage = () => import("../snapshots/snapshots-page.tsx");
export const loadBackupsPage = () => import("../backups/backups-page.tsx");
export const loadStoragePage = () => import("../storage/storage-page.tsx");
export const loadKeyPairsPage = () => import("../key-pairs/key-pairs-page.tsx");
export const loadLaunchTemplatesPage = () => import("../launch-templates/launch-templates-page.tsx");
export const loadUsersPage = () => import("../access/users-page.tsx");
export const loadPoliciesPage = () => import("../access/policies-page.tsx");
export const loadAuditPage = () => import("../audit/audit-page.tsx");
export const loadQuotasPage = () => import("../quotas/quotas-page.tsx");
export const loadUsagePage = () => import("../billing/usage-page.tsx");
export const loadImagesPage = () => import("../images/images-page.tsx");

/** Fetches what a running instance's page needs, while the instance boots. A failure shows when the page opens. */
export function preloadInstancePage(): void {
  Promise.all([loadInstancePage(), import("../console/console-view.tsx")]).catch(() => {});
}
