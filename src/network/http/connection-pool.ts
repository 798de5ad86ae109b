import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import type { ClientConnection } from "./client.ts";

export interface PooledConnection {
  readonly client: ClientConnection;
  /** Whether a new connection would go the same way, and be let through, as far as is known here. */
  isCurrent(): boolean;
}

/** Of one port: as many as browsers have to a host. */
const MAX_OF_PORT = 6;
/** Of all ports together. */
const MAX_IDLE = 24;
/** Servers keep idle connections for five seconds (Apache, Node) or more: this side lets go first, or requests would meet their end. */
const IDLE_MS = 4000;

interface Idle<T> {
  readonly connection: T;
  readonly port: number;
  readonly cancelTimer: () => void;
}

/** Connections to one server's ports that have answered, and may be asked again. */
export class ConnectionPool<T extends PooledConnection> implements Disposable {
  readonly #clock: Clock;
  /** The last one has been used last. */
  readonly #idle: Idle<T>[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#idle.length;
  }

  /** The one that was used last: the others may have their time. */
  take(port: number): T | undefined {
    for (;;) {
      const at = this.#idle.findLastIndex((one) => one.port === port);
      if (at < 0) return undefined;
      const idle = this.#idle[at] as Idle<T>;
      this.#idle.splice(at, 1);
      idle.cancelTimer();
      if (idle.connection.isCurrent()) return idle.connection;
      idle.connection.client.close();
    }
  }

  put(port: number, connection: T): void {
    if (!connection.isCurrent()) {
      connection.client.close();
      return;
    }
    const cancelTimer = this.#clock.setTimer(IDLE_MS, () => this.#drop(idle));
    const idle: Idle<T> = { connection, port, cancelTimer };
    this.#idle.push(idle);
    // The server ends it, or says what nobody has asked for.
    void connection.client.unasked().then(() => this.#drop(idle));
    const ofPort = this.#idle.filter((one) => one.port === port);
    if (ofPort.length > MAX_OF_PORT) this.#drop(ofPort[0] as Idle<T>);
    if (this.#idle.length > MAX_IDLE) this.#drop(this.#idle[0] as Idle<T>);
  }

  dispose(): void {
    for (const idle of [...this.#idle]) this.#drop(idle);
  }

  /** Nothing where it is in use again. */
  #drop(idle: Idle<T>): void {
    const at = this.#idle.indexOf(idle);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    idle.cancelTimer();
    idle.connection.client.close();
  }
}
