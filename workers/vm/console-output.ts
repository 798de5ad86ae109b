import type { PortWriter } from "../../src/protocol/port-stream.ts";

/** Sent at once when so much has gathered. */
const CHUNK_BYTES = 64 * 1024;
/** Output that comes in a stream is sent at most so often: a display frame. */
const INTERVAL_MS = 16;
/** The machine pauses when so much waits for the reader. Beside it, a full port stream window is under way. */
const PAUSE_BYTES = 256 * 1024;
/** And goes on when only so much is left. */
const RESUME_BYTES = 64 * 1024;
/** A reader that has stopped reading must not hold up a power-off. */
const LAST_WORDS_MS = 500;

export interface ConsoleOutputHost {
  /** The reader does not keep up: stop the guest; or it has caught up. */
  setPaused(paused: boolean): void;
}

/**
 * Gathers the console's bytes into chunks and sends them with flow control. Nothing is dropped: when the reader is
 * slow, the guest is paused. (Keeping its buffers back would not do: Linux spins until they are returned.)
 */
export class ConsoleOutput {
  readonly #writer: PortWriter;
  readonly #host: ConsoleOutputHost;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sending = false;
  #paused = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushed: (() => void)[] = [];

  constructor(writer: PortWriter, host: ConsoleOutputHost) {
    this.#writer = writer;
    this.#host = host;
  }

  /** Takes the bytes; gives whether there is room for more. */
  push(bytes: Uint8Array): boolean {
    if (this.#writer.cancelled) return true;
    this.#chunks.push(bytes);
    this.#bytes += bytes.byteLength;
    if (this.#bytes >= PAUSE_BYTES && !this.#paused) {
      this.#paused = true;
      this.#host.setPaused(true);
    }
    this.#schedule();
    return !this.#paused;
  }

  /** Resolves when all has been handed to the port. */
  async flush(): Promise<void> {
    if (this.#bytes === 0 && !this.#sending) return;
    this.#cancelTimer();
    this.#send();
    await new Promise<void>((resolve) => this.#flushed.push(resolve));
  }

  /** Sends what is left, as long as the reader takes it within a moment, and ends the stream. */
  async end(): Promise<void> {
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      giveUp = setTimeout(resolve, LAST_WORDS_MS);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(giveUp);
    this.#cancelTimer();
    this.#writer.end();
  }

  #schedule(): void {
    if (this.#sending || this.#timer !== undefined) return;
    const wait = this.#bytes >= CHUNK_BYTES ? 0 : Math.max(0, this.#sentAt + INTERVAL_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, wait);
  }

  #send(): void {
    if (this.#sending || this.#bytes === 0) return;
    const chunk = this.#take();
    this.#sending = true;
    this.#sentAt = performance.now();
    this.#writer.write(chunk).then(
      () => this.#sent(),
      () => this.#sent(),
    );
  }

  #sent(): void {
    this.#sending = false;
    if (this.#paused && (this.#bytes <= RESUME_BYTES || this.#writer.cancelled)) {
      this.#paused = false;
      this.#host.setPaused(false);
    }
    if (this.#bytes > 0) {
      if (this.#flushed.length > 0) this.#send();
      else this.#schedule();
    } else for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** The oldest bytes, up to a chunk. */
  #take(): Uint8Array<ArrayBuffer> {
    const chunk = new Uint8Array(Math.min(this.#bytes, CHUNK_BYTES));
    let filled = 0;
    while (filled < chunk.byteLength) {
      const first = this.#chunks[0] as Uint8Array;
      const part = first.subarray(0, chunk.byteLength - filled);
      chunk.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === first.byteLength) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.byteLength);
    }
    this.#bytes -= filled;
    return chunk;
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
