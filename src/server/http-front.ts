import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { CloudError, reportUncaught } from "../base/errors.ts";
import { errorResponse, internalError, xmlResponse } from "../ec2/answer.ts";
import type { HttpQuery, HttpRequest, HttpResponse } from "../ec2/http.ts";
import { encodeError } from "../ec2/wire/xml.ts";
import { listen } from "./listen.ts";
import { checkLoopback } from "./loopback-guard.ts";
import { Refusal } from "./refusal.ts";
import { readBody } from "./request-body.ts";

export interface FrontOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** EC2's endpoint: it verifies the signatures. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
  /** What a person is told who looks at the address with a browser. */
  readonly about: string;
  /** `POST /_tabvisor/reset`; without it there is no such path. */
  readonly reset?: () => Promise<void>;
}

/** Node's defaults are a minute and five minutes; here everything is on one machine. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  /** Longer than the pauses of a waiter (15 s), so that it keeps its connection. */
  keepAliveTimeout: 20_000,
  /** Signed headers have some 1 KiB. */
  maxHeaderSize: 16 * 1024,
  /** Checked by the guard, which says what to do. */
  requireHostHeader: false,
};
/** What is under way when the server ends may take so long to be answered. */
const CLOSE_MS = 2_000;

const RESET_PATH = "/_tabvisor/reset";

const NEVER_CACHED = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** EC2's endpoint on loopback, over HTTP. It answers programs of this machine, and no page of a web site. */
export class HttpFront {
  readonly #options: FrontOptions;
  #servers: readonly Server[] = [];
  #port = 0;
  #refusal: CloudError | undefined;
  #closing = false;

  private constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** Rejects with `Endpoint.PortInUse`, `Endpoint.PortDenied`. */
  static async open(options: FrontOptions): Promise<HttpFront> {
    const front = new HttpFront(options);
    const makeServer = () =>
      createServer(LIMITS, (request, response) => void front.#serve(request, response).catch(reportUncaught));
    ({ servers: front.#servers, port: front.#port } = await listen(options.port, makeServer));
    return front;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on every request has this answer. */
  refuse(error: CloudError): void {
    this.#refusal ??= error;
  }

  /** Ends when what is under way is answered, and all connections are closed. */
  async close(): Promise<void> {
    this.refuse(new CloudError("Unavailable", "The endpoint is shutting down."));
    this.#closing = true;
    const late = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, CLOSE_MS);
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const server of this.#servers) server.closeIdleConnections();
    await Promise.all(closed);
    clearTimeout(late);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Who hangs up while they are answered needs no answer.
    request.on("error", () => {});
    response.on("error", () => {});
    const { status, headers, body } = await this.#answer(request).catch(answerTo);
    if (response.destroyed) return;
    // What was not read of the request would be taken for the next one.
    const last = this.#closing || !request.complete ? { connection: "close" } : {};
    const all = { ...headers, ...NEVER_CACHED, ...last, "content-length": body.length };
    response.writeHead(status, all).end(request.method === "HEAD" ? undefined : body);
  }

  async #answer(request: IncomingMessage): Promise<HttpResponse> {
    checkLoopback(request, this.port);
    if (this.#refusal !== undefined) throw this.#refusal;
    const { method = "", url = "" } = request;
    const [path = "", ...rest] = url.split("?");
    const isRead = method === "GET" || method === "HEAD";
    if (path === "/" && isRead && rest.length === 0) return textResponse(200, this.#options.about);
    if (path === RESET_PATH) return await this.#reset(method);
    if (path !== "/")
      throw new Refusal(404, "Endpoint.NotFound", `There is nothing at this path: EC2's endpoint is "/".`);
    const body = await readBody(request);
    const query = queryOf(rest.join("?"));
    const { remoteAddress: sourceIp } = request.socket;
    return await this.#options.handle({
      method,
      path,
      query,
      headers: headersOf(request),
      body,
      origin: "http",
      ...(sourceIp === undefined ? {} : { sourceIp }),
    });
  }

  async #reset(method: string): Promise<HttpResponse> {
    const { reset } = this.#options;
    if (reset === undefined) throw new Refusal(404, "Endpoint.NotFound", "Only simulated machines can be reset.");
    if (method !== "POST") throw new Refusal(405, "Endpoint.InvalidMethod", `Reset with POST ${RESET_PATH}.`);
    await reset();
    return textResponse(200, "Everything is empty.\n");
  }
}

/** Every value, decoded: `HttpQuery` has a list where a name comes several times. */
function queryOf(text: string): HttpQuery {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) query.set(name, [...(query.get(name) ?? []), value]);
  return Object.fromEntries(query);
}

/** Only `set-cookie`, which is no request's, is a list in Node. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function textResponse(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { "content-type": "text/plain;charset=UTF-8" },
    body: new TextEncoder().encode(text),
  };
}

/** What cannot be answered otherwise is answered as EC2 answers errors. */
function answerTo(thrown: unknown): HttpResponse {
  const requestId = randomUUID();
  const now = Date.now();
  if (thrown instanceof Refusal) {
    return xmlResponse(thrown.status, encodeError(thrown.code, thrown.message, requestId), requestId, now);
  }
  if (thrown instanceof CloudError) return errorResponse(thrown, requestId, now);
  // The client hung up in the middle of its request.
  if ((thrown as { code?: unknown } | null)?.code === "ECONNRESET") return textResponse(400, "");
  reportUncaught(thrown);
  return errorResponse(internalError(thrown), requestId, now);
}
