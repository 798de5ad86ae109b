import * as v from "valibot";
import { setCookiesOf } from "../../api/set-cookies.ts";
import type { FetchOptions, InstanceWebSocket, WebSocketOptions } from "../../api/types.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { FrameBridge } from "../../frame/bridge.ts";
import {
  ELSEWHERE,
  type FromPortal,
  READY,
  type ToPortal,
  toPortalSchema,
  type Welcome,
} from "../../frame/contract.ts";
import { CookieJar } from "../../frame/cookie-jar.ts";

/** What a session needs of an instance. */
export interface WebServer {
  fetch(path: string, options: FetchOptions): Promise<Response>;
  webSocket(path: string, options: WebSocketOptions): Promise<InstanceWebSocket>;
}

export interface SessionOptions {
  readonly server: WebServer;
  readonly port: number;
  /** What to show first. */
  readonly path: string;
  /** The frame's page, which is loaded in `target` already or about to be. */
  readonly page: URL;
  /** Asked again for each message: a frame's window comes with the frame. */
  readonly target: () => Window | null;
}

export type Shown = Omit<Extract<ToPortal, { what: "at" }>, "what">;

/** Of each guest's origin, as long as the portal's page: a frame that is opened again is still logged in. */
const jars = new Map<string, CookieJar>();

function jarOf(origin: string): CookieJar {
  const jar = jars.get(origin) ?? new CookieJar();
  jars.set(origin, jar);
  return jar;
}

/** The frame's page is small, and comes from where the portal came from. */
const READY_WITHIN_MS = 15_000;

/**
 * A guest's web server in a window of another origin. The window gets HTTP to that one port and nothing else; what comes
 * from it may be the guest's script, so that it is checked and shown as text.
 */
export class FrameSession implements Disposable {
  readonly #options: SessionOptions;
  readonly #owned = new DisposableStore();
  readonly #bridge: FrameBridge;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  #control: MessagePort | undefined;
  #shown: Shown | null = null;
  #problem: CloudError | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { server, port, page } = options;
    this.#bridge = this.#owned.add(
      new FrameBridge({
        origin: page.origin,
        // Where a redirect leads is the browser's business: the page's address follows it.
        fetch: (path, { body, ...request }) =>
          server.fetch(path, { ...request, port, redirect: "manual", ...(body !== null && { body }) }),
        webSocket: (path, request) => server.webSocket(path, { ...request, port }),
        setCookies: setCookiesOf,
        cookies: jarOf(page.origin),
        onPage: (error) => this.#set({ problem: error }),
      }),
    );
    const onMessage = (event: MessageEvent) => this.#onMessage(event);
    addEventListener("message", onMessage);
    this.#owned.defer(() => removeEventListener("message", onMessage));
    const timer = setTimeout(() => this.#set({ problem: noPage(page) }), READY_WITHIN_MS);
    this.#owned.defer(() => clearTimeout(timer));
    this.#owned.add(this.onChange(() => clearTimeout(timer)));
    this.#owned.defer(() => this.#control?.close());
  }

  /** What the frame shows now; null before the first page has come. */
  get shown(): Shown | null {
    return this.#shown;
  }

  /** Why the last page has not come; null when it has. */
  get problem(): CloudError | null {
    return this.#problem;
  }

  open(path: string): void {
    this.#order({ do: "open", path });
  }

  go(where: "reload" | "back" | "forward"): void {
    this.#order({ do: where });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #order(order: FromPortal): void {
    this.#control?.postMessage(order);
  }

  #onMessage({ data, origin, source }: MessageEvent): void {
    const { page, path, target } = this.#options;
    const frame = target();
    if (data !== READY || frame === null || source !== frame || origin !== page.origin) return;
    this.#control?.close();
    const { port1, port2 } = new MessageChannel();
    this.#control = port1;
    port1.onmessage = (event) => this.#onControl(event);
    // A page that has been loaded again shows what was shown.
    const welcome: Welcome = { tabvisorFrame: "open", path: this.#shown?.path ?? path };
    frame.postMessage(welcome, page.origin, [port2]);
    this.#changed.fire();
  }

  #onControl({ data }: MessageEvent): void {
    const parsed = v.safeParse(toPortalSchema, data);
    if (!parsed.success) return;
    const message = parsed.output;
    if (message.what === "serve") this.#bridge.serve(message.port);
    else if (message.what === "failed")
      this.#set({ problem: new CloudError(message.error.code, message.error.message) });
    else {
      const { what, ...shown } = message;
      this.#set({ shown, problem: this.#problem?.code === ELSEWHERE ? null : this.#problem });
    }
  }

  #set({ shown = this.#shown, problem = this.#problem }: { shown?: Shown | null; problem?: CloudError | null }): void {
    this.#shown = shown;
    this.#problem = problem;
    this.#changed.fire();
  }
}

const noPage = (page: URL) =>
  new CloudError(
    "Frame.NoPage",
    `${page.origin} does not give the page that shows instances' web pages. The browser has to find that name, and what serves the portal has to serve its files there, too.`,
  );
