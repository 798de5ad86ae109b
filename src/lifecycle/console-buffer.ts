import { type Disposable, toDisposable } from "../base/disposable.ts";
import { reportUncaught } from "../base/errors.ts";

/** EC2 keeps the last 64 KB of console output (F07). */
export const CONSOLE_HISTORY_BYTES = 64 * 1024;

export type ConsoleListener = (text: string) => void | Promise<void>;

interface Subscription {
  readonly listener: ConsoleListener;
  /** Deliveries under way: disposing of the subscription ends them, so that a listener that hangs does not hold the guest. */
  readonly underWay: Set<() => void>;
}

/** What an instance's console has shown: the last 64 KiB, and a way to hear more with back-pressure. */
export class ConsoleBuffer {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #decoder = new TextDecoder();
  readonly #subscriptions = new Set<Subscription>();
  readonly #onChange: () => void;

  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  /** Takes a history from elsewhere instead of what is here. */
  restore(history: Uint8Array): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#keep(history.slice(-CONSOLE_HISTORY_BYTES));
  }

  /** Resolves when every listener has taken the bytes. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#keep(bytes);
    this.#onChange();
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return;
    await Promise.all([...this.#subscriptions].map((subscription) => deliver(subscription, text)));
  }

  /** Appends all of a stream; resolves at its end. A machine that goes away ends it with no error of its own. */
  async follow(stream: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal): Promise<void> {
    const reader = stream.getReader();
    const stop = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        await this.append(value);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      // A character cut off by a power-off must not swallow the start of the next boot's output.
      this.#decoder = new TextDecoder();
    }
  }

  onData(listener: ConsoleListener): Disposable {
    const subscription: Subscription = { listener, underWay: new Set() };
    this.#subscriptions.add(subscription);
    return toDisposable(() => {
      this.#subscriptions.delete(subscription);
      for (const end of subscription.underWay) end();
    });
  }

  /** The last 64 KiB as bytes. */
  historyBytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#bytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return whole.slice(-CONSOLE_HISTORY_BYTES);
  }

  history(): string {
    return new TextDecoder().decode(this.historyBytes());
  }

  /** Drops whole chunks from the front as long as 64 KiB remain: at most one chunk more is held. */
  #keep(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.byteLength;
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#bytes - first.byteLength < CONSOLE_HISTORY_BYTES) return;
      this.#chunks.shift();
      this.#bytes -= first.byteLength;
    }
  }
}

async function deliver({ listener, underWay }: Subscription, text: string): Promise<void> {
  try {
    const taken = listener(text);
    if (taken === undefined) return;
    await new Promise<void>((resolve, reject) => {
      underWay.add(resolve);
      taken.then(resolve, reject).finally(() => underWay.delete(resolve));
    });
  } catch (error) {
    // One listener's error is its own: neither the guest nor the other listeners may stop for it.
    reportUncaught(error);
  }
}
