import { concat } from "../base/bytes.ts";
import { CloudError } from "../base/errors.ts";
import { encodeError } from "./error-codec.ts";
import { type FromReader, type FromWriter, PortSource, type ReadPortOptions } from "./port-source.ts";

/**
 * A byte stream over a MessagePort with credit-based flow control: the reader grants bytes, the writer spends them.
 * (Transferable ReadableStreams would do this too, but copy every chunk and are missing in some browsers.)
 */
export const STREAM_WINDOW_BYTES = 1 << 20;

export interface PortWriterOptions {
  /** Buffers of this size are wanted back, and written again (`buffer`): a gigabyte passes through a few of them. */
  readonly lends?: number;
  /** The reader has gone, which a writer that has nothing to write would not notice. */
  readonly onCancel?: () => void;
}

/** The writing end. `write` moves the chunk's buffer away and waits for credit. */
export class PortWriter {
  readonly #port: MessagePort;
  readonly #lends: number | undefined;
  readonly #spares: ArrayBuffer[] = [];
  #credit = STREAM_WINDOW_BYTES;
  #cancelled = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort, { lends, onCancel }: PortWriterOptions = {}) {
    this.#port = port;
    this.#lends = lends;
    port.onmessage = (event: MessageEvent<FromReader>) => {
      if ("grant" in event.data) {
        this.#credit += event.data.grant;
        this.#spares.push(...(event.data.spares ?? []));
      } else {
        this.#cancelled = true;
        onCancel?.();
      }
      this.#wake?.();
    };
  }

  /** The reader has gone: what is written goes nowhere. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Bytes to fill and to `write`; what they hold is not said. They are in a buffer that has come back, where there is one. */
  buffer(bytes: number): Uint8Array<ArrayBuffer> {
    const spare = bytes === this.#lends ? this.#spares.pop() : undefined;
    return spare === undefined ? new Uint8Array(bytes) : new Uint8Array(spare);
  }

  /** Resolves when there is room for more. Chunks larger than the window pass when the window is full open. */
  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    while (!this.#cancelled && this.#credit <= 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#cancelled || this.#ended || chunk.byteLength === 0) return;
    this.#credit -= chunk.byteLength;
    const whole = chunk.byteLength === chunk.buffer.byteLength ? chunk : chunk.slice();
    this.#post({ data: whole, ...(whole.byteLength === this.#lends && { lent: true }) }, [whole.buffer]);
  }

  /** The other end will never grant any more: what waits for it waits no longer. */
  abandon(): void {
    this.#cancelled = true;
    this.#wake?.();
  }

  end(): void {
    this.#finish({ end: true });
  }

  fail(thrown: unknown): void {
    this.#finish({ error: encodeError(thrown) });
  }

  #finish(message: FromWriter): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#post(message, []);
  }

  #post(message: FromWriter, moves: Transferable[]): void {
    this.#port.postMessage(message, moves);
  }
}

/** The reading end, as a ReadableStream that grants credit as it is consumed. */
export function readPort(port: MessagePort, options: ReadPortOptions = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = new PortSource(port, options);
  // The window is the queue's bound: the stream itself holds nothing that nobody has asked for.
  return new ReadableStream<Uint8Array<ArrayBuffer>>(source, { highWaterMark: 0 });
}

/**
 * The same as a stream of bytes, where the browser has these: a reader of mode "byob" has it fill buffers of its own, and
 * buffers that were lent go back to the writer.
 */
export function readPortBytes(
  port: MessagePort,
  options: ReadPortOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (typeof ReadableByteStreamController === "undefined") return readPort(port, options);
  const source = new PortSource(port, options);
  return new ReadableStream({
    type: "bytes",
    start: (controller) => source.start(controller),
    pull: () => source.pull(),
    cancel: () => source.cancel(),
  });
}

/** Reads a stream whole. Throws `Stream.TooLong` beyond `limitBytes`. */
export async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > limitBytes) {
      const error = new CloudError(
        "Stream.TooLong",
        `More than ${limitBytes} bytes of output. Read it as a stream, or raise the limit.`,
        {
          limitBytes,
        },
      );
      await reader.cancel(error);
      throw error;
    }
    chunks.push(value);
  }
  return concat(chunks);
}

/**
 * Sends a stream, or bytes, into a port with flow control; the stream's error is carried over. Aborting cancels the
 * source, and is the error at the other end.
 */
export async function pumpInto(
  port: MessagePort,
  source: ReadableStream<Uint8Array<ArrayBuffer>> | Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const reader = source instanceof Uint8Array ? readerOf(source) : source.getReader();
  // The source is being let go of: that it cannot even be cancelled helps nobody.
  const letGo = (reason?: unknown) => void reader.cancel(reason).catch(() => {});
  const writer = new PortWriter(port, { onCancel: letGo });
  const abandon = () => {
    writer.abandon();
    letGo(signal?.reason);
  };
  signal?.addEventListener("abort", abandon, { once: true });
  if (signal?.aborted) abandon();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await writer.write(value.slice());
    }
    // What was cut off must not look like the whole.
    if (signal?.aborted) throw signal.reason;
    writer.end();
  } catch (thrown) {
    writer.fail(thrown);
  } finally {
    signal?.removeEventListener("abort", abandon);
  }
}

/** Bytes as a stream's reader, in pieces that keep the window busy. */
function readerOf(bytes: Uint8Array) {
  const step = STREAM_WINDOW_BYTES / 4;
  let offset = 0;
  return {
    async read() {
      if (offset >= bytes.byteLength) return { done: true, value: undefined } as const;
      const value = bytes.subarray(offset, offset + step);
      offset += step;
      return { done: false, value } as const;
    },
    async cancel() {
      offset = bytes.byteLength;
    },
  };
}
