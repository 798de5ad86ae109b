import { CloudError } from "../../src/base/errors.ts";
import { parseAddress } from "../../src/network/addresses.ts";
import type { Outside } from "../../src/network/egress/outside.ts";
import { holdLife, watchLife } from "../../src/protocol/handshake.ts";
import type { ConnectRequest } from "../../src/protocol/network-contract.ts";
import {
  type ConnectionPorts,
  closePorts,
  holdConnection,
  onAbort,
  tellChange,
} from "../../src/protocol/port-connection.ts";

/** Connections of pages to public addresses of the cloud: they come from outside, as any other client's. */
export class PageConnections {
  readonly #outside: Pick<Outside, "connect">;
  readonly #lifeLock = holdLife("network");
  readonly #held = new Set<ConnectionPorts>();

  constructor(outside: Pick<Outside, "connect">) {
    this.#outside = outside;
    // Who connects hears of it.
    this.#lifeLock.catch(() => {});
  }

  /** Connections stay as filters let them; who has one to use again knows that it may be another's time. */
  networkChanged(): void {
    for (const ports of this.#held) tellChange(ports);
  }

  /** Resolves when the connection is open. It ends with the page that has asked for it. */
  async connect({ address, port, timeoutMs, ports, lifeLock }: ConnectRequest): Promise<string> {
    const gone = new AbortController();
    const watch = watchLife(lifeLock, () =>
      gone.abort(new CloudError("Network.ConnectionAborted", "The page that had the connection is gone.")),
    );
    onAbort(ports, (error) => gone.abort(error));
    try {
      const to = { address: parseAddress(address) ?? 0, port };
      const held = await this.#outside.connect(to, { timeoutMs, signal: gone.signal });
      // In the background, as long as it lasts: it does not reject.
      this.#held.add(ports);
      void holdConnection(ports, held, gone.signal).finally(() => {
        this.#held.delete(ports);
        watch.dispose();
      });
      return await this.#lifeLock;
    } catch (thrown) {
      watch.dispose();
      closePorts(ports);
      throw thrown;
    }
  }
}
