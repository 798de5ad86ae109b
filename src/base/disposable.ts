/** Something that holds a listener, timer, port or worker, and lets go of it once. */
export interface Disposable {
  dispose(): void;
}

/** Wraps a clean-up so that it runs at most once. */
export function toDisposable(cleanUp: () => void): Disposable {
  let done = false;
  return {
    dispose() {
      if (done) return;
      done = true;
      cleanUp();
    },
  };
}

/** Owns disposables and disposes of them in reverse order; what is added after that is disposed of at once. */
export class DisposableStore implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  get isDisposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  /** Owns a clean-up function. */
  defer(cleanUp: () => void): Disposable {
    return this.add(toDisposable(cleanUp));
  }

  /** Disposes of everything, even when one clean-up throws; the first error is thrown at the end. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const errors: unknown[] = [];
    for (const item of this.#items.reverse()) {
      try {
        item.dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#items = [];
    if (errors.length > 0) throw errors[0];
  }
}
