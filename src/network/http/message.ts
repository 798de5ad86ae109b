import { CloudError } from "../../base/errors.ts";

/** Both directions of a connection. */
export interface ByteStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** One that can be ended at once. */
export interface HttpConnection extends ByteStream {
  abort(error: CloudError): void;
}

export interface HttpRequest {
  readonly method: string;
  /** As it was asked for: a path with its query, or a whole URL (RFC 9112 §3.2). */
  readonly target: string;
  readonly headers: Headers;
  /** Empty when there is none. What is not read is passed over. */
  readonly body: ReadableStream<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  /** Hops that the answer lives for; by default as many as any packet. */
  readonly hopLimit?: number;
}

/** A message that is not HTTP, or beyond what is taken; `status` is the answer to a request that is so. */
export class HttpError extends CloudError {
  readonly status: number;

  constructor(status: number, message: string) {
    super("Network.InvalidHttpMessage", message, { status });
    this.status = status;
  }
}

/** RFC 9110 §15, as far as somebody here sends them. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  411: "Length Required",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

export const reasonOf = (status: number): string => REASONS[status] ?? "";

/** Whether an answer has a body at all (RFC 9112 §6.3). */
export const mayHaveBody = (method: string, status: number): boolean =>
  method !== "HEAD" && status >= 200 && status !== 204 && status !== 304;
