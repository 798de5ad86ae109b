import { concat } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { CloudError, reportUncaught } from "../../base/errors.ts";
import { framingOf, NO_BODY, readBody, writeStream } from "./body.ts";
import { ByteReader } from "./byte-reader.ts";
import { formatHead, hasMember, type RequestHead, readRequestHead } from "./head.ts";
import {
  type HttpConnection,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  mayHaveBody,
  reasonOf,
} from "./message.ts";

export interface HttpServerConnection extends HttpConnection {
  setHopLimit?(hops: number): void;
}

export interface HttpServerOptions {
  readonly clock: Clock;
  /** Sent with each answer. */
  readonly headers?: readonly (readonly [string, string])[];
}

/** Of a request's line and fields; the metadata service's and a proxy's clients send some hundred bytes. */
const MAX_HEAD = 16 * 1024;
/** Milliseconds without anything on a connection. */
const IDLE_MS = 30_000;
/** What of a body that nobody has read is read to have the next request. */
const MAX_PASSED_OVER = 64 * 1024;
/** After the last answer. */
const LINGER_MS = 5000;
const MAX_LINGER = 1 << 20;
const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");

/**
 * Serves HTTP/1.1 (RFC 9112) on one connection until it ends: one request after the other, kept alive as the client wants
 * it. What is no request is answered with what is wrong, and ends the connection. Never rejects: an error of `handle` is
 * answered by 500 and reported.
 */
export async function serveHttp(
  connection: HttpServerConnection,
  handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>,
  options: HttpServerOptions,
): Promise<void> {
  const reader = new ByteReader(connection.readable);
  const writer = connection.writable.getWriter();
  // Told again by each write.
  writer.closed.catch(() => undefined);
  try {
    while (await serveOne(reader, writer, connection, handle, options));
    await writer.close();
    await linger(reader, connection, options.clock);
  } catch (error) {
    connection.abort(error instanceof CloudError ? error : new CloudError("Network.ConnectionAborted", String(error)));
  }
}

/**
 * What the client still sends is read for a while: unread, it would be answered by RST, which takes the answer away from a
 * client that has not read it yet (RFC 9112 §9.6).
 */
async function linger(reader: ByteReader, connection: HttpServerConnection, clock: Clock): Promise<void> {
  const cancel = clock.setTimer(LINGER_MS, () => connection.abort(silent(LINGER_MS)));
  try {
    for (let left = MAX_LINGER; left > 0; ) {
      const bytes = await reader.some(left);
      if (bytes === undefined) return;
      left -= bytes.length;
    }
    await reader.cancel();
  } finally {
    cancel();
  }
}

const silent = (ms: number) => new CloudError("Network.ConnectionTimedOut", `Nothing came within ${ms} ms.`);

/** Whether another request may follow. */
async function serveOne(
  reader: ByteReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  connection: HttpServerConnection,
  handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>,
  { clock, headers = [] }: HttpServerOptions,
): Promise<boolean> {
  let head: RequestHead | undefined;
  let answer: HttpResponse;
  let body: RequestBody | undefined;
  let isWhole = true;
  try {
    head = await readHead(reader, connection, clock);
    if (head === undefined) return false;
    body = requestBody(head, reader, writer, (what) => heard(what, connection, clock));
    answer = await answerOf(handle, { ...head, body: body.stream }, body);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    answer = text(`${error.message}\n`, error.status);
    isWhole = false;
  }
  const method = head?.method ?? "GET";
  const keepAlive = isWhole && head !== undefined && wantsMore(head) && (await body?.passOver()) === true;
  if (answer.hopLimit !== undefined) connection.setHopLimit?.(answer.hopLimit);
  const isChunked = answer.body instanceof ReadableStream && head?.minor !== 0;
  const isDelimited = !(answer.body instanceof ReadableStream) || isChunked;
  const goesOn = keepAlive && isDelimited;
  const fields = [
    ...headers,
    ["Date", new Date(clock.now()).toUTCString()] as const,
    ...(answer.headers ?? []),
    ...lengthOf(answer, isChunked),
    ["Connection", goesOn ? "keep-alive" : "close"] as const,
  ];
  const first = formatHead(`HTTP/1.1 ${answer.status} ${reasonOf(answer.status)}`, fields);
  if (!mayHaveBody(method, answer.status) || answer.body === undefined) {
    await writer.write(first);
    if (answer.body instanceof ReadableStream) await answer.body.cancel();
  } else if (answer.body instanceof ReadableStream) {
    await writer.write(first);
    await writeStream(writer, answer.body, isChunked);
  } else {
    // One piece goes as one segment, where two would be two.
    await writer.write(concat([first, answer.body]));
  }
  return goesOn;
}

