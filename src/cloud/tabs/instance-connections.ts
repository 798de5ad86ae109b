import { CloudError } from "../../base/errors.ts";
import { holdLife, watchLife } from "../../protocol/handshake.ts";
import { type Connection, connectionPorts, PortConnection } from "../../protocol/port-connection.ts";
import type { ConnectRequest, OpenConnection } from "../network/connections.ts";
import type {
  ConnectOptions,
  FetchOptions,
  InstanceWebSocket,
  WebSocketOptions,
} from "./instance-connection-options.ts";
import type { InstanceFetch } from "./instance-fetch.ts";

export type { Connection } from "../../protocol/port-connection.ts";
export type {
  ConnectOptions,
  FetchOptions,
  InstanceWebSocket,
  WebSocketOptions,
} from "./instance-connection-options.ts";

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
   * A request over HTTP/1.1 to its public address, as by `connect`. The answer's body is read as it comes; connections are
   * used again. Errors beside `connect`'s: `InvalidParameterValue`; `Network.InvalidHttpMessage` (what answers speaks no
   * HTTP, or not all of it has come); `Network.ConnectionReset`; `Network.RedirectNotFollowed` (to somewhere else, too
   * many, or not wanted); the signal's reason.
   */
  fetch(path: string, options?: FetchOptions): Promise<Response>;
  /**
   * Opens a WebSocket (RFC 6455) to its public address, as by `connect`. Errors beside `connect`'s: `Network.WebSocketFailed`
   * (the server answers with something else). The signal counts until it is open.
   */
  webSocket(path: string, options?: WebSocketOptions): Promise<InstanceWebSocket>;
}

/** Has the owner arrange a connection. */
type Arrange = (request: ConnectRequest) => Promise<OpenConnection>;

/** One for the tab, as long as it lives. */
let lifeLock: Promise<string> | undefined;

/** Bytes go between the tab and the network's worker directly, whichever tab owns the cloud. */
export function instanceConnections(arrange: Arrange): InstanceConnectionCalls {
  /** The signal counts until it is open. */
  const open = async (port: number, { timeoutMs, signal }: ConnectOptions) => {
    signal?.throwIfAborted();
    lifeLock ??= holdLife("connections");
    const lock = await lifeLock;
    const { own, others } = connectionPorts();
    const connection = new PortConnection(own);
    const abort = () => connection.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      const { address, networkLock } = await arrange({ port, timeoutMs, ports: others, lifeLock: lock });
      signal?.throwIfAborted();
      const watch = watchLife(networkLock, () => connection.lost(networkGone()));
      connection.closed.catch(() => {}).finally(() => watch.dispose());
      return { connection, address };
    } catch (thrown) {
      connection.abort(thrown);
      throw signal?.aborted ? signal.reason : thrown;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  };
  // The tab that needs no HTTP does not load it.
  let loaded: Promise<InstanceFetch> | undefined;
  const http = () => {
    loaded ??= import("./instance-fetch.ts").then((module) => new module.InstanceFetch(open));
    return loaded;
  };
  return {
    connect: async (port, options = {}) => {
      const { connection } = await open(port, options);
      const { signal } = options;
      const abort = () => connection.abort(signal?.reason);
      signal?.addEventListener("abort", abort);
      connection.closed.catch(() => {}).finally(() => signal?.removeEventListener("abort", abort));
      return connection;
    },
    fetch: async (path, options = {}) => await (await http()).fetch(path, options),
    webSocket: async (path, options = {}) => await (await http()).webSocket(path, options),
  };
}

const networkGone = () =>
  new CloudError("Worker.Gone", "The network's worker has ended, and the connection with it. Connect again.");
