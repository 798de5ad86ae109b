/**
 * Runs in each of a guest's pages before its own scripts: service workers do not see WebSockets, so those to the page's own
 * origin go to the portal by a port, which the service worker passes on. All others stay the browser's. A classic script,
 * without imports and with nothing of it in sight of the page's: it is the page's from here on.
 */
(() => {
  type FromPage = import("../socket-contract.ts").FromPage;
  type ToPage = import("../socket-contract.ts").ToPage;
  type HandlerName = "onopen" | "onmessage" | "onclose" | "onerror";

  document.currentScript?.remove();
  const Native = globalThis.WebSocket;
  const serviceWorker = navigator.serviceWorker?.controller;
  if (!serviceWorker) return;

  const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3];
  const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
  /** Until it is open: the portal gives up before that. */
  const OPEN_WITHIN_MS = 30_000;
  const encoder = new TextEncoder();

  /** As the WebSockets standard has it, in the browser's own order of events. */
  class GuestWebSocket extends EventTarget {
    static readonly CONNECTING = CONNECTING;
    static readonly OPEN = OPEN;
    static readonly CLOSING = CLOSING;
    static readonly CLOSED = CLOSED;
    readonly CONNECTING = CONNECTING;
    readonly OPEN = OPEN;
    readonly CLOSING = CLOSING;
    readonly CLOSED = CLOSED;
    readonly url: string;
    readonly extensions = "";
    binaryType: BinaryType = "blob";
    protocol = "";
    readyState = CONNECTING;
    bufferedAmount = 0;
    readonly #port: MessagePort;
    readonly #handlers = new Map<HandlerName, EventListener>();
    /** Lengths of what has been sent and is not on its way yet. */
    readonly #queued: number[] = [];
    readonly #over = new AbortController();
    /** A blob's bytes are not there at once. */
    #last: Promise<void> | undefined;

    static override [Symbol.hasInstance](other: unknown): boolean {
      return other instanceof Native || Object.prototype.isPrototypeOf.call(GuestWebSocket.prototype, other as object);
    }

    constructor(url: URL, asked: string | string[] = []) {
      super();
      const protocols = [asked].flat();
      if (protocols.some((one) => !TOKEN.test(one)) || new Set(protocols).size < protocols.length) {
        throw new DOMException("The protocols are words, each once.", "SyntaxError");
      }
      this.url = url.href;
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      const giveUp = setTimeout(
        () => this.#end({ code: 1006, reason: "", wasClean: false, problem: "No answer." }),
        OPEN_WITHIN_MS,
      );
      port1.onmessage = ({ data }: MessageEvent<ToPage>) => {
        clearTimeout(giveUp);
        this.#hear(data);
      };
      // The portal has gone.
      port1.addEventListener("close", () => this.#end({ code: 1006, reason: "", wasClean: false, problem: null }));
      addEventListener("pagehide", () => this.#say({ say: "close", code: 1001 }), { signal: this.#over.signal });
      this.#over.signal.addEventListener("abort", () => clearTimeout(giveUp));
      serviceWorker?.postMessage({ socket: url.pathname + url.search, protocols, reply: port2 }, [port2]);
    }

    send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
      if (this.readyState === CONNECTING) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
      const message = data instanceof Blob ? data : typeof data === "object" ? copyOf(data) : String(data);
      const length =
        message instanceof Blob
          ? message.size
          : typeof message === "string"
            ? encoder.encode(message).length
            : message.byteLength;
      this.bufferedAmount += length;
      if (this.readyState !== OPEN) return;
      this.#queued.push(length);
      if (message instanceof Blob || this.#last !== undefined) {
        this.#last = this.#sendLater(this.#last, message);
        return;
      }
      this.#say({ say: "send", data: message });
    }

    close(code?: number, reason = ""): void {
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw new DOMException(`The code must be 1000 or 3000 to 4999, and is ${code}.`, "InvalidAccessError");
      }
      if (encoder.encode(reason).length > 123)
        throw new DOMException("The reason is longer than 123 bytes.", "SyntaxError");
      if (this.readyState >= CLOSING) return;
      this.readyState = CLOSING;
      const close = { say: "close", ...(code !== undefined && { code, reason: String(reason) }) } as const;
      if (this.#last === undefined) this.#say(close);
      else this.#last = this.#last.then(() => this.#say(close));
    }

    get onopen() {
      return this.#handlers.get("onopen") ?? null;
    }
    set onopen(handler) {
      this.#handle("onopen", handler);
    }
    get onmessage() {
      return this.#handlers.get("onmessage") ?? null;
    }
    set onmessage(handler) {
      this.#handle("onmessage", handler);
    }
    get onclose() {
      return this.#handlers.get("onclose") ?? null;
    }
    set onclose(handler) {
      this.#handle("onclose", handler);
    }
    get onerror() {
      return this.#handlers.get("onerror") ?? null;
    }
    set onerror(handler) {
      this.#handle("onerror", handler);
    }

    #handle(name: HandlerName, handler: EventListener | null): void {
      const before = this.#handlers.get(name);
      if (before !== undefined) this.removeEventListener(name.slice(2), before);
      this.#handlers.delete(name);
      if (typeof handler !== "function") return;
      this.#handlers.set(name, handler);
      this.addEventListener(name.slice(2), handler);
    }

    async #sendLater(before: Promise<void> | undefined, message: string | ArrayBuffer | Blob): Promise<void> {
      await before;
      this.#say({ say: "send", data: message instanceof Blob ? await message.arrayBuffer() : message });
    }

    #say(message: FromPage): void {
      this.#port.postMessage(message);
    }

    #hear(told: ToPage): void {
      switch (told.is) {
        case "open":
          if (this.readyState !== CONNECTING) return;
          this.readyState = OPEN;
          this.protocol = told.protocol;
          this.dispatchEvent(new Event("open"));
          return;
        case "message": {
          const { data, bytes } = told;
          this.#say({ say: "took", bytes });
          if (this.readyState !== OPEN) return;
          const shown = typeof data === "string" || this.binaryType === "arraybuffer" ? data : new Blob([data]);
          this.dispatchEvent(new MessageEvent("message", { data: shown, origin: new URL(this.url).origin }));
          return;
        }
        case "sent":
          this.bufferedAmount -= this.#queued.shift() ?? 0;
          return;
        case "closed":
          this.#end(told);
      }
    }

    #end({ code, reason, wasClean, problem }: Omit<Extract<ToPage, { is: "closed" }>, "is">): void {
      if (this.readyState === CLOSED) return;
      this.readyState = CLOSED;
      this.#over.abort();
      this.#port.close();
      // biome-ignore lint/suspicious/noConsole: as a browser tells who wrote the page.
      if (problem !== null) console.warn(`The WebSocket ${this.url} has failed: ${problem}`);
      if (!wasClean) this.dispatchEvent(new Event("error"));
      this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean }));
    }
  }

  /** WebSockets standard, "obtain a URL record"; https is wss where the page came by it. */
  function addressOf(given: string | URL): URL {
    const failed = (why: string) => new DOMException(`The URL '${given}' is ${why}.`, "SyntaxError");
    if (!URL.canParse(String(given), document.baseURI)) throw failed("invalid");
    const url = new URL(String(given), document.baseURI);
    if (url.protocol === "http:") url.protocol = "ws:";
    if (url.protocol === "https:") url.protocol = "wss:";
    if (!/^wss?:$/.test(url.protocol)) throw failed("not one of ws or wss");
    if (url.hash !== "" || String(given).endsWith("#")) throw failed("one with a fragment, which it must not have");
    return url;
  }

  function copyOf(data: ArrayBufferLike | ArrayBufferView): ArrayBuffer {
    if (ArrayBuffer.isView(data)) {
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer as ArrayBuffer;
    }
    return new Uint8Array(data).slice().buffer;
  }

  Object.defineProperty(GuestWebSocket, "name", { value: "WebSocket" });
  const value = new Proxy(GuestWebSocket, {
    construct: (target, args, newTarget) => {
      const url = addressOf(args[0]);
      // To other hosts it is the browser's own.
      return url.host === location.host
        ? Reflect.construct(target, [url, args[1]], newTarget)
        : Reflect.construct(Native, args);
    },
  });
  Object.defineProperty(globalThis, "WebSocket", { value, writable: true, configurable: true });
})();
