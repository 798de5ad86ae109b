import type { CloudOptions } from "./api/types.ts";
import { mountPortal } from "./portal/index.tsx";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
// Whoever shows the portal in a frame could have it clicked unseen. The header that forbids it is not a static host's.
if (window.top !== window) {
  root.textContent = "The portal does not work in a frame of another page.";
  throw new Error("the portal is in a frame");
}

/**
 * The portal is on the screen while the cloud's code is still loading. The cloud is `tabvisor` in the developer tools; what a
 * deployment wants otherwise it puts into `tabvisorOptions` (`CloudOptions`) by a script of its own that runs before.
 */
const portal = mountPortal(root, async () => {
  const { openCloud } = await import("./api/index.ts");
  const { tabvisorOptions } = globalThis as { tabvisorOptions?: CloudOptions };
  const cloud = await openCloud({ origin: "portal", ...tabvisorOptions });
  Object.assign(globalThis, { tabvisor: cloud });
  import.meta.hot?.dispose(() => cloud.dispose());
  return cloud;
});

import.meta.hot?.dispose(() => portal.dispose());
