import * as v from "valibot";
import { ELSEWHERE, fromPortalSchema, LINE_WANTED, type ToPortal } from "../contract.ts";

/** At the top, so that the whole origin is in its scope (Service Workers §4.2.2); `vite.config.ts` puts it there. */
const WORKER = import.meta.env.DEV ? "/frame/service-worker.ts" : "/frame-worker.js";

/** The guest's page in its frame, the service worker that answers it, and the control port to the portal. */
export class GuestFrame {
  readonly #control: MessagePort;
  readonly #frame = document.createElement("iframe");
  /** Of the guest's page that was shown last. */
  #path = "/";

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
    const shown = this.#shown();
    if (shown === undefined) {
      // Another site's history is not to be touched: back from there is where it came from.
      this.#frame.src = order.do === "open" ? order.path : this.#path;
      return;
    }
    const { navigation } = shown;
    switch (order.do) {
      case "open":
        shown.location.assign(order.path);
        return;
      case "reload":
        shown.location.reload();
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

  /** Undefined: it shows another site, or the browser's own page in its place. */
  #shown(): Window | undefined {
    const { contentWindow, contentDocument } = this.#frame;
    return contentDocument === null ? undefined : (contentWindow ?? undefined);
  }

  #onLoad(): void {
    const shown = this.#shown();
    if (shown === undefined) {
      const message = "The page has led to another site, which is not shown here. “Back” leads to where it was.";
      this.tell({ what: "failed", error: { code: ELSEWHERE, message } });
      return;
    }
    this.#tellWhere(shown);
    shown.navigation?.addEventListener("currententrychange", () => this.#tellWhere(shown));
  }

  #tellWhere({ location, navigation, document: { title } }: Window): void {
    const { pathname, search, hash } = location;
    const { canGoBack: back = false, canGoForward: forward = false } = navigation ?? {};
    this.#path = pathname + search + hash;
    this.tell({ what: "at", path: this.#path, title, back, forward });
    document.title = title;
  }
}

/** Where it led to is told as all else is; that a page did not let itself be left is no fault. */
function ignore({ committed, finished }: NavigationResult): void {
  committed?.catch(() => {});
  finished?.catch(() => {});
}
