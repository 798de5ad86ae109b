import { CloudError } from "./errors.ts";

/** Time, injected so that tests can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once after `ms`; gives the cancel function. */
  setTimer(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, callback) {
    const handle = setTimeout(callback, ms);
    return () => clearTimeout(handle);
  },
};

/** Resolves after `ms` on `clock`. */
export function delay(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(ms, resolve));
}

/**
 * Waits for `promise` at most `ms`; then rejects with `RequestExpired`-like `code`.
 * The work behind the promise goes on: its late rejection is swallowed here, so the caller must own its effects.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  promise: Promise<T>,
  what: string,
  code = "RequestTimeout",
): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const cancel = clock.setTimer(ms, () =>
      reject(new CloudError(code, `${what} did not finish within ${ms} ms`, { timeoutMs: ms })),
    );
    promise.then(resolve, reject).finally(cancel);
  });
}
