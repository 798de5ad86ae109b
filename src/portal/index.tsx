import "@cloudscape-design/global-styles/index.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Cloud } from "../api/types.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { keepIdentity } from "./access/kept-identity.ts";
import { isDenied } from "./live/denied.ts";
import { NotificationCenter } from "./notifications/notification-center.ts";
import { showUncaughtErrors } from "./notifications/uncaught.ts";
import { App } from "./shell/app.tsx";
import { CloudOpener } from "./shell/cloud-opener.ts";
import { followSystemMode } from "./shell/dark-mode.ts";
import { guardRunningInstances } from "./shell/leave-guard.ts";
import { tellTakeOver } from "./shell/take-over.ts";

/** What a boundary has shown instead of a page: that one may not see it is no fault, everything else is told as one. */
function onCaughtError(error: unknown): void {
  if (!isDenied(error)) reportError(error);
}

/**
 * Draws the portal into `element` at once and opens the cloud with `open`, again each time the user asks to after it
 * has failed. What it gives takes the portal away; the cloud stays its opener's.
 */
export function mountPortal(element: HTMLElement, open: () => Promise<Cloud>): Disposable {
  const owned = new DisposableStore();
  const notifications = new NotificationCenter();
  owned.add(showUncaughtErrors(notifications));
  owned.add(followSystemMode());
  const opener = new CloudOpener(async () => {
    const cloud = await open();
    // Before anything is shown: it would be what the root user may see.
    const session = owned.add(await keepIdentity(cloud.access));
    if (session.refused !== undefined) notifications.showError("This tab has been signed out", session.refused);
    return cloud;
  });
  owned.add(
    opener.onChange(() => {
      if (opener.opening.status !== "open") return;
      owned.add(guardRunningInstances(opener.opening.cloud));
      owned.add(tellTakeOver(opener.opening.cloud, notifications));
    }),
  );
  const root = createRoot(element, { onCaughtError });
  owned.defer(() => root.unmount());
  root.render(
    <StrictMode>
      <App opener={opener} notifications={notifications} />
    </StrictMode>,
  );
  void opener.open();
  return owned;
}
