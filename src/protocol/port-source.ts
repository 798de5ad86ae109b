import { decodeError, type EncodedError } from "./error-codec.ts";

/** `lent`: the buffer is wanted back. */
export type FromWriter = { data: Uint8Array<ArrayBuffer>; lent?: true } | { end: true } | { error: EncodedError };
/** `spares`: buffers that were lent, given back. */
export type FromReader = { grant: number; spares?: ArrayBuffer[] } | { cancel: true };

export interface ReadPortOptions {
  /** Aborting makes its reason the stream's error. */
  readonly signal?: AbortSignal;
  /** Called once: at the end, at an error, when the reader cancels. */
  readonly onEnd?: () => void;
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
type Received = Extract<FromWriter, { data: unknown }>;

/** What a stream over a port reads from. */
export class PortSource {
  readonly #port: MessagePort;
  readonly #options: ReadPortOptions;
  readonly #received: Received[] = [];
  #controller: Controller | undefined;
  /** Somebody waits for what comes next. */
  #wanted = false;
  /** Everything has come. */
  #ended = false;
  #over = false;
  /** Bytes taken, and buffers to be given back, that the writer does not know of yet. */
  #taken = 0;
  #spares: ArrayBuffer[] = [];

  constructor(port: MessagePort, options: ReadPortOptions) {
    this.#port = port;
    this.#options = options;
  }

  start(controller: Controller): void {
    this.#controller = controller;
    const { signal } = this.#options;
    if (signal?.aborted) {
      this.#giveUp();
      return;
    }
    signal?.addEventListener("abort", this.#giveUp);
    this.#port.onmessage = (event: MessageEvent<FromWriter>) => {
      const message = event.data;
      if ("data" in message) {
        this.#received.push(message);
        this.#feed();
      } else {
        this.#close();
        if ("error" in message) controller.error(decodeError(message.error));
        else {
          this.#ended = true;
          this.#feed();
        }
      }
    };
  }

  pull(): void {
    this.#wanted = true;
    this.#feed();
  }

  cancel(): void {
    this.#post({ cancel: true });
    this.#close();
  }

  readonly #giveUp = (): void => {
    this.cancel();
    this.#controller?.error(this.#options.signal?.reason);
  };

  #feed(): void {
    while (this.#wanted && this.#received.length > 0) {
      this.#wanted = false;
      this.#give();
    }
    if (this.#received.length > 0) return;
    if (this.#taken > 0) {
      this.#post({ grant: this.#taken, ...(this.#spares.length > 0 && { spares: this.#spares }) }, this.#spares);
      this.#taken = 0;
      this.#spares = [];
    }
    if (!this.#ended) return;
    this.#ended = false;
    const request = this.#request();
    this.#controller?.close();
    // A reader that waits with a buffer gets it back (Streams §4.7.4, respond).
    request?.respond(0);
  }

  /** Gives the stream what came first. */
  #give(): void {
    const request = this.#request();
    const [first] = this.#received as [Received];
    const { data } = first;
    const view = request?.view;
    if (view == null) {
      this.#received.shift();
      this.#taken += data.byteLength;
      this.#controller?.enqueue(data);
      return;
    }
    const length = Math.min(view.byteLength, data.byteLength);
    new Uint8Array(view.buffer, view.byteOffset, length).set(data.subarray(0, length));
    this.#taken += length;
    if (length < data.byteLength) first.data = data.subarray(length);
    else {
      this.#received.shift();
      if (first.lent) this.#spares.push(data.buffer);
    }
    request?.respond(length);
  }

  #request(): ReadableStreamBYOBRequest | null {
    const controller = this.#controller;
    return controller !== undefined && "byobRequest" in controller ? controller.byobRequest : null;
  }

  #close(): void {
    this.#options.signal?.removeEventListener("abort", this.#giveUp);
    // Messages that have arrived already may still be dispatched after a close.
    this.#port.onmessage = null;
    this.#port.close();
    if (this.#over) return;
    this.#over = true;
    this.#options.onEnd?.();
  }

  #post(message: FromReader, moves: Transferable[] = []): void {
    this.#port.postMessage(message, moves);
  }
}
