import { CloudError } from "../base/errors.ts";
import type { HttpResponse } from "./http.ts";
import { encodeError } from "./wire/xml.ts";

/** What is not 400 (EC2 API, "Common client error codes" and "Server error codes"; F61, F70, F73). */
const STATUS: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  UnauthorizedOperation: 403,
  MissingAuthenticationToken: 403,
  DryRunOperation: 412,
  RequestEntityTooLarge: 413,
  InternalError: 500,
  InsufficientInstanceCapacity: 500,
  RequestLimitExceeded: 503,
  Unavailable: 503,
};
const CLIENT_ERROR = 400;

/** An answer as HTTP has it. Its date is what the SDKs correct a wrong clock by. */
export function xmlResponse(
  status: number,
  xml: string | Uint8Array<ArrayBuffer>,
  requestId: string,
  epochMs: number,
): HttpResponse {
  return {
    status,
    headers: {
      "content-type": "text/xml;charset=UTF-8",
      date: new Date(epochMs).toUTCString(),
      "x-amzn-requestid": requestId,
    },
    body: typeof xml === "string" ? new TextEncoder().encode(xml) : xml,
  };
}

export function errorResponse(error: CloudError, requestId: string, epochMs: number): HttpResponse {
  const xml = encodeError(error.code, error.message, requestId);
  return xmlResponse(STATUS[error.code] ?? CLIENT_ERROR, xml, requestId, epochMs);
}

/** What went wrong within us, and is not the caller's business. */
export const internalError = (cause: unknown) =>
  new CloudError("InternalError", "An internal error has occurred", {}, cause);
