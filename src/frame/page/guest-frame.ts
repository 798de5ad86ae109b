import * as v from "valibot";
import { fromPortalSchema, LINE_WANTED, type ToPortal } from "../contract.ts";

/** At the top, so that the whole origin is in its scope (Service Workers §4.2.2); `vite.config.ts` puts it there. */
const WORKER = import.meta.env.DEV ? "/frame/service-worker.ts" : "/frame-worker.js";

/** The guest's page in its frame, the service worker that answers it, and the control port to the portal. */
export class GuestFrame {
  readonly #control: MessagePort;
  readonly #frame = document.createElement("iframe");

  constructor(control: MessagePort) {
    this.#control = control;
    this.#frame.title = "The instance's page";
    this.#frame.addEventListener("load", () => this.#onLoad());
    control.onmessage = ({ data }) => {
      const parsed = v.safeParse(fromPortalSchema, data);
      if (parsed.success) this.#obey(parsed.output);
    };
    navigator.serviceWorker.onmessage = ({ data, source }) => {
      if (data === LINE_WANTED && source !== null) this.#giveLine(source);
    };
  }

  async open(path: string): Promise<void> {
    await navigator.serviceWorker.register(WORKER, { scope: "/", type: "module", updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    this.#frame.src = path;
    document.body.replaceChildren(this.#frame);
  }

  tell(message: ToPortal, moves: Transferable[] = []): void {
    this.#control.postMessage(message, moves);
  }

  #obey(order: v.InferOutput<typeof fromPortalSchema>): void {
    const { contentWindow } = this.#frame;
    if (contentWindow === null) return;
    const { navigation } = contentWindow;
    switch (order.do) {
      case "open":
        contentWindow.location.assign(order.path);
        return;
      case "reload":
        contentWindow.location.reload();
        return;
      // The frame's own history: `history` is the whole tab's, and would take the portal along.
      case "back":
        if (navigation?.canGoBack) ignore(navigation.back());
        return;
      case "forward":
        if (navigation?.canGoForward) ignore(navigation.forward());
    }
  }

  #giveLine(worker: MessageEventSource): void {
    const { port1, port2 } = new MessageChannel();
    this.tell({ what: "serve", port: port1 }, [port1]);
    worker.postMessage(LINE_WANTED, { transfer: [port2] });
  }

  #onLoad(): void {
    this.#tellWhere();
    this.#frame.contentWindow?.navigation?.addEventListener("currententrychange", () => this.#tellWhere());
  }

  #tellWhere(): void {
    const { contentWindow, contentDocument } = this.#frame;
    if (contentWindow === null || contentDocument === null) return;
    const { pathname, search, hash } = contentWindow.location;
    const { canGoBack: back = false, canGoForward: forward = false } = contentWindow.navigation ?? {};
    this.tell({ what: "at", path: pathname + search + hash, title: contentDocument.title, back, forward });
    document.title = contentDocument.title;
  }
}

/** Where it led to is told as all else is; that a page did not let itself be left is no fault. */
function ignore({ committed, finished }: NavigationResult): void {
  committed?.catch(() => {});
  finished?.catch(() => {});
}
