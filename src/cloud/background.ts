import { hasCode, reportUncaught } from "../base/errors.ts";

/** For what goes wrong in the background, which nobody waits for. What ends because the cloud was closed is no failure. */
export function reportBackground(error: unknown): void {
  if (hasCode(error, "Cloud.Disposed") || hasCode(error, "Store.Closed")) return;
  reportUncaught(error);
}
