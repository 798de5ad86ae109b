import { type Clock, systemClock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";

/** Bumped when a contract changes; the page and its workers come from one build, so a mismatch means a stale cache. */
export const PROTOCOL_VERSION = 1;

interface ReadyMessage {
  tabvisor: "ready";
  protocolVersion: number;
}

/** Called by a worker's entry as its last statement: everything is loaded, calls can come. */
export function announceReady(scope: { postMessage(message: unknown): void } = globalThis as never): void {
  const message: ReadyMessage = { tabvisor: "ready", protocolVersion: PROTOCOL_VERSION };
  scope.postMessage(message);
}

/**
 * Waits for a new worker's ready message.
 *
 * Rejects with `Worker.LoadFailed` when its script cannot be loaded or throws, `Worker.Timeout` when it stays silent,
 * `Worker.VersionMismatch` when it comes from another build. The caller terminates the worker then.
 */
export function waitUntilReady(worker: Worker, timeoutMs: number, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: CloudError) => {
      cancel();
      worker.removeEventListener("message", onMessage);
      worker.removeEventListener("error", onError);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onMessage = (event: MessageEvent<unknown>) => {
      const message = event.data as Partial<ReadyMessage> | null;
      if (message?.tabvisor !== "ready") return;
      if (message.protocolVersion === PROTOCOL_VERSION) finish();
      else
        finish(
          new CloudError(
            "Worker.VersionMismatch",
            "The worker comes from another build of the page. Reload the page to get one build.",
            { expected: PROTOCOL_VERSION, got: message.protocolVersion },
          ),
        );
    };
    const onError = (event: ErrorEvent) =>
      finish(
        new CloudError(
          "Worker.LoadFailed",
          `A worker could not be loaded${event.message ? `: ${event.message}` : ""}. Check that the page's files are all served, then reload.`,
        ),
      );
    const cancel = clock.setTimer(timeoutMs, () =>
      finish(new CloudError("Worker.Timeout", `A worker did not come up within ${timeoutMs} ms.`, { timeoutMs })),
    );
    worker.addEventListener("message", onMessage);
    worker.addEventListener("error", onError);
  });
}
