import { CloudError, toCloudError } from "../../base/errors.ts";
import { framingOf, NO_BODY, readBody, writeStream } from "./body.ts";
import { ByteReader } from "./byte-reader.ts";
import { formatHead, type ResponseHead, readResponseHead } from "./head.ts";
import { type ByteStream, type HttpConnection, mayHaveBody } from "./message.ts";
import { keepSetCookies } from "./set-cookies.ts";

export interface ClientRequest {
  /** In capitals; "GET" by default. */
  readonly method?: string;
  /** Path and query, or whatever else the server takes. */
  readonly target: string;
  readonly host: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  /** Ends the connection when it aborts, also while the answer's body is being read. */
  readonly signal?: AbortSignal;
}

/** What has answered with something else than 101. */
export type UpgradeAnswer =
  | { readonly kind: "upgraded"; readonly headers: Headers; readonly stream: ByteStream }
  | { readonly kind: "refused"; readonly response: Response };

/** Browsers take some 256 KiB; this is somebody's own server. */
const MAX_HEAD = 64 * 1024;
/** Answers before the answer (RFC 9110 §15.2): early hints and the like. */
const MAX_INFORMATIONAL = 16;

/**
 * One request over a connection of its own, and its answer, whose body is read as it is wanted. Rejects when the connection
 * fails, with `Network.InvalidHttpMessage` when the answer is not HTTP/1.1, or with the signal's reason. Cancelling the
 * answer's body ends the connection.
 *
 * A `Response` made in a browser has no `Set-Cookie`: `setCookiesOf` has it.
 */
export async function fetchOver(connection: HttpConnection, request: ClientRequest): Promise<Response> {
  const exchange = new Exchange(connection, request);
  const { head, reader } = await exchange.run([["Connection", "close"]]);
  if (head.status === 101)
    throw exchange.fail(
      new CloudError("Network.InvalidHttpMessage", "The server switches protocols, which nobody asked for."),
    );
  return exchange.response(head, reader);
}

/** Asks for another protocol on the connection, such as WebSocket (RFC 6455 §4); the request's fields say which. */
export async function upgradeOver(connection: HttpConnection, request: ClientRequest): Promise<UpgradeAnswer> {
  const exchange = new Exchange(connection, request);
  const { head, reader, writer } = await exchange.run([["Connection", "Upgrade"]]);
  if (head.status !== 101) return { kind: "refused", response: exchange.response(head, reader) };
  exchange.finish();
  writer.releaseLock();
  return {
    kind: "upgraded",
    headers: head.headers,
    stream: { readable: reader.remainder(), writable: connection.writable },
  };
}

class Exchange {
  readonly #connection: HttpConnection;
  readonly #request: ClientRequest;
  readonly #onAbort: () => void;
  #streams: { reader: ByteReader; writer: WritableStreamDefaultWriter<Uint8Array> } | undefined;
  #hasSent = false;
  #sendError: unknown;

