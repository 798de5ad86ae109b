import { CloudError, toCloudError } from "../../base/errors.ts";
import { type Framing, framingOf, NO_BODY, readBody, writeStream } from "./body.ts";
import { ByteReader } from "./byte-reader.ts";
import { formatHead, hasMember, isToken, type ResponseHead, readResponseHead } from "./head.ts";
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

/** One request over a connection of its own; see `ClientConnection.fetch`. */
export async function fetchOver(connection: HttpConnection, request: ClientRequest): Promise<Response> {
  return await new ClientConnection(connection).fetch(request);
}

/** Asks for another protocol on the connection, such as WebSocket (RFC 6455 §4); the request's fields say which. */
export async function upgradeOver(connection: HttpConnection, request: ClientRequest): Promise<UpgradeAnswer> {
  return await new ClientConnection(connection).upgrade(request);
}

interface Wire {
  readonly connection: HttpConnection;
  readonly reader: ByteReader;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
}

/** A connection to a server, on which one request follows the other (RFC 9112 §9.3). */
export class ClientConnection {
  readonly #wire: Wire;
  #heardBefore = 0;

  constructor(connection: HttpConnection) {
    const writer = connection.writable.getWriter();
    // Told again by each write.
    writer.closed.catch(() => undefined);
    this.#wire = { connection, reader: new ByteReader(connection.readable), writer };
  }

