import { type CloudError, toCloudError } from "../../base/errors.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionEvents } from "./connection-options.ts";
import type { Endpoint } from "./segment.ts";

/** A TCP connection as a pair of web streams, with backpressure both ways. */
export interface TcpSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** What the other side sends; ends with its FIN. Cancelling it takes and forgets what comes. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * A write resolves when its bytes are in the send buffer. Closing sends FIN, and resolves when all of it has arrived; the
   * other direction goes on. Aborting ends the whole connection.
   */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both sides have ended in order; rejects with what ended the connection otherwise. */
  readonly closed: Promise<void>;
  /** Hops that packets live for (IP's TTL), from now on. */
  setHopLimit(hops: number): void;
  /** Ends the connection at once; the other side is told by RST. */
  abort(error: CloudError): void;
}

type SocketEvents = Omit<ConnectionEvents, "onOpen">;

/** Of one read: more would keep others waiting, less costs more rounds. */
const READ_SIZE = 256 * 1024;

/** A connection's streams. Made before the connection, whose events it hears. */
export class StreamSocket implements TcpSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  readonly closed: Promise<void>;
  readonly #connection: Connection;
  #read!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #write!: WritableStreamDefaultController;
  #settle!: (error: CloudError | undefined) => void;
  #isEnded = false;
  /** Somebody waits for bytes, for room, or for the last of them to have arrived. */
  #onReadable: (() => void) | undefined;
  #onRoom: (() => void) | undefined;
  #onFinished: (() => void) | undefined;
  #error: CloudError | undefined;

  constructor(local: Endpoint, remote: Endpoint, connect: (events: SocketEvents) => Connection) {
    this.local = local;
    this.remote = remote;
    this.closed = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever wants to know asks; the streams tell as well.
    this.closed.catch(() => undefined);
    this.readable = new ReadableStream(
      {
        start: (controller) => {
          this.#read = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#isEnded = true;
          this.#connection.discard();
        },
      },
      // Nothing is taken from the connection before somebody wants it: what is not read closes the window.
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream({
      start: (controller) => {
        this.#write = controller;
      },
      write: (chunk) => this.#writeAll(chunk),
      close: () => this.#finish(),
      abort: (reason) => this.abort(toCloudError(reason, "Network.ConnectionAborted")),
    });
    this.#connection = connect({
      onReadable: () => this.#onReadable?.(),
      onRoom: () => this.#onRoom?.(),
      onFinished: () => this.#onFinished?.(),
      onClosed: (error) => this.#onClosed(error),
    });
  }

  setHopLimit(hops: number): void {
    this.#connection.hopLimit = hops;
  }

  abort(error: CloudError): void {
    this.#connection.abort(error);
  }

  async #pull(): Promise<void> {
    while (this.#connection.unread === 0 && !this.#connection.isAtEnd && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#onReadable = resolve;
      });
      this.#onReadable = undefined;
    }
    if (this.#isEnded) return;
    if (this.#connection.unread > 0) this.#read.enqueue(this.#connection.read(READ_SIZE));
    else {
      this.#isEnded = true;
      this.#read.close();
    }
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#error !== undefined) throw this.#error;
      const taken = this.#connection.write(chunk.subarray(at));
      at += taken;
      if (taken > 0) continue;
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
      this.#onRoom = undefined;
    }
  }

  async #finish(): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.#onFinished = resolve;
    });
    this.#connection.finish();
    await arrived;
    if (this.#error !== undefined) throw this.#error;
  }

  #onClosed(error: CloudError | undefined): void {
    this.#settle(error);
    if (error !== undefined) {
      this.#error = error;
      if (!this.#isEnded) this.#read.error(error);
      this.#isEnded = true;
      this.#write.error(error);
    }
    this.#onReadable?.();
    this.#onRoom?.();
    this.#onFinished?.();
  }
}
