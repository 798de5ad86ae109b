import * as v from "valibot";
import type { Disposable } from "../base/disposable.ts";
import { type CloudError, toCloudError } from "../base/errors.ts";
import { type Asking, type FrameRequest, type Reply, requestSchema } from "./contract.ts";
import type { CookieJar } from "./cookie-jar.ts";
import { answerHeaders, requestHeaders } from "./headers.ts";
import { Slots } from "./slots.ts";
import { socketSchema } from "./socket-contract.ts";
import { FrameSockets, type GuestSocket } from "./sockets.ts";

export interface GuestRequest {
  readonly method: string;
  readonly headers: [string, string][];
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly signal: AbortSignal;
}

export interface GuestSocketRequest {
  readonly protocols: readonly string[];
  readonly headers: [string, string][];
  readonly signal: AbortSignal;
}

export interface BridgeOptions {
  /** The frame's origin: by its name the guest's server is called. */
  readonly origin: string;
  /** One HTTP request to the one port of the one guest that the frame is for. */
  readonly fetch: (path: string, request: GuestRequest) => Promise<Response>;
  /** One WebSocket there. */
  readonly webSocket: (path: string, request: GuestSocketRequest) => Promise<GuestSocket>;
  /** The `Set-Cookie` fields of an answer. */
  readonly setCookies: (response: Response) => readonly string[];
  /** The origin's. */
  readonly cookies: CookieJar;
  /** A whole page has come (null), or has failed. */
  readonly onPage: (error: CloudError | null) => void;
}

/** As many connections as browsers make to a host. */
const CONNECTIONS = 6;
/** A page with more pictures than this shows those that it was given. */
const MAX_WAITING = 500;
/** What is smaller is sent with its length: many a small server does not take chunks (RFC 9112 §7.1). */
const WHOLE_BODY_BYTES = 16 << 20;

/** Answers the requests of a frame's service worker, in the portal. What is under way ends with it. */
export class FrameBridge implements Disposable {
  readonly #options: BridgeOptions;
  readonly #slots = new Slots(CONNECTIONS, MAX_WAITING);
  readonly #exchanges = new Set<Exchange>();
  readonly #sockets: FrameSockets;
  #line: MessagePort | undefined;
  #isDisposed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#sockets = new FrameSockets((path, request) => this.#openSocket(path, request));
  }

  /** Takes requests from this port, and no longer from the one before: who asks for a line has lost its own. */
  serve(line: MessagePort): void {
    this.#line?.close();
    if (this.#isDisposed) {
      line.close();
      return;
    }
    this.#line = line;
    line.onmessage = ({ data }) => {
      const socket = v.safeParse(socketSchema, data);
      if (socket.success) return this.#sockets.serve(socket.output);
      const parsed = v.safeParse(requestSchema, data);
      if (!parsed.success) return;
      const exchange = new Exchange(parsed.output, this.#options);
      this.#exchanges.add(exchange);
      void exchange.run(this.#slots).finally(() => this.#exchanges.delete(exchange));
    };
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#line?.close();
    for (const exchange of this.#exchanges) exchange.abort();
    this.#sockets.dispose();
  }

  async #openSocket(path: string, { protocols, signal }: Omit<GuestSocketRequest, "headers">): Promise<GuestSocket> {
    const { origin, cookies } = this.#options;
    const cookie = cookies.fieldFor(path);
    const headers = [...requestHeaders([["Origin", origin]], origin), ...fieldOf("Cookie", cookie)];
    const socket = await this.#options.webSocket(path, { protocols, headers, signal });
    cookies.take(socket.headers.getSetCookie(), path);
    return socket;
  }
}

/**
 * One request. Its answer goes out piece by piece as the other end asks for it, over a protocol so small that there is
 * nothing in it to get wrong: the other end may be the guest's own script.
 */
class Exchange {
  readonly #request: FrameRequest;
  readonly #options: BridgeOptions;
  readonly #aborted = new AbortController();
  #asked = 0;
  #wake: (() => void) | undefined;

  constructor(request: FrameRequest, options: BridgeOptions) {
    this.#request = request;
    this.#options = options;
    request.reply.onmessage = ({ data }: MessageEvent<Asking>) => {
      if (data === "more") this.#asked++;
      else this.abort();
      this.#wake?.();
    };
  }

  abort(): void {
    this.#aborted.abort();
    this.#wake?.();
  }

  /** Never rejects: the other end is told. */
  async run(slots: Slots): Promise<void> {
    this.#tell({ is: "accepted" });
    let release: (() => void) | undefined;
    try {
      release = await slots.take();
      this.#aborted.signal.throwIfAborted();
      await this.#answer();
    } catch (thrown) {
      const error = toCloudError(thrown);
      this.#tell({ is: "failed", error: { code: error.code, message: error.message.slice(0, 2000) } });
      if (this.#request.isPage && !this.#aborted.signal.aborted) this.#options.onPage(error);
    } finally {
      release?.();
      this.#request.reply.onmessage = null;
    }
  }

  async #answer(): Promise<void> {
    const { method, path, headers, body, isPage } = this.#request;
    const { origin, cookies, setCookies, onPage } = this.#options;
    const cookie = cookies.fieldFor(path);
    const response = await this.#options.fetch(path, {
      method,
      headers: [...requestHeaders(headers, origin), ...fieldOf("Cookie", cookie)],
      body: body === null ? null : await bodyOf(body),
      signal: this.#aborted.signal,
    });
    cookies.take(setCookies(response), path);
    const fields = answerHeaders(response.headers, origin);
    const hasBody = response.body !== null;
    this.#tell({ is: "answer", status: response.status, statusText: response.statusText, headers: fields, hasBody });
    if (isPage) onPage(null);
    if (response.body !== null) await this.#send(response.body.getReader());
  }

  async #send(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>): Promise<void> {
    try {
      for (;;) {
        while (this.#asked === 0) await this.#nextAsking();
        this.#aborted.signal.throwIfAborted();
        const { done, value } = await reader.read();
        if (done) return this.#tell({ is: "end" });
        this.#asked--;
        this.#tell({ is: "piece", bytes: value });
      }
    } catch (thrown) {
      // What ended it is told by the caller; that it cannot even be cancelled helps nobody.
      reader.cancel(thrown).catch(() => {});
      throw thrown;
    }
  }

  async #nextAsking(): Promise<void> {
    this.#aborted.signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #tell(reply: Reply): void {
    this.#request.reply.postMessage(reply);
  }
}

const bodyOf = async (body: Blob): Promise<GuestRequest["body"]> =>
  body.size <= WHOLE_BODY_BYTES ? new Uint8Array(await body.arrayBuffer()) : body.stream();

const fieldOf = (name: string, value: string): [string, string][] => (value === "" ? [] : [[name, value]]);
