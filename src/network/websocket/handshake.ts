import { toBase64 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { upgradeOver } from "../http/client.ts";
import { hasMember, isToken } from "../http/head.ts";
import type { HttpConnection } from "../http/message.ts";
import { WebSocketConnection } from "./connection.ts";

export interface WebSocketRequest {
  /** Path and query. */
  readonly target: string;
  readonly host: string;
  readonly headers?: Headers;
  /** Of the application, the most wanted first; the server takes one or none. */
  readonly protocols?: readonly string[];
  /** Ends the connection when it aborts before it is open. */
  readonly signal?: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Opens a WebSocket (RFC 6455, version 13, without extensions) over a connection of its own, which the signal ends no longer
 * then. Rejects as the connection does, or with `Network.WebSocketFailed` when the server does not want it or answers wrongly.
 */
export async function openWebSocket(
  connection: HttpConnection,
  { target, host, headers, protocols = [], signal, clock, random }: WebSocketRequest,
): Promise<{ readonly socket: WebSocketConnection; readonly headers: Headers }> {
  if (protocols.some((one) => !isToken(one)) || new Set(protocols).size < protocols.length) {
    throw new CloudError("InvalidParameterValue", "The protocols of a WebSocket are words, each once.");
  }
  const key = toBase64(random.bytes(16));
  const fields = new Headers(headers);
  fields.set("Upgrade", "websocket");
  fields.set("Sec-WebSocket-Version", "13");
  fields.set("Sec-WebSocket-Key", key);
  fields.delete("Sec-WebSocket-Extensions");
  fields.delete("Sec-WebSocket-Protocol");
  if (protocols.length > 0) fields.set("Sec-WebSocket-Protocol", protocols.join(", "));
  const answer = await upgradeOver(connection, { target, host, headers: fields, ...(signal && { signal }) });
  if (answer.kind === "refused") {
    const { status, statusText } = answer.response;
    connection.abort(refused(`It answers ${status} ${statusText}`.trim()));
    throw refused(`it answers ${`${status} ${statusText}`.trim()}`, status);
  }
  const problem = await problemOf(answer.headers, key, protocols);
  if (problem !== undefined) {
    connection.abort(refused(problem));
    throw refused(problem);
  }
  const protocol = answer.headers.get("sec-websocket-protocol") ?? "";
  const { readable, writable } = answer.stream;
  const abort = (error: CloudError) => connection.abort(error);
  return {
    socket: new WebSocketConnection({ readable, writable, abort }, { protocol, clock, random }),
    headers: answer.headers,
  };
}

/** What is wrong with an answer (RFC 6455 §4.1). */
async function problemOf(headers: Headers, key: string, protocols: readonly string[]): Promise<string | undefined> {
  if (headers.get("upgrade")?.toLowerCase() !== "websocket" || !hasMember(headers, "connection", "upgrade")) {
    return "it switches to something else";
  }
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID));
  if (headers.get("sec-websocket-accept") !== toBase64(new Uint8Array(digest))) {
    return "its Sec-WebSocket-Accept does not belong to this request";
  }
  if (headers.get("sec-websocket-extensions") !== null) return "it uses extensions that nobody has asked for";
  const protocol = headers.get("sec-websocket-protocol");
  return protocol === null || protocols.includes(protocol)
    ? undefined
    : "it takes a protocol that nobody has asked for";
}

const refused = (why: string, status?: number) =>
  new CloudError("Network.WebSocketFailed", `The server does not open a WebSocket: ${why}.`, { status });
