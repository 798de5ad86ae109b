/** JSON-safe facts that belong to an error: ids, sizes, limits. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error type that crosses layers and threads.
 *
 * `code` is EC2's error code where EC2 has one (`InvalidInstanceID.NotFound`), else ours in the same
 * style (`Image.ChunkCorrupt`). `message` says what happened and what to do. `details` is JSON-safe.
 */
export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** Gives any thrown value as a `CloudError`; what is not one yet gets `fallbackCode`. */
export function toCloudError(thrown: unknown, fallbackCode = "InternalError"): CloudError {
  if (thrown instanceof CloudError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CloudError(fallbackCode, message, {}, thrown);
}

/** Says whether `thrown` is a `CloudError` with this code. */
export function hasCode(thrown: unknown, code: string): thrown is CloudError {
  return thrown instanceof CloudError && thrown.code === code;
}

/** For errors that no caller can hear of: the environment's handler for uncaught errors does (the portal shows them). */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