  constructor(connection: HttpConnection, request: ClientRequest) {
    this.#connection = connection;
    this.#request = request;
    this.#onAbort = () => connection.abort(toCloudError(request.signal?.reason, "Network.ConnectionAborted"));
    request.signal?.addEventListener("abort", this.#onAbort);
    if (request.signal?.aborted) this.#onAbort();
  }

  async run(hopFields: readonly (readonly [string, string])[]): Promise<{
    head: ResponseHead;
    reader: ByteReader;
    writer: WritableStreamDefaultWriter<Uint8Array>;
  }> {
    const writer = this.#connection.writable.getWriter();
    writer.closed.catch(() => undefined);
    const reader = new ByteReader(this.#connection.readable);
    // A server may answer before it has read all: the answer is read meanwhile.
    const sent = this.#send(writer, hopFields).then(
      () => {
        this.#hasSent = true;
      },
      (error: unknown) => this.#onSendFailed(error),
    );
    this.#streams = { reader, writer };
    try {
      const head = await this.#readHead(reader);
      if (head.status === 101) await sent;
      return { head, reader, writer };
    } catch (error) {
      await sent;
      throw this.fail(this.#request.signal?.aborted ? this.#request.signal.reason : (this.#sendError ?? error));
    }
  }

  /** The answer, with its body. */
  response(head: ResponseHead, reader: ByteReader): Response {
    const { method = "GET" } = this.#request;
    const { status, headers } = head;
    const init = { status, headers, statusText: head.reason.replace(/[^\t\x20-\x7e]/g, "?") };
    if (!mayHaveBody(method, status) || status === 205) {
      this.#close();
      return keepSetCookies(new Response(null, init), headers);
    }
    let framing = NO_BODY;
    try {
      framing = framingOf(headers, { kind: "close" }, false);
    } catch (error) {
      throw this.fail(error);
    }
    const body = readBody(reader, framing, {
      onEnd: () => this.#close(),
      cancel: () => {
        this.finish();
        this.#connection.abort(new CloudError("Network.ConnectionAborted", "Nobody reads the answer any more."));
      },
    });
    return keepSetCookies(new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>, init), headers);
  }

  /** The connection is somebody else's from now on, or over. */
  finish(): void {
    this.#request.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** Ends the connection; gives the error. */
  fail(error: unknown): unknown {
    this.finish();
    this.#connection.abort(toCloudError(error, "Network.ConnectionAborted"));
    return error;
  }

  #onSendFailed(error: unknown): void {
    this.#sendError = error;
    // Where it was the connection that failed, this changes nothing; where it was the body's own stream, nobody waits on.
    this.#connection.abort(toCloudError(error, "Network.ConnectionAborted"));
  }

  async #send(
    writer: WritableStreamDefaultWriter<Uint8Array>,
    hopFields: readonly (readonly [string, string])[],
  ): Promise<void> {
    const { method = "GET", target, host, headers = new Headers(), body } = this.#request;
    if (!/^[\x21-\x7e]+$/.test(target))
      throw new CloudError("InvalidParameterValue", "The path has characters that have to be escaped.");
    const fields: (readonly [string, string])[] = [["Host", headers.get("host") ?? host]];
    for (const [name, value] of headers) if (!OWN_FIELDS.has(name)) fields.push([name, value]);
    fields.push(...hopFields);
    const isStream = body instanceof ReadableStream;
    if (isStream) fields.push(["Transfer-Encoding", "chunked"]);
    else if (body !== undefined || /^(POST|PUT|PATCH)$/.test(method)) {
      fields.push(["Content-Length", String(body?.length ?? 0)]);
    }
    await writer.write(formatHead(`${method} ${target} HTTP/1.1`, fields));
    if (isStream) await writeStream(writer, body, true);
    else if (body !== undefined) await writer.write(body);
  }

  async #readHead(reader: ByteReader): Promise<ResponseHead> {
    for (let answers = 0; answers <= MAX_INFORMATIONAL; answers++) {
      const lines = await reader.head(MAX_HEAD);
      if (lines === undefined)
        throw new CloudError("Network.ConnectionReset", "The server has ended the connection without an answer.");
      const head = readResponseHead(lines);
      if (head.status >= 200 || head.status === 101) return head;
    }
    throw new CloudError("Network.InvalidHttpMessage", "The server sends one informational answer after the other.");
  }

  /** All has been read. */
  #close(): void {
    this.finish();
    const { reader, writer } = this.#streams ?? {};
    if (!this.#hasSent) this.#connection.abort(new CloudError("Network.ConnectionClosed", "The answer came early."));
    // Both ends have what they want: how the connection ends is of no interest to anybody.
    writer?.close().catch(() => undefined);
    reader?.cancel().catch(() => undefined);
  }
}

/** What this side says of the connection and the message's length. */
const OWN_FIELDS = new Set(["host", "connection", "content-length", "transfer-encoding", "keep-alive", "expect"]);
