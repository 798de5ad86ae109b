import { type Disposable, toDisposable } from "./disposable.ts";
import { reportUncaught } from "./errors.ts";

export type Listener<T> = (value: T) => void;

/** A subscribable source of values. */
export type Event<T> = (listener: Listener<T>) => Disposable;

/** Fires when one of them does. */
export const anyOf =
  (...events: readonly Event<void>[]): Event<void> =>
  (listener) => {
    const subscriptions = events.map((event) => event(listener));
    return toDisposable(() => {
      for (const subscription of subscriptions) subscription.dispose();
    });
  };

/**
 * A list of listeners. A listener that throws does not keep the others from hearing;
 * its error goes to `onListenerError` (by default it is reported as an uncaught error).
 */
export class Emitter<T> implements Disposable {
  #listeners = new Set<Listener<T>>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = reportUncaught) {
    this.#onListenerError = onListenerError;
  }

  readonly event: Event<T> = (listener) => {
    // A wrapper, so that the same function subscribed twice is called twice and removed once each.
    const entry: Listener<T> = (value) => listener(value);
    this.#listeners.add(entry);
    return toDisposable(() => this.#listeners.delete(entry));
  };

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
