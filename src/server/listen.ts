import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudError } from "../base/errors.ts";

/** Ten times what a busy test suite opens; each may hold a body of 1 MiB. */
const MAX_CONNECTIONS = 1_000;
/** A port that is free on 127.0.0.1 is so on ::1 nearly always. */
const TRIES = 5;

const IPV4 = "127.0.0.1";
const IPV6 = "::1";

/**
 * Servers of one port on both of this machine's own addresses, as "localhost" may be either. Rejects with
 * `Endpoint.PortInUse`, `Endpoint.PortDenied`.
 */
export async function listen(port: number, make: () => Server): Promise<{ servers: Server[]; port: number }> {
  for (let left = port === 0 ? TRIES : 1; ; left--) {
    const servers: Server[] = [];
    try {
      const first = await open(make(), port, IPV4);
      servers.push(first);
      const { port: chosen } = first.address() as AddressInfo;
      const second = await open(make(), chosen, IPV6).catch(unlessMissing);
      if (second !== undefined) servers.push(second);
      return { servers, port: chosen };
    } catch (error) {
      for (const server of servers) server.close();
      if (left === 1) throw explain(error, port);
    }
  }
}

async function open(server: Server, port: number, host: string): Promise<Server> {
  server.maxConnections = MAX_CONNECTIONS;
  server.listen({ port, host });
  await once(server, "listening");
  return server;
}

/** Not every machine has IPv6. */
function unlessMissing(error: unknown): undefined {
  if (!["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(error))) throw error;
}

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code);

function explain(error: unknown, port: number): unknown {
  switch (codeOf(error)) {
    case "EADDRINUSE": {
      const text = `Port ${port} is in use. Choose another with --port, or --port 0 for any that is free.`;
      return new CloudError("Endpoint.PortInUse", text, { port }, error);
    }
    case "EACCES":
      return new CloudError(
        "Endpoint.PortDenied",
        `Port ${port} is for root only. Choose one from 1024.`,
        { port },
        error,
      );
    default:
      return error;
  }
}
