import { type Disposable, toDisposable } from "../../../src/base/disposable.ts";
import { CloudError } from "../../../src/base/errors.ts";
import type { VsockConnection, VsockEndpoint } from "./virtio-vsock-connection.ts";

/** Streams at one time; further ones are refused, so that a guest cannot fill the worker's memory. */
export const MAX_CONNECTIONS = 512;
/** Host ports for our own connections: above what listeners use, as with TCP. */
const FIRST_EPHEMERAL_PORT = 49_152;
const LAST_PORT = 0xffff_fffe;

export type OnConnection = (connection: VsockConnection) => void;

/** Who is connected, and who listens. A stream is known by the host's port and the guest's. */
export class VsockTable {
  readonly #connections = new Map<string, VsockEndpoint>();
  readonly #listeners = new Map<number, OnConnection>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  get size(): number {
    return this.#connections.size;
  }

  get isFull(): boolean {
    return this.#connections.size >= MAX_CONNECTIONS;
  }

  find(hostPort: number, guestPort: number): VsockEndpoint | undefined {
    return this.#connections.get(keyOf(hostPort, guestPort));
  }

  add(endpoint: VsockEndpoint): void {
    this.#connections.set(keyOf(endpoint.localPort, endpoint.peerPort), endpoint);
  }

  remove(endpoint: VsockEndpoint): void {
    this.#connections.delete(keyOf(endpoint.localPort, endpoint.peerPort));
  }

  /** Forgets all connections, and gives them. */
  takeAll(): VsockEndpoint[] {
    const endpoints = [...this.#connections.values()];
    this.#connections.clear();
    return endpoints;
  }

  /** A port has one listener. Throws `Vsock.PortInUse`. */
  listen(port: number, onConnection: OnConnection): Disposable {
    if (this.#listeners.has(port)) throw new CloudError("Vsock.PortInUse", `Port ${port} has a listener.`, { port });
    this.#listeners.set(port, onConnection);
    return toDisposable(() => {
      if (this.#listeners.get(port) === onConnection) this.#listeners.delete(port);
    });
  }

  listener(port: number): OnConnection | undefined {
    return this.#listeners.get(port);
  }

  removeListeners(): void {
    this.#listeners.clear();
  }

  /** A port of the host for a connection to `guestPort`. There are far more than `MAX_CONNECTIONS`. */
  takePort(guestPort: number): number {
    for (;;) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_EPHEMERAL_PORT : port + 1;
      if (this.find(port, guestPort) === undefined && !this.#listeners.has(port)) return port;
    }
  }
}

function keyOf(hostPort: number, guestPort: number): string {
  return `${hostPort}:${guestPort}`;
}
