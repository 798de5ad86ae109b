import { FRAME, frame, MAX_DATA_BYTES, STDIN_WINDOW_BYTES } from "./frames.ts";

export type ByteSource = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Carries a program's stdin to the agent, never more than it granted (A12). */
export class InputPump {
  readonly #send: (frames: Uint8Array) => Promise<void>;
  #credit = STDIN_WINDOW_BYTES;
  #stopped = false;
  #wake: (() => void) | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;

  constructor(send: (frames: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    this.#wake?.();
  }

  /** Nobody takes more: the source is cancelled, `run` resolves. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    // The source's own failure to cancel changes nothing for a program that reads no more.
    this.#reader?.cancel().catch(() => {});
  }

  /** Resolves when all was sent, or after `stop`. Rejects with the source's error, or the connection's. */
  async run(source: ByteSource): Promise<void> {
    const reader = source.getReader();
    this.#reader = reader;
    if (this.#stopped) {
      await reader.cancel();
      return;
    }
    while (!this.#stopped) {
      const { done, value } = await reader.read();
      if (this.#stopped) return;
      if (done) {
        await this.#send(frame(FRAME.end));
        return;
      }
      await this.#sendChunk(value);
    }
  }

  async #sendChunk(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.byteLength && !this.#stopped; ) {
      if (this.#credit === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const length = Math.min(this.#credit, MAX_DATA_BYTES, chunk.byteLength - offset);
      this.#credit -= length;
      await this.#send(frame(FRAME.data, chunk.subarray(offset, offset + length)));
      offset += length;
    }
  }
}
