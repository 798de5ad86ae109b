import type { Instance } from "../../api/types.ts";
import { framePageUrl } from "../../frame/addresses.ts";
import type { Address } from "./address.ts";
import { FrameSession } from "./frame-session.ts";

interface FrameTab {
  readonly window: Window;
  readonly session: FrameSession;
}

/** Tabs stay when the page that has opened them is left, and need the portal until they are closed. */
const tabs = new Set<FrameTab>();

/** Opens a guest's web page in a tab of its own. The browser may forbid it: then nothing happens that it does not tell. */
export function openInTab(server: Instance, template: string, { port, path }: Address): void {
  for (const tab of tabs) {
    if (!tab.window.closed) continue;
    tab.session.dispose();
    tabs.delete(tab);
  }
  const page = framePageUrl(template, server.id, port);
  // Without a name, so that no other window can get hold of it; with an opener, which it gives up once it has met us.
  const opened = window.open("about:blank", "_blank");
  if (opened === null) return;
  tabs.add({ window: opened, session: new FrameSession({ server, port, path, page, target: () => opened }) });
  opened.location.href = page.href;
}
