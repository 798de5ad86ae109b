import * as v from "valibot";
import type { Disposable } from "../base/disposable.ts";
import { toCloudError } from "../base/errors.ts";
import { type FromPage, fromPageSchema, type SocketRequest, type ToPage } from "./socket-contract.ts";

/** A WebSocket that is open, as `instance.webSocket` gives it. */
export interface GuestSocket {
  readonly protocol: string;
  readonly readable: ReadableStream<string | Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<string | Uint8Array>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string; readonly wasClean: boolean }>;
  /** Of the server's answer. */
  readonly headers: Headers;
  close(code?: number, reason?: string): void;
  abort(reason?: unknown): void;
}

/** To the one port of the one guest that the frame is for. */
export type OpenGuestSocket = (
  path: string,
  request: { readonly protocols: readonly string[]; readonly signal: AbortSignal },
) => Promise<GuestSocket>;

/** Of one frame; browsers have 255 in all. */
const MAX_SOCKETS = 32;
/** What a page has been given and has not had yet, and what it has given that is not sent: of a socket. */
const MAX_GIVEN = 4 << 20;
const MAX_QUEUED = 32 << 20;

/** The WebSockets of a frame's pages, in the portal. */
export class FrameSockets implements Disposable {
  readonly #open: OpenGuestSocket;
  readonly #tunnels = new Set<Tunnel>();

  constructor(open: OpenGuestSocket) {
    this.#open = open;
  }

  serve(request: SocketRequest): void {
    const tunnel = new Tunnel(request.reply);
    if (this.#tunnels.size >= MAX_SOCKETS) {
      tunnel.refuse(`The page has ${MAX_SOCKETS} WebSockets already.`);
      return;
    }
    this.#tunnels.add(tunnel);
    void tunnel.run(this.#open, request).finally(() => this.#tunnels.delete(tunnel));
  }

  dispose(): void {
    for (const tunnel of this.#tunnels) tunnel.dispose();
  }
}

/** One of them: from a page's port to the guest. */
class Tunnel implements Disposable {
  readonly #port: MessagePort;
  readonly #gone = new AbortController();
  #given = 0;
  #queued = 0;
  #onRoom: (() => void) | undefined;
  /** All that the page has sent. */
  #sent: Promise<void> = Promise.resolve();
  #socket: GuestSocket | undefined;
  #writer: WritableStreamDefaultWriter<string | Uint8Array> | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  refuse(problem: string): void {
    this.#tell({ is: "closed", code: 1006, reason: "", wasClean: false, problem });
    this.#port.close();
  }

  /** Never rejects: the page is told. */
  async run(open: OpenGuestSocket, { socket: path, protocols }: SocketRequest): Promise<void> {
    this.#port.onmessage = ({ data }) => {
      const parsed = v.safeParse(fromPageSchema, data);
      if (parsed.success) this.#hear(parsed.output);
      else this.dispose();
    };
    // The page has gone, however it has.
    this.#port.addEventListener("close", () => this.dispose());
    try {
      const socket = await open(path, { protocols, signal: this.#gone.signal });
      this.#socket = socket;
      this.#writer = socket.writable.getWriter();
      // Told by each write, and by how it ends.
      this.#writer.closed.catch(() => {});
      // It may have been given up at the last moment.
      if (this.#gone.signal.aborted) socket.abort();
      else this.#tell({ is: "open", protocol: socket.protocol });
      const problem = await this.#carry(socket);
      const how = await socket.closed;
      this.#tell({ is: "closed", ...how, problem });
    } catch (thrown) {
      this.refuse(toCloudError(thrown).message.slice(0, 2000));
    } finally {
      this.#socket = undefined;
      this.#port.onmessage = null;
      this.#port.close();
    }
  }

  dispose(): void {
    this.#gone.abort();
    this.#socket?.abort();
    this.#onRoom?.();
  }

  /** Gives the page what comes; what has ended it, when it was not its close. */
  async #carry({ readable }: GuestSocket): Promise<string | null> {
    const reader = readable.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return null;
        const bytes = typeof value === "string" ? value.length : value.byteLength;
        const data = typeof value === "string" ? value : value.slice().buffer;
        this.#given += bytes;
        this.#port.postMessage(
          { is: "message", data, bytes } satisfies ToPage,
          data instanceof ArrayBuffer ? [data] : [],
        );
        while (this.#given > MAX_GIVEN && !this.#gone.signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#onRoom = resolve;
          });
        }
      }
    } catch (thrown) {
      return toCloudError(thrown).message.slice(0, 2000);
    }
  }

  #hear(said: FromPage): void {
    if (said.say === "send") this.#send(said.data);
    else if (said.say === "close") this.#close(said.code, said.reason);
    else {
      this.#given = Math.max(0, this.#given - said.bytes);
      this.#onRoom?.();
    }
  }

  #send(data: string | ArrayBuffer): void {
    const bytes = typeof data === "string" ? data.length : data.byteLength;
    // A page can send only to what is open; one that floods the portal's memory is no page that works.
    if (this.#writer === undefined || this.#queued + bytes > MAX_QUEUED) {
      this.dispose();
      return;
    }
    this.#queued += bytes;
    this.#sent = this.#writer.write(typeof data === "string" ? data : new Uint8Array(data)).then(
      () => {
        this.#queued -= bytes;
        this.#tell({ is: "sent" });
      },
      // Told by how it ends.
      () => {},
    );
  }

  #close(code: number | undefined, reason: string | undefined): void {
    const socket = this.#socket;
    if (socket === undefined) {
      this.#gone.abort();
      return;
    }
    // In its order: what was sent before arrives before.
    void this.#sent.then(() => {
      try {
        socket.close(code, reason);
      } catch {
        // A code that there is none of, which an honest page's end does not let through.
        this.dispose();
      }
    });
  }

  #tell(message: ToPage): void {
    this.#port.postMessage(message);
  }
}
