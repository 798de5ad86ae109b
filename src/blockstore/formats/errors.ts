import { CloudError, type ErrorDetails, toCloudError } from "../../base/errors.ts";

/** What the file says contradicts its format, or itself. */
export function malformed(what: string, details: ErrorDetails = {}, cause?: unknown): CloudError {
  const message = `The image is damaged: ${what}. Get it again, or have its tool repair it (qemu-img check -r all).`;
  return new CloudError("Image.Malformed", message, details, cause);
}

/** The file is sound, and there is something in it that we do not read. `remedy` says what to do, as a sentence. */
export function unsupported(what: string, remedy: string, details: ErrorDetails = {}): CloudError {
  return new CloudError("Image.Unsupported", `The image cannot be imported: ${what}. ${remedy}`, details);
}

/** The file ends before something that it speaks of. */
export function truncated(what: string, details: ErrorDetails = {}): CloudError {
  return new CloudError(
    "Image.Truncated",
    `The image ends too early: ${what}. Get it again: it is not complete.`,
    details,
  );
}

/** The file could not be read, whatever is in it. */
export function unavailable(name: string, thrown: unknown, details: ErrorDetails = {}): CloudError {
  const why = toCloudError(thrown).message;
  const message = `${name} cannot be read: ${why} See that it is there and has not changed, and try again.`;
  return new CloudError("Image.SourceUnavailable", message, { name, ...details }, thrown);
}

/** `Image.Cancelled` once the signal says so. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new CloudError("Image.Cancelled", "The work on the image was cancelled.", {}, signal.reason);
}
