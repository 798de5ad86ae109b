/** What the queue needs to know of the disk that it commits. */
export interface Committer {
  /** Says whether anything acknowledged is neither stored nor in the commit that is under way. */
  isDirty(): boolean;
  /** Stores all of that in one transaction. Takes its content synchronously. */
  commit(): Promise<void>;
  /** Stores some of it, which needs no more work first, or all. */
  commitReady(): Promise<void>;
}

/** One commit at a time; everyone who comes while one is under way shares the next. */
export class CommitQueue {
  readonly #committer: Committer;
  #running: Promise<void> | undefined;
  /** How much of what runs, or waits to run first, is not a commit: its failures are not those of a flush. */
  #others = 0;
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
    if (this.#others === 0 && !this.#committer.isDirty()) return this.#running;
    this.#next = this.#idle().then(() => {
      this.#next = undefined;
      return this.#startIfDirty();
    });
    return this.#next;
  }

  /** Begins to store something, unless something is under way or waits to be; what could not be stored is dirty again. */
  begin(): Promise<void> {
    return this.#next ?? this.#running ?? this.#start(this.#committer.commitReady());
  }

  /** Runs `work` after what is under way, before any flush that waits, and beside nothing. */
  runFirst<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#running;
    this.#others++;
    const result = (before === undefined ? work() : ended(before).then(work)).finally(() => {
      this.#others--;
      if (this.#running === running) this.#running = undefined;
    });
    const running = ended(result);
    this.#running = running;
    return result;
  }

  async #idle(): Promise<void> {
    // Its own callers hear of its failure; what it could not store is dirty again, and goes into the next.
    while (this.#running !== undefined) await ended(this.#running);
  }

  #startIfDirty(): Promise<void> {
    return this.#committer.isDirty() ? this.#start(this.#committer.commit()) : Promise.resolve();
  }

  #start(begun: Promise<void>): Promise<void> {
    const commit = begun.finally(() => {
      if (this.#running === commit) this.#running = undefined;
    });
    this.#running = commit;
    return commit;
  }
}

const ended = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => undefined,
    () => undefined,
  );
