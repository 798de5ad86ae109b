import { CloudError } from "../base/errors.ts";

export function closedError(database: string, why = "it has been closed"): CloudError {
  return new CloudError("Store.Closed", `The browser's storage "${database}" cannot be used: ${why}.`, { database });
}

export function unavailableError(database: string, cause: unknown): CloudError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CloudError(
    "Store.Unavailable",
    `The browser does not let this page store data (${reason}). Leave private browsing, or allow site data for this page, then reload.`,
    { database, reason },
    cause,
  );
}

export function quotaError(database: string, cause?: unknown): CloudError {
  return new CloudError(
    "Store.QuotaExceeded",
    "The browser gives this page no more room. Delete volumes that are no longer needed or free disk space, then try again: nothing that was acknowledged is lost.",
    { database },
    cause,
  );
}

/** The typed form of what a transaction or a request failed with. */
export function storeError(database: string, thrown: unknown): CloudError {
  if (thrown instanceof CloudError) return thrown;
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
  if (name === "QuotaExceededError") return quotaError(database, thrown);
  // Nobody but the browser aborts our transactions: it closes the connection (IndexedDB 3.0 §2.1.1). None of it is there.
  if (thrown === null || name === "AbortError") return closedError(database, "the browser closed it in mid-operation");
  const reason = thrown instanceof Error && thrown.message !== "" ? thrown.message : name || "it was aborted";
  return new CloudError(
    "Store.Failed",
    `The browser's storage "${database}" refused an operation: ${reason}`,
    { database, name },
    thrown,
  );
}
