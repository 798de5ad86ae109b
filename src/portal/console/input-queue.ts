import { CloudError } from "../../base/errors.ts";

/** What waits for the guest at most: a longer paste is a file, and the guest takes some 100 kB/s. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** One write's size: small enough that Ctrl+C soon gets through, large enough to cost few round trips. */
const CHUNK_BYTES = 4 * 1024;

/** Sends what is typed and pasted to the guest, in order, each piece after the guest has taken the one before. */
export class InputQueue {
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  readonly #onError: (thrown: unknown) => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #sending: Promise<void> | null = null;

  constructor(send: (bytes: Uint8Array) => Promise<void>, onError: (thrown: unknown) => void) {
    this.#send = send;
    this.#onError = onError;
  }

  /** Bytes that have not been given to `send` yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Queues input; too much of it is refused as a whole, with an error. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#onError(
        new CloudError("Console.InputTooLong", "That is too much to paste into a console: at most 4 MiB at a time."),
      );
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#sending ??= this.#run();
  }

  /** Forgets what still waits, as Ctrl+C in the middle of a long paste asks for. */
  clear(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Resolves when nothing waits and nothing is being sent. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async #run(): Promise<void> {
    try {
      for (let chunk = this.#take(); chunk !== null; chunk = this.#take()) await this.#send(chunk);
    } catch (thrown) {
      // What comes after a lost piece would be worse than nothing: half a command.
      this.clear();
      this.#onError(thrown);
    } finally {
      this.#sending = null;
    }
  }

  /** The next chunk: small pieces together, as typing during a slow write leaves them; large ones in parts. */
  #take(): Uint8Array | null {
    const size = Math.min(CHUNK_BYTES, this.#waitingBytes);
    if (size === 0) return null;
    const chunk = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      const first = this.#waiting[0] as Uint8Array;
      const part = first.subarray(0, size - filled);
      chunk.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
    }
    this.#waitingBytes -= size;
    return chunk;
  }
}
