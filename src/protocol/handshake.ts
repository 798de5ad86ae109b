import { type Clock, systemClock } from "../base/clock.ts";
import { type Disposable, toDisposable } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";

/** Bumped when a contract changes; the page and its workers come from one build, so a mismatch means a stale cache. */
export const PROTOCOL_VERSION = 1;

interface ReadyMessage {
  tabvisor: "ready";
  protocolVersion: number;
  /** A Web Lock that the worker holds as long as it lives. */
  lifeLock: string;
}

/**
 * Called by a worker's entry as its last statement: everything is loaded, calls can come.
 *
 * The worker takes a Web Lock first and never gives it back: a worker that closes itself, is killed or runs out of
 * memory fires no event on the page, but the browser releases its lock.
 */
export function announceReady(): void {
  holdLife("worker")
    .then((lifeLock) => {
      const message: ReadyMessage = { tabvisor: "ready", protocolVersion: PROTOCOL_VERSION, lifeLock };
      postMessage(message);
    })
    .catch((error: unknown) => {
      throw error;
    });
}

/** Takes a Web Lock that this thread holds as long as it lives; its name, for `watchLife` in other threads. */
export function holdLife(kind: string): Promise<string> {
  const lifeLock = `tabvisor-${kind}-${crypto.randomUUID()}`;
  return new Promise((resolve, reject) => {
    const hold = () => {
      resolve(lifeLock);
      return new Promise<never>(() => {});
    };
    navigator.locks.request(lifeLock, hold).catch(reject);
  });
}

/**
 * Waits for a new worker's ready message and gives the name of its life lock.
 *
 * Rejects with `Worker.LoadFailed` when its script cannot be loaded or throws, `Worker.Timeout` when it stays silent,
 * `Worker.VersionMismatch` when it comes from another build. The caller terminates the worker then.
 */
export function waitUntilReady(worker: Worker, timeoutMs: number, clock: Clock = systemClock): Promise<string> {
  return new Promise((resolve, reject) => {
    const stopListening = () => {
      cancel();
      worker.removeEventListener("message", onMessage);
      worker.removeEventListener("error", onError);
    };
    const fail = (code: string, message: string, details = {}) => {
      stopListening();
      reject(new CloudError(code, message, details));
    };
    const onMessage = (event: MessageEvent<unknown>) => {
      const message = event.data as Partial<ReadyMessage> | null;
      if (message?.tabvisor !== "ready") return;
      if (message.protocolVersion === PROTOCOL_VERSION && typeof message.lifeLock === "string") {
        stopListening();
        resolve(message.lifeLock);
      } else {
        const text = "The worker comes from another build of the page. Reload the page to get one build.";
        fail("Worker.VersionMismatch", text, { expected: PROTOCOL_VERSION, got: message.protocolVersion });
      }
    };
    const onError = (event: ErrorEvent) => {
      const why = event.message ? `: ${event.message}` : "";
      fail(
        "Worker.LoadFailed",
        `A worker could not be loaded${why}. Check that the page's files are all served, then reload.`,
      );
    };
    const cancel = clock.setTimer(timeoutMs, () =>
      fail("Worker.Timeout", `A worker did not come up within ${timeoutMs} ms.`, { timeoutMs }),
    );
    worker.addEventListener("message", onMessage);
    worker.addEventListener("error", onError);
  });
}

/** Calls `onDeath` once when the holder of `lifeLock` is gone. Dispose before a wanted termination. */
export function watchLife(lifeLock: string, onDeath: () => void): Disposable {
  const abort = new AbortController();
  navigator.locks
    .request(lifeLock, { signal: abort.signal }, () => onDeath())
    .catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
  return toDisposable(() => abort.abort());
}
