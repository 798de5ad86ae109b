/** Something that happens, perhaps more than once, and can be awaited. */
export class Signal {
  #happened = false;
  #waiting: (() => void)[] = [];

  fire(): void {
    this.#happened = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when it has happened at least once. */
  fired(): Promise<void> {
    return this.#happened ? Promise.resolve() : this.next();
  }

  /** Resolves the next time it happens. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
