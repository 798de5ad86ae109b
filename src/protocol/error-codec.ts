import * as v from "valibot";
import { CloudError, toCloudError } from "../base/errors.ts";

/** An error as it travels between threads: Comlink alone would drop `code` and `details`. */
export const encodedErrorSchema = v.object({
  code: v.string(),
  message: v.string(),
  details: v.record(v.string(), v.unknown()),
  stack: v.optional(v.string()),
});

export type EncodedError = v.InferOutput<typeof encodedErrorSchema>;

export function encodeError(thrown: unknown): EncodedError {
  const error = toCloudError(thrown);
  const origin = error.cause instanceof Error ? error.cause : error;
  return {
    code: error.code,
    message: error.message,
    details: cloneable(error.details),
    ...(origin.stack === undefined ? {} : { stack: origin.stack }),
  };
}

export function decodeError(encoded: EncodedError): CloudError {
  const error = new CloudError(encoded.code, encoded.message, encoded.details);
  if (encoded.stack !== undefined) error.stack = `${error.stack}\n  in the other thread: ${encoded.stack}`;
  return error;
}

/** Details are promised to be JSON-safe; an offender must not turn one error into another at `postMessage`. */
function cloneable(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(details)) as Record<string, unknown>;
  } catch {
    return { unserialisable: String(details) };
  }
}