/** The next request; undefined: there is none. */
async function readHead(
  reader: ByteReader,
  connection: HttpServerConnection,
  clock: Clock,
): Promise<RequestHead | undefined> {
  const lines = await heard(reader.head(MAX_HEAD), connection, clock);
  if (lines === undefined) return undefined;
  const head = readRequestHead(lines);
  if (head.minor > 0 && head.headers.get("host") === null) throw new HttpError(400, "The request names no host.");
  return head;
}

/** What the client says next. One that says nothing for too long has gone. */
async function heard<T>(what: Promise<T>, connection: HttpServerConnection, clock: Clock): Promise<T> {
  const cancel = clock.setTimer(IDLE_MS, () => connection.abort(silent(IDLE_MS)));
  try {
    return await what;
  } finally {
    cancel();
  }
}

interface RequestBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Reads what nobody has read; false: it is too much. */
  passOver(): Promise<boolean>;
  /** Why it could not be read. */
  readonly failure: () => unknown;
}

function requestBody(
  head: RequestHead,
  reader: ByteReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  heardOf: <T>(what: Promise<T>) => Promise<T>,
): RequestBody {
  const framing = framingOf(head.headers, NO_BODY, true);
  const expects = head.headers.get("expect");
  if (expects !== null && expects.toLowerCase() !== "100-continue") {
    throw new HttpError(417, `The expectation ${expects} is not known.`);
  }
  const waits = expects !== null && head.minor > 0;
  let told = false;
  let failure: unknown;
  let ended = framing.kind === "length" && framing.length === 0;
  const inner = readBody(reader, framing, {
    onEnd: () => {
      ended = true;
    },
    cancel: () => undefined,
  }).getReader();
  const next = async () => {
    if (waits && !told && !ended) await writer.write(CONTINUE);
    told = true;
    const { done, value } = await heardOf(inner.read()).catch((error: unknown) => {
      failure = error;
      throw error;
    });
    return done ? undefined : value;
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const bytes = await next();
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    failure: () => failure,
    passOver: async () => {
      // Who waits to be told to go on, and is not, sends nothing, or sends it all the same: nobody can tell.
      if (waits && !told) return ended;
      for (let read = 0; !ended && read <= MAX_PASSED_OVER; ) read += (await next())?.length ?? 0;
      return ended;
    },
  };
}

async function answerOf(
  handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>,
  request: HttpRequest,
  body: RequestBody,
): Promise<HttpResponse> {
  try {
    return await handle(request);
  } catch (error) {
    // A client that goes away while it asks is nobody's fault here.
    if (error instanceof HttpError || error === body.failure()) throw error;
    reportUncaught(error);
    return text("Something went wrong here.\n", 500);
  }
}

const wantsMore = ({ minor, headers }: RequestHead): boolean =>
  minor === 0 ? hasMember(headers, "connection", "keep-alive") : !hasMember(headers, "connection", "close");

function lengthOf({ status, body }: HttpResponse, isChunked: boolean): (readonly [string, string])[] {
  if (status < 200 || status === 204 || status === 304) return [];
  if (body instanceof ReadableStream) return isChunked ? [["Transfer-Encoding", "chunked"]] : [];
  return [["Content-Length", String(body?.length ?? 0)]];
}

export const text = (content: string, status = 200): HttpResponse => ({
  status,
  headers: [["Content-Type", "text/plain; charset=utf-8"]],
  body: new TextEncoder().encode(content),
});
