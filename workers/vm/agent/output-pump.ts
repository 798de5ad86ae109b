import { concat } from "../../../src/base/bytes.ts";

/** Where a program's output goes: a `PortWriter` is one. */
export interface ByteSink {
  /** Resolves when there is room for more. The chunk is the sink's from now on. */
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Nobody reads any more: output may be dropped. */
  readonly cancelled: boolean;
}

/** Bytes of stdout, or stderr, on their way from the agent to the reader (A13): the bound of a pump's memory. */
export const OUTPUT_WINDOW_BYTES = 1 << 20;

/** What is waiting is handed on in one chunk, up to this: small output costs few messages, and little is copied late. */
const MERGE_BYTES = 256 << 10;

/**
 * Carries one output stream to its sink, merging what has gathered while the sink was busy. What the sink has taken
 * is granted to the agent again, so that a slow reader slows the program and nothing grows.
 */
export class OutputPump {
  readonly #sink: ByteSink;
  readonly #grant: (bytes: number) => void;
  #waiting: Uint8Array[] = [];
  #ungranted = 0;
  #running: Promise<void> | undefined;

  constructor(sink: ByteSink, grant: (bytes: number) => void) {
    this.#sink = sink;
    this.#grant = grant;
  }

  /** `piece` may be a view; it is copied when it is sent. */
  push(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#running ??= this.#run();
    // Whoever awaits `drained` sees the error; until then it must not count as unhandled.
    this.#running.catch(() => {});
  }

  /** Resolves when the sink has taken everything. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // The pieces of one packet come in one go: let them gather.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const chunk = concat(this.#takeWaiting());
      // The sink may move the chunk to another thread: it is empty here then.
      const { byteLength } = chunk;
      if (!this.#sink.cancelled) await this.#sink.write(chunk);
      this.#ungranted += byteLength;
      if (this.#ungranted < OUTPUT_WINDOW_BYTES / 4) continue;
      this.#grant(this.#ungranted);
      this.#ungranted = 0;
    }
    this.#running = undefined;
  }

  #takeWaiting(): Uint8Array[] {
    let bytes = 0;
    let count = 0;
    for (const piece of this.#waiting) {
      if (count > 0 && bytes + piece.byteLength > MERGE_BYTES) break;
      bytes += piece.byteLength;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
