import type { WebSocketConnection } from "../../network/websocket/connection.ts";

export interface ConnectOptions {
  /** Until it is open; ten seconds by default. */
  readonly timeoutMs?: number;
  /** Gives up, or ends the connection at once. */
  readonly signal?: AbortSignal;
}

export interface FetchOptions extends ConnectOptions {
  /** 80 by default. */
  readonly port?: number;
  /** GET by default. */
  readonly method?: string;
  readonly headers?: HeadersInit;
  /** As fetch takes it: text, bytes, form data, a blob, which are sent with their length, or a stream, in chunks. */
  readonly body?: BodyInit | ReadableStream<Uint8Array> | Uint8Array | null;
  /** "follow" by default, within the instance. "manual": the answer is the redirect itself, with its fields. */
  readonly redirect?: "follow" | "manual" | "error";
}

export interface WebSocketOptions extends ConnectOptions {
  /** 80 by default. */
  readonly port?: number;
  /** Of the application, the most wanted first. */
  readonly protocols?: string | readonly string[];
  readonly headers?: HeadersInit;
}

/** Messages each way, as of a browser's `WebSocketStream`, and the fields of the server's answer. */
export type InstanceWebSocket = WebSocketConnection & { readonly headers: Headers };
