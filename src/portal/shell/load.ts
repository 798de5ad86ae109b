/** The pages' code, each in a chunk of its own; calling one early has it there when the page opens. */
export const loadInstancesPage = () => import("../instances/instances-page.tsx");
export const loadLaunchPage = () => import("../launch/launch-page.tsx");
export const loadInstancePage = () => import("../instance/instance-page.tsx");
export const loadConsole = () => import("../console/console-view.tsx");

/** Fetches what a running instance's page needs, while the instance boots. A failure shows when the page opens. */
export function preloadInstancePage(): void {
  Promise.all([loadInstancePage(), loadConsole()]).catch(() => {});
}
