import { CloudError } from "../../base/errors.ts";
import { holdLife, watchLife } from "../../protocol/handshake.ts";
import { type Connection, connectionPorts, PortConnection } from "../../protocol/port-connection.ts";
import type { ConnectRequest, OpenConnection } from "../network/connections.ts";

export type { Connection } from "../../protocol/port-connection.ts";

export interface ConnectOptions {
  /** Until it is open; ten seconds by default. */
  readonly timeoutMs?: number;
  /** Gives up, or ends the connection at once. */
  readonly signal?: AbortSignal;
}

export interface FetchOptions extends ConnectOptions {
  /** 80 by default. */
  readonly port?: number;
  /** In capitals; GET by default. */
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
}

/** What a tab does with a running instance's ports. */
export interface InstanceConnectionCalls {
  /**
   * A TCP connection from this page (203.0.113.1) to a port of its public address, through the internet gateway: routes,
   * network ACLs and security groups count as for any client from outside. Errors: `IncorrectInstanceState`;
   * `Network.Unreachable` (no public address, gateway or route: it says which); `Network.ConnectionTimedOut` (what dropped the
   * packets, where that is known); `Network.ConnectionRefused` (nothing listens).
   */
  connect(port: number, options?: ConnectOptions): Promise<Connection>;
  /**
   * A request over HTTP/1.1 to its public address, as by `connect`. The answer's body is read as it comes; redirects are not
   * followed.
   */
  fetch(path: string, options?: FetchOptions): Promise<Response>;
}

/** Has the owner arrange a connection. */
type Arrange = (request: ConnectRequest) => Promise<OpenConnection>;

/** One for the tab, as long as it lives. */
let lifeLock: Promise<string> | undefined;

/** Bytes go between the tab and the network's worker directly, whichever tab owns the cloud. */
export function instanceConnections(arrange: Arrange): InstanceConnectionCalls {
  const open = async (port: number, { timeoutMs, signal }: ConnectOptions) => {
    signal?.throwIfAborted();
    lifeLock ??= holdLife("connections");
    const lock = await lifeLock;
    const { own, others } = connectionPorts();
    const connection = new PortConnection(own);
    const abort = () => connection.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    connection.closed.catch(() => {}).finally(() => signal?.removeEventListener("abort", abort));
    try {
      const { address, networkLock } = await arrange({ port, timeoutMs, ports: others, lifeLock: lock });
      const watch = watchLife(networkLock, () => connection.lost(networkGone()));
      connection.closed.catch(() => {}).finally(() => watch.dispose());
      return { connection, address };
    } catch (thrown) {
      connection.abort(thrown);
      throw signal?.aborted ? signal.reason : thrown;
    }
  };
  return {
    connect: async (port, options = {}) => (await open(port, options)).connection,
    fetch: async (path, { port = 80, method, headers, body, ...options } = {}) => {
      // The tab that needs no HTTP does not load it.
      const { fetchOver } = await import("../../network/http/client.ts");
      const { connection, address } = await open(port, options);
      return await fetchOver(connection, {
        target: path.startsWith("/") ? path : `/${path}`,
        host: port === 80 ? address : `${address}:${port}`,
        ...(method !== undefined && { method: method.toUpperCase() }),
        ...(headers !== undefined && { headers: new Headers(headers) }),
        ...(body !== undefined && { body: typeof body === "string" ? new TextEncoder().encode(body) : body }),
        ...(options.signal !== undefined && { signal: options.signal }),
      });
    },
  };
}

const networkGone = () =>
  new CloudError("Worker.Gone", "The network's worker has ended, and the connection with it. Connect again.");
