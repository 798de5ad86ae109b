export interface LockOptions {
  /** Any number of `shared` holders at a time, or one `exclusive` (the default). */
  readonly mode?: "exclusive" | "shared";
  /** Give up at once when the lock is taken. */
  readonly ifAvailable?: boolean;
  /** Give up when aborted. */
  readonly signal?: AbortSignal;
}

/** Locks by name, injected so that tests need no browser. Who waits gets a lock in the order of asking. */
export interface Locks {
  /** Gives the function that releases the lock, or `undefined` after giving up. */
  acquire(name: string, options?: LockOptions): Promise<(() => void) | undefined>;
}

/** Holds a lock while `work` runs, however long it has to wait for it. */
export async function withLock<T>(
  locks: Locks,
  name: string,
  work: () => Promise<T>,
  mode: "exclusive" | "shared" = "exclusive",
): Promise<T> {
  const release = await locks.acquire(name, { mode });
  try {
    return await work();
  } finally {
    release?.();
  }
}

/** Web Locks: one owner among all tabs and workers of the origin; released by the browser when its holder dies. */
export function webLocks(manager: LockManager): Locks {
  return {
    acquire: (name, { mode = "exclusive", ifAvailable = false, signal } = {}) =>
      new Promise((resolve, reject) => {
        // The two options exclude each other (Web Locks API §3.2).
        const options = ifAvailable || signal === undefined ? { mode, ifAvailable } : { mode, signal };
        const held = manager.request(name, options, (lock) => {
          if (lock === null) return resolve(undefined);
          return new Promise<void>((release) => resolve(release));
        });
        held.catch((error: unknown) => {
          if (signal?.aborted) resolve(undefined);
          else reject(error);
        });
      }),
  };
}

interface Waiting {
  readonly mode: "exclusive" | "shared";
  readonly grant: () => void;
}

interface LockState {
  holders: number;
  exclusive: boolean;
  readonly queue: Waiting[];
}

/** The twin of Web Locks within one thread. */
export class MemoryLocks implements Locks {
  readonly #locks = new Map<string, LockState>();

  acquire(
    name: string,
    { mode = "exclusive", ifAvailable = false, signal }: LockOptions = {},
  ): Promise<(() => void) | undefined> {
    const state = this.#locks.get(name) ?? { holders: 0, exclusive: false, queue: [] };
    this.#locks.set(name, state);
    return new Promise((resolve) => {
      const giveUp = () => {
        state.queue.splice(state.queue.indexOf(waiting), 1);
        this.#serve(name, state);
        resolve(undefined);
      };
      const waiting: Waiting = {
        mode,
        grant: () => {
          signal?.removeEventListener("abort", giveUp);
          resolve(this.#releaser(name, state));
        },
      };
      if (signal?.aborted) return resolve(undefined);
      const free = state.queue.length === 0 && canGrant(state, mode);
      if (!free && ifAvailable) return resolve(undefined);
      state.queue.push(waiting);
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#serve(name, state);
    });
  }

  #releaser(name: string, state: LockState): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      state.holders--;
      this.#serve(name, state);
    };
  }

  #serve(name: string, state: LockState): void {
    for (let next = state.queue[0]; next !== undefined && canGrant(state, next.mode); next = state.queue[0]) {
      state.queue.shift();
      state.holders++;
      state.exclusive = next.mode === "exclusive";
      next.grant();
    }
    if (state.holders === 0 && this.#locks.get(name) === state) this.#locks.delete(name);
  }
}

const canGrant = ({ holders, exclusive }: LockState, mode: "exclusive" | "shared") =>
  holders === 0 || (mode === "shared" && !exclusive);

/** For where there are no Web Locks: Node, and pages without a secure context, which cannot run machines anyway. */
const inThisThread = new MemoryLocks();

export function systemLocks(): Locks {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  return locks === undefined ? inThisThread : webLocks(locks);
}
