import { once } from "node:events";
import * as http from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { WispSocket } from "../../src/network/egress/wisp-relay.ts";

/** What is used of the package, which has no types. */
interface WispServerPackage {
  readonly server: {
    readonly options: { allow_loopback_ips: boolean; allow_private_ips: boolean };
    routeRequest(request: http.IncomingMessage, socket: Duplex, head: Buffer): void;
  };
  readonly logging: { readonly NONE: number; set_level(level: number): void };
}

const require = createRequire(import.meta.url);
const { WebSocket } = require("ws") as { WebSocket: new (url: string) => WispSocket };

/** A real Wisp server on loopback, which lets its clients to loopback addresses. */
export async function startWispServer(): Promise<{ url: string; close(): void }> {
  const { server: wisp, logging } = require("@mercuryworkshop/wisp-js/server") as WispServerPackage;
  logging.set_level(logging.NONE);
  wisp.options.allow_loopback_ips = true;
  wisp.options.allow_private_ips = true;
  const server = http.createServer();
  const sockets = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    sockets.add(socket);
    wisp.routeRequest(request, socket, head);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/wisp/`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export const openSocket = (url: string): WispSocket => new WebSocket(url);
