import * as v from "valibot";
import { CloudError, toCloudError } from "../base/errors.ts";
import { decodeError, type EncodedError, encodeError } from "./error-codec.ts";
import { PortWriter, pumpInto, readPort } from "./port-stream.ts";

/** A connection of bytes between threads: a stream each way, and how it ends. */
export const connectionPortsSchema = v.object({
  /** From the end that has the connection. */
  incoming: v.instance(MessagePort),
  /** To it. */
  outgoing: v.instance(MessagePort),
  control: v.instance(MessagePort),
});
export type ConnectionPorts = v.InferOutput<typeof connectionPortsSchema>;

/** `close`: nobody reads any more. */
type ToHolder = { readonly abort: EncodedError } | { readonly close: true };
/** `changed`: the network is another one than when the connection was made. */
type FromHolder = { readonly closed: EncodedError | null } | { readonly changed: true };

/** What has a connection: a TCP socket. */
export interface HeldConnection {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both sides have ended in order; rejects with what ended the connection otherwise. */
  readonly closed: Promise<void>;
  abort(error: CloudError): void;
}

/** A connection, as whoever asked for it has it. */
export interface Connection {
  /** What the other side sends; ends when it does. Not read, it holds the other side back. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** A write resolves when there is room for more. Closing it ends this direction; the other one goes on. */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both directions have ended in order; rejects with what ended the connection otherwise. */
  readonly closed: Promise<void>;
  /** Ends it in order: what was written is still sent, and nothing more is read. */
  close(): Promise<void>;
  /** Ends it at once; the other side is told that it was cut off. */
  abort(reason?: unknown): void;
}

/** The ports of a new connection: one's own, and those for the thread that has it. */
export function connectionPorts(): { readonly own: ConnectionPorts; readonly others: ConnectionPorts } {
  const [incoming, outgoing, control] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
  return {
    own: { incoming: incoming.port1, outgoing: outgoing.port1, control: control.port1 },
    others: { incoming: incoming.port2, outgoing: outgoing.port2, control: control.port2 },
  };
}

export function closePorts({ incoming, outgoing, control }: ConnectionPorts): void {
  for (const port of [incoming, outgoing, control]) port.close();
}

/** Hears of it when the other end gives up, also before there is a connection. */
export function onAbort({ control }: ConnectionPorts, listener: (error: CloudError) => void): void {
  control.onmessage = ({ data }: MessageEvent<ToHolder>) => {
    if ("abort" in data) listener(decodeError(data.abort));
  };
}

/** Tells the other end that the network has changed: what is allowed now may be something else. */
export function tellChange({ control }: ConnectionPorts): void {
  control.postMessage({ changed: true } satisfies FromHolder);
}

/**
 * Carries a connection that this thread has to the other ends of its ports. Resolves when it is over, however it ends.
 * `gone`: aborts when the thread at the other end is gone, which ends the connection with its reason.
 */
export async function holdConnection(ports: ConnectionPorts, held: HeldConnection, gone: AbortSignal): Promise<void> {
  const { incoming, outgoing, control } = ports;
  const unread = new AbortController();
  const onGone = () => {
    held.abort(toCloudError(gone.reason));
    unread.abort(gone.reason);
  };
  gone.addEventListener("abort", onGone);
  if (gone.aborted) onGone();
  control.onmessage = ({ data }: MessageEvent<ToHolder>) => {
    if ("abort" in data) held.abort(decodeError(data.abort));
    else unread.abort(notRead());
  };
  const received = pumpInto(incoming, held.readable, unread.signal);
  // What fails on either way is the connection's own end, which is told below.
  readPort(outgoing)
    .pipeTo(held.writable)
    .catch(() => {});
  let message: FromHolder = { closed: null };
  try {
    await held.closed;
    // Its last bytes have been taken before its end is told.
    await received;
  } catch (thrown) {
    message = { closed: encodeError(thrown) };
  }
  control.postMessage(message);
  // Who reads lets go of what it has not read, when it is told.
  await received;
  gone.removeEventListener("abort", onGone);
  closePorts(ports);
}

/** The end of a connection that another thread has. */
export class PortConnection implements Connection {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  readonly closed: Promise<void>;
  readonly #ports: ConnectionPorts;
  readonly #writer: PortWriter;
  readonly #unread = new AbortController();
  #write!: WritableStreamDefaultController;
  #settle!: (error: CloudError | undefined) => void;
  #isOver = false;
  #hasEnded = false;
  #isCurrent = true;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
    this.closed = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever wants to know asks; the streams tell as well.
    this.closed.catch(() => {});
    this.readable = readPort(ports.incoming, { signal: this.#unread.signal });
    this.#writer = new PortWriter(ports.outgoing);
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#write = controller;
      },
      // The buffer is the caller's: it stays theirs.
      write: (chunk) => this.#writer.write(chunk.slice()),
      close: () => this.#end(),
      abort: (reason) => this.abort(reason),
    });
    ports.control.onmessage = ({ data }: MessageEvent<FromHolder>) => {
      if ("changed" in data) this.#isCurrent = false;
      else this.#over(data.closed === null ? undefined : decodeError(data.closed));
    };
  }

  /** It is open, and the network has not changed since it was made: another one would be let through as well. */
  get isCurrent(): boolean {
    return this.#isCurrent && !this.#isOver;
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    // Where somebody has the stream, what waits there is theirs.
    if (!this.writable.locked) await this.writable.close().catch(() => {});
    this.#end();
    this.#write.error(notRead());
    this.#tell({ close: true });
    await this.closed.catch(() => {});
  }

  abort(reason?: unknown): void {
    const error = toCloudError(reason ?? new CloudError("Network.ConnectionAborted", "The connection was given up."));
    this.#tell({ abort: encodeError(error) });
    this.#over(error);
  }

  /** The thread that had it is gone. */
  lost(error: CloudError): void {
    this.#over(error);
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#writer.end();
  }

  #tell(message: ToHolder): void {
    if (!this.#isOver) this.#ports.control.postMessage(message);
  }

  #over(error: CloudError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(error);
    if (error !== undefined) {
      this.#writer.abandon();
      this.#write.error(error);
      this.#unread.abort(error);
    }
    this.#ports.outgoing.close();
    this.#ports.control.close();
  }
}

const notRead = () => new CloudError("Network.ConnectionClosed", "This side has closed the connection.");