  /**
   * A request and its answer, whose body is read as it is wanted. Rejects when the connection fails, with
   * `Network.InvalidHttpMessage` when the answer is not HTTP/1.1, or with the signal's reason. Cancelling the answer's body
   * ends the connection.
   *
   * `onFree` is called when the answer has been read and another request may follow; without it, and where the server does
   * not want another one, the connection ends.
   *
   * A `Response` made in a browser has no `Set-Cookie`: `setCookiesOf` has it.
   */
  async fetch(request: ClientRequest, onFree?: () => void): Promise<Response> {
    this.#heardBefore = this.#wire.reader.received;
    const exchange = new Exchange(this.#wire, request, onFree);
    const head = await exchange.run([["Connection", onFree === undefined ? "close" : "keep-alive"]]);
    if (head.status === 101)
      throw exchange.fail(
        new CloudError("Network.InvalidHttpMessage", "The server switches protocols, which nobody asked for."),
      );
    return exchange.response(head);
  }

  async upgrade(request: ClientRequest): Promise<UpgradeAnswer> {
    const { connection, reader, writer } = this.#wire;
    const exchange = new Exchange(this.#wire, request, undefined);
    const head = await exchange.run([["Connection", "Upgrade"]]);
    if (head.status !== 101) return { kind: "refused", response: exchange.response(head) };
    exchange.finish();
    writer.releaseLock();
    return {
      kind: "upgraded",
      headers: head.headers,
      stream: { readable: reader.remainder(), writable: connection.writable },
    };
  }

  /** Nothing has come since the last request was made: the server may have ended the connection before it had it. */
  get isUnheard(): boolean {
    return this.#wire.reader.received === this.#heardBefore;
  }

  /** Resolves when the server says something that nobody has asked for, or ends the connection; no request is under way. */
  async unasked(): Promise<void> {
    await this.#wire.reader.arrival();
  }

  close(): void {
    const { reader, writer } = this.#wire;
    // Both ends have what they want: how the connection ends is of no interest to anybody.
    writer.close().catch(() => undefined);
    reader.cancel().catch(() => undefined);
  }
}

class Exchange {
  readonly #wire: Wire;
  readonly #request: ClientRequest;
  readonly #onFree: (() => void) | undefined;
  readonly #onAbort: () => void;
  #hasSent = false;
  #sendError: unknown;

  constructor(wire: Wire, request: ClientRequest, onFree: (() => void) | undefined) {
    this.#wire = wire;
    this.#request = request;
    this.#onFree = onFree;
    this.#onAbort = () => wire.connection.abort(toCloudError(request.signal?.reason, "Network.ConnectionAborted"));
    request.signal?.addEventListener("abort", this.#onAbort);
    if (request.signal?.aborted) this.#onAbort();
  }

  async run(hopFields: readonly (readonly [string, string])[]): Promise<ResponseHead> {
    // A server may answer before it has read all: the answer is read meanwhile.
    const sent = this.#send(hopFields).then(
      () => {
        this.#hasSent = true;
      },
      (error: unknown) => this.#onSendFailed(error),
    );
    try {
      const head = await this.#readHead();
      if (head.status === 101) await sent;
      return head;
    } catch (error) {
      await sent;
      throw this.fail(this.#request.signal?.aborted ? this.#request.signal.reason : (this.#sendError ?? error));
    }
  }

  /** The answer, with its body. */
  response(head: ResponseHead): Response {
    const { method = "GET" } = this.#request;
    const { status, headers } = head;
    const init = { status, headers, statusText: head.reason.replace(/[^\t\x20-\x7e]/g, "?") };
    // Nobody may make a `Response` of 205 with a body, which a server may send all the same.
    if (!mayHaveBody(method, status) || status === 205) {
      this.#close(status !== 205 && wantsMore(head));
      return keepSetCookies(new Response(null, init), headers);
    }
    let framing: Framing = NO_BODY;
    try {
      framing = framingOf(headers, { kind: "close" }, false);
    } catch (error) {
      throw this.fail(error);
    }
    const body = readBody(this.#wire.reader, framing, {
      onEnd: () => this.#close(framing.kind !== "close" && wantsMore(head)),
      cancel: () => {
        this.finish();
        this.#wire.connection.abort(new CloudError("Network.ConnectionAborted", "Nobody reads the answer any more."));
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
    this.#wire.connection.abort(toCloudError(error, "Network.ConnectionAborted"));
    return error;
  }

  #onSendFailed(error: unknown): void {
    this.#sendError = error;
    // Where it was the connection that failed, this changes nothing; where it was the body's own stream, nobody waits on.
    this.#wire.connection.abort(toCloudError(error, "Network.ConnectionAborted"));
  }

  async #send(hopFields: readonly (readonly [string, string])[]): Promise<void> {
    const { method = "GET", target, host, headers = new Headers(), body } = this.#request;
    if (!isToken(method)) throw new CloudError("InvalidParameterValue", "The method is none.");
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
    const { writer } = this.#wire;
    await writer.write(formatHead(`${method} ${target} HTTP/1.1`, fields));
    if (isStream) await writeStream(writer, body, true);
    else if (body !== undefined) await writer.write(body);
  }

  async #readHead(): Promise<ResponseHead> {
    for (let answers = 0; answers <= MAX_INFORMATIONAL; answers++) {
      const lines = await this.#wire.reader.head(MAX_HEAD);
      if (lines === undefined)
        throw new CloudError("Network.ConnectionReset", "The server has ended the connection without an answer.");
      const head = readResponseHead(lines);
      if (head.status >= 200 || head.status === 101) return head;
    }
    throw new CloudError("Network.InvalidHttpMessage", "The server sends one informational answer after the other.");
  }

  /** All has been read. */
  #close(isFree: boolean): void {
    this.finish();
    const { connection, reader, writer } = this.#wire;
    if (!this.#hasSent) {
      connection.abort(new CloudError("Network.ConnectionClosed", "The answer came early."));
    } else if (isFree && this.#onFree !== undefined && reader.isEmpty) {
      this.#onFree();
      return;
    }
    writer.close().catch(() => undefined);
    reader.cancel().catch(() => undefined);
  }
}

/** RFC 9112 §9.3. */
const wantsMore = ({ minor, headers }: ResponseHead): boolean =>
  minor === 0 ? hasMember(headers, "connection", "keep-alive") : !hasMember(headers, "connection", "close");

/** What this side says of the connection and the message's length. */
const OWN_FIELDS = new Set(["host", "connection", "content-length", "transfer-encoding", "keep-alive", "expect"]);
