/** Work on several things, of which each takes one piece of work at a time, in the order in which they were asked for. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` when everything asked for before it that touches one of `keys` has ended. */
  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = Promise.allSettled(keys.map((key) => this.#tails.get(key)));
    const done = before.then(work);
    const tail = done.then(
      () => {},
      () => {},
    );
    for (const key of keys) this.#tails.set(key, tail);
    void tail.then(() => {
      for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return await done;
  }
}
