import { CloudError, hasCode, reportUncaught } from "../base/errors.ts";

/** For what goes wrong in the background, which nobody waits for. What ends because the cloud was closed is no failure. */
export function reportBackground(error: unknown): void {
  if (hasCode(error, "Cloud.Disposed") || hasCode(error, "Store.Closed")) return;
  reportUncaught(error);
}

/** For work whose end, good or bad, stands in its record: only what should never happen is told. */
export function reportUnexpected(error: unknown): void {
  if (!(error instanceof CloudError)) reportBackground(error);
}

/**
 * Resolves when `work` says that it has begun, or is done; rejects when it fails before. How it ends after that stands in
 * a record.
 */
export function untilBegun(work: (begun: () => void) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    work(resolve).then(resolve, (error: unknown) => {
      reject(error);
      reportUnexpected(error);
    });
  });
}
