import { systemClock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import { systemRandom } from "../../base/random.ts";
import { ClientConnection, type ClientRequest } from "../../network/http/client.ts";
import { ConnectionPool, type PooledConnection } from "../../network/http/connection-pool.ts";
import type { HttpConnection } from "../../network/http/message.ts";
import { openWebSocket } from "../../network/websocket/handshake.ts";
import type {
  ConnectOptions,
  FetchOptions,
  InstanceWebSocket,
  WebSocketOptions,
} from "./instance-connection-options.ts";
import { nextRequest, requestOf, type WantedRequest } from "./instance-request.ts";

/** A connection, and the instance's public address. */
export type Open = (
  port: number,
  options: ConnectOptions,
) => Promise<{ readonly connection: HttpConnection & { readonly isCurrent: boolean }; readonly address: string }>;

/** Fetch standard, §4.4. */
const MAX_REDIRECTS = 20;
const HTTP_PORT = 80;

/** HTTP to one instance's ports, for `InstanceConnectionCalls`. */
export class InstanceFetch {
  readonly #open: Open;
  readonly #pool = new ConnectionPool<Used>(systemClock);

  constructor(open: Open) {
    this.#open = open;
  }

  async fetch(path: string, { port = HTTP_PORT, redirect = "follow", ...options }: FetchOptions): Promise<Response> {
    let wanted = await requestOf(path, port, options);
    for (let followed = 0; ; followed++) {
      const { response, address } = await this.#ask(wanted, options);
      const url = `http://${hostOf(address, wanted.port)}${wanted.target}`;
      const location = redirect === "manual" || !isRedirect(response.status) ? null : response.headers.get("location");
      if (location === null) return described(response, url, followed > 0);
      await response.body?.cancel();
      if (redirect === "error") throw notFollowed(`The server redirects to ${location}`, { location });
      if (followed >= MAX_REDIRECTS) throw notFollowed(`The server redirects more than ${MAX_REDIRECTS} times`, {});
      wanted = nextRequest(wanted, response.status, location, url);
    }
  }

  async webSocket(
    path: string,
    { port = HTTP_PORT, protocols, headers, ...options }: WebSocketOptions,
  ): Promise<InstanceWebSocket> {
    const { target } = await requestOf(path, port, {});
    const { connection, address } = await this.#open(port, options);
    const { socket, headers: answered } = await openWebSocket(connection, {
      target,
      host: hostOf(address, port),
      clock: systemClock,
      random: systemRandom,
      ...(protocols !== undefined && { protocols: [protocols].flat() }),
      ...(headers !== undefined && { headers: new Headers(headers) }),
      ...(options.signal !== undefined && { signal: options.signal }),
    });
    return Object.assign(socket, { headers: answered });
  }

  async #ask(
    { port, isRepeatable, ...wanted }: WantedRequest,
    { timeoutMs, signal }: ConnectOptions,
  ): Promise<{ response: Response; address: string }> {
    const request = (address: string): ClientRequest => ({
      ...wanted,
      host: hostOf(address, port),
      ...(signal !== undefined && { signal }),
    });
    const used = isRepeatable ? this.#pool.take(port) : undefined;
    if (used !== undefined) {
      try {
        return await this.#over(used, port, request(used.address));
      } catch (thrown) {
        // Its server had ended it by then, and has seen nothing of the request.
        if (signal?.aborted || !used.client.isUnheard) throw thrown;
      }
    }
    const { connection, address } = await this.#open(port, {
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal !== undefined && { signal }),
    });
    const fresh: Used = { client: new ClientConnection(connection), isCurrent: () => connection.isCurrent, address };
    return await this.#over(fresh, port, request(address));
  }

  async #over(used: Used, port: number, request: ClientRequest): Promise<{ response: Response; address: string }> {
    const response = await used.client.fetch(request, () => this.#pool.put(port, used));
    return { response, address: used.address };
  }
}

interface Used extends PooledConnection {
  readonly address: string;
}

const hostOf = (address: string, port: number): string => (port === HTTP_PORT ? address : `${address}:${port}`);

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** As a browser's answer says it; a `Response` that is made has neither. */
const described = (response: Response, url: string, redirected: boolean): Response =>
  Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });

const notFollowed = (what: string, details: Readonly<Record<string, unknown>>) =>
  new CloudError("Network.RedirectNotFollowed", `${what}. With redirect: "manual" that is the answer.`, details);
