import * as v from "valibot";
import { toCloudError } from "../../base/errors.ts";
import { portalOrigin } from "../addresses.ts";
import { READY, welcomeSchema } from "../contract.ts";
import { GuestFrame } from "./guest-frame.ts";

/**
 * The page that stays while a guest's pages come and go in a frame inside of it, and passes on between their service worker
 * and the portal. It is of the guest's origin: the guest's scripts can do whatever it can.
 */
const configured = document.querySelector<HTMLMetaElement>('meta[name="tabvisor-portal"]')?.content ?? "";
const portal = portalOrigin(new URL(location.href), configured);
/** In a tab of its own it has been opened by the portal. */
const opener: Window | null = parent === window ? window.opener : parent;

function say(text: string): void {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  document.body.replaceChildren(paragraph);
}

function meetPortal(window_: Window, origin: string): void {
  const onMessage = ({ data, origin: from, source, ports: [control] }: MessageEvent) => {
    if (source !== window_ || from !== origin || control === undefined) return;
    const welcome = v.safeParse(welcomeSchema, data);
    if (!welcome.success) return;
    removeEventListener("message", onMessage);
    // From here on there is a guest's script in this tab, which must not have a way to the portal's.
    window.opener = null;
    const frame = new GuestFrame(control);
    frame.open(welcome.output.path).catch((thrown: unknown) => {
      const { code, message } = toCloudError(thrown, "Frame.NoServiceWorker");
      frame.tell({ what: "failed", error: { code, message } });
      say(`The browser does not let this page work: ${message}`);
    });
  };
  addEventListener("message", onMessage);
  window_.postMessage(READY, origin);
}

if (portal === undefined)
  say("This page does not know the portal that it belongs to (its “tabvisor-portal” is empty).");
else if (opener === null) say("This page belongs to an instance. Open it from the portal.");
else meetPortal(opener, portal);
