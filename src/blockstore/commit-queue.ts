/** What the queue needs to know of the disk that it commits. */
export interface Committer {
  /** Says whether anything acknowledged is neither stored nor in the commit that is under way. */
  isDirty(): boolean;
  /** Stores all of that in one transaction. Takes its content synchronously. */
  commit(): Promise<void>;
}

/** One commit at a time; everyone who comes while one is under way shares the next. */
export class CommitQueue {
  readonly #committer: Committer;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(committer: Committer) {
    this.#committer = committer;
  }

  /** The commit under way. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when everything acknowledged before this call is stored; rejects with what kept it from being. */
  flush(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#startIfDirty();
    if (!this.#committer.isDirty()) return this.#running;
    const afterRunning = this.#running.then(
      () => undefined,
      // Its own callers hear of it; what it could not store is dirty again, and goes into the next.
      () => undefined,
    );
    this.#next = afterRunning.then(() => {
      this.#next = undefined;
      return this.#startIfDirty();
    });
    return this.#next;
  }

  #startIfDirty(): Promise<void> {
    if (!this.#committer.isDirty()) return Promise.resolve();
    this.#running = this.#committer.commit().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
