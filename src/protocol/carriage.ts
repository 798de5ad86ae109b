import type { Disposable } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import { decodeError, type EncodedError, encodeError } from "./error-codec.ts";
import { pumpInto, readPortBytes } from "./port-stream.ts";

/** What stands for something that cannot be copied between threads. */
interface Mark {
  readonly carried: "function" | "signal" | "stream";
  readonly port: MessagePort;
  /** Of a signal: it was aborted before it went. */
  readonly aborted?: boolean;
}

interface FunctionCall {
  readonly id: number;
  readonly args: unknown[];
}

interface FunctionReply {
  readonly id: number;
  readonly error?: EncodedError;
}

const ends = new WeakMap<object, AbortSignal>();

/**
 * Aborts when a function that came from another tab leads nowhere any more: that tab is gone, or its call is over. Who calls it
 * rarely would not notice. Undefined: the function is this tab's own.
 */
export const endOf = (carried: object): AbortSignal | undefined => ends.get(carried);

/**
 * What one call between two tabs takes along and brings back: functions, `AbortSignal`s and byte streams, anywhere in its
 * arguments or its result, become message ports on the way. Everything else is copied as it is.
 *
 * A function that was carried gives a promise, which resolves when the original has run (and what it gave has resolved),
 * so that back-pressure crosses too. When the tab at the other end is gone, its functions reject, its signals abort, its
 * streams fail, with the reason of `gone`.
 */
export class Carriage implements Disposable {
  readonly #gone: AbortSignal;
  readonly #over = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #lasting = 0;
  #finished = false;

  constructor(gone: AbortSignal) {
    this.#gone = gone;
    gone.addEventListener("abort", this.#onGone);
    if (gone.aborted) this.#onGone();
  }

  /** `lasting`: streams in it go on after the call (those of a result do). */
  pack(value: unknown, lasting = false): unknown {
    if (typeof value === "function") return this.#sendFunction(value as (...args: unknown[]) => unknown);
    if (value instanceof AbortSignal) return this.#sendSignal(value);
    if (value instanceof ReadableStream) return this.#sendStream(value, lasting);
    return mapPlain(value, (item) => this.pack(item, lasting));
  }

  unpack(value: unknown, lasting = false): unknown {
    if (!isMark(value)) return mapPlain(value, (item) => this.unpack(item, lasting));
    switch (value.carried) {
      case "function":
        return this.#takeFunction(value.port);
      case "signal":
        return this.#takeSignal(value);
      case "stream":
        return this.#takeStream(value.port, lasting);
    }
  }

  /** Resolves when every function that was called has run at the other end. */
  async delivered(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
  }

  /** The call is over: what it took along is let go of, when its lasting streams have ended. */
  finish(): void {
    this.#finished = true;
    if (this.#lasting === 0) this.dispose();
  }

  dispose(): void {
    this.#gone.removeEventListener("abort", this.#onGone);
    this.#over.abort(new CloudError("Cloud.CallEnded", "The call that this belonged to is over."));
  }

  readonly #onGone = () => {
    this.#over.abort(this.#gone.reason);
  };

  #hold(): () => void {
    this.#lasting++;
    return () => {
      this.#lasting--;
      if (this.#finished) this.finish();
    };
  }

  #whenOver(cleanUp: () => void): void {
    const { signal } = this.#over;
    if (signal.aborted) cleanUp();
    else signal.addEventListener("abort", cleanUp, { once: true });
  }

  #sendFunction(original: (...args: unknown[]) => unknown): Mark {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = async ({ data: { id, args } }: MessageEvent<FunctionCall>) => {
      let reply: FunctionReply = { id };
      try {
        await original(...args);
      } catch (thrown) {
        reply = { id, error: encodeError(thrown) };
      }
      port1.postMessage(reply);
    };
    this.#whenOver(() => port1.close());
    return { carried: "function", port: port2 };
  }

  #takeFunction(port: MessagePort): (...args: unknown[]) => Promise<void> {
    const waiting = new Map<number, (reply: FunctionReply) => void>();
    let lastId = 0;
    port.onmessage = ({ data }: MessageEvent<FunctionReply>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
    this.#whenOver(() => port.close());
    const { signal } = this.#over;
    const call = (...args: unknown[]) => {
      const answered = new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const id = ++lastId;
        const giveUp = () => reject(signal.reason);
        signal.addEventListener("abort", giveUp, { once: true });
        waiting.set(id, ({ error }) => {
          signal.removeEventListener("abort", giveUp);
          if (error === undefined) resolve();
          else reject(decodeError(error));
        });
        port.postMessage({ id, args } satisfies FunctionCall);
      });
      this.#underWay.add(answered);
      // Whoever calls it need not wait for it; who does hears of a failure.
      answered.catch(() => {}).finally(() => this.#underWay.delete(answered));
      return answered;
    };
    ends.set(call, signal);
    return call;
  }

  #sendSignal(original: AbortSignal): Mark {
    const { port1, port2 } = new MessageChannel();
    const abort = () => port1.postMessage("abort");
    original.addEventListener("abort", abort, { once: true });
    this.#whenOver(() => {
      original.removeEventListener("abort", abort);
      port1.close();
    });
    return { carried: "signal", port: port2, aborted: original.aborted };
  }

  #takeSignal({ port, aborted }: Mark): AbortSignal {
    const controller = new AbortController();
    if (aborted) controller.abort();
    port.onmessage = () => controller.abort();
    this.#whenOver(() => {
      port.close();
      // Nobody is left to abort it, nor to hear what comes of it.
      if (this.#gone.aborted) controller.abort(this.#gone.reason);
    });
    return controller.signal;
  }

  #sendStream(original: ReadableStream, lasting: boolean): Mark {
    const { port1, port2 } = new MessageChannel();
    const release = lasting ? this.#hold() : () => {};
    // It tells the other end what goes wrong, and never rejects.
    void pumpInto(port1, original, this.#over.signal).finally(release);
    return { carried: "stream", port: port2 };
  }

  #takeStream(port: MessagePort, lasting: boolean): ReadableStream {
    return readPortBytes(port, { signal: this.#over.signal, onEnd: lasting ? this.#hold() : () => {} });
  }
}

function isMark(value: unknown): value is Mark {
  return typeof value === "object" && value !== null && "carried" in value && "port" in value && isPort(value.port);
}

const isPort = (value: unknown): boolean => value instanceof MessagePort;

/** Goes through arrays and plain objects; anything else is copied as it is when it is sent. */
function mapPlain(value: unknown, map: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]));
}
