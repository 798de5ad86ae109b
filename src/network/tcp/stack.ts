import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposable.ts";
import { CloudError, reportUncaught, toCloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { EndpointMap } from "../endpoint-map.ts";
import { u32 } from "../frames/bytes.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { TCP_FLAG } from "../frames/tcp.ts";
import { MTU } from "../model.ts";
import { Connection } from "./connection.ts";
import type { KeepAlive } from "./keep-alive.ts";
import { type Endpoint, readSegment, segmentFrame, segmentSizeOf, type TcpSegment } from "./segment.ts";
import { StreamSocket, type TcpSocket } from "./socket.ts";

export interface TcpStackOptions {
  /** Takes an IP packet in a frame whose MAC addresses are 0. It must not call `receive` before it has returned. */
  send(frame: Frame): void;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether frames may be several segments with checksums to be made (virtio 1.2 §5.1.6). By default they may. */
  readonly offload?: boolean;
  /** Of an IP packet, in bytes. */
  readonly mtu?: number;
  /** Bytes of each connection's buffers, one for each direction; a power of two. */
  readonly bufferSize?: number;
  /** Connections at a time; beyond, SYNs are not answered. */
  readonly maxConnections?: number;
  /** False: never. A machine that is gone must not keep its connections, so by default silent peers are asked. */
  readonly keepAlive?: KeepAlive | false;
}

export interface ConnectOptions {
  /** Which address it comes from. */
  readonly from: number;
  readonly to: Endpoint;
  /** Milliseconds until it is given up, which a filter that drops packets leads to. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Where connections are listened for: what is absent is any that nothing else listens to. */
export interface ListenOptions {
  readonly address?: number;
  readonly port?: number;
}

/** What to do with a SYN: answer it by RST, not at all, or take the connection. */
export type SynDecision = "refuse" | "drop" | AcceptedConnection;

export interface AcceptedConnection {
  /** It is open. */
  onConnection(socket: TcpSocket): void;
  /** It will not be: the other side has gone. */
  onFailed?(): void;
}

/** Must not reject. While it takes its time, SYN waits. */
export type OnSyn = (from: Endpoint, to: Endpoint) => SynDecision | Promise<SynDecision>;

/** A memory of a MiB a direction carries some hundred MB/s where the other side answers within milliseconds. */
const BUFFER_SIZE = 1 << 20;
/** A thousand connections with full buffers are two gigabytes; full ones are few. */
const MAX_CONNECTIONS = 1024;
/** Half-open ones of one listener: a flood of SYNs pushes out the oldest, which an honest peer has long completed. */
const BACKLOG = 128;
/** Old connections that only wait: beyond, the oldest is forgotten. */
const MAX_TIME_WAIT = 512;
/** Of a connection that is asked for: filters drop without a word. */
const CONNECT_TIMEOUT_MS = 30_000;
const KEEP_ALIVE: KeepAlive = { idleMs: 60_000, intervalMs: 15_000, probes: 4 };
/** Ports for connections that are asked for (RFC 6335 §6). */
const EPHEMERAL = { first: 49152, count: 16384 };

interface Listener {
  readonly where: ListenOptions;
  readonly onSyn: OnSyn;
  /** What has not completed its handshake, oldest first. */
  readonly halfOpen: Set<Connection>;
  /** SYNs that are being decided about. */
  readonly undecided: EndpointMap<true>;
}

export interface TcpStackCounters {
  /** Segments that were none: checksum, fragment. */
  readonly malformed: number;
  readonly resetsSent: number;
  readonly halfOpenDropped: number;
  /** SYNs that were not answered because there are too many connections. */
  readonly refusedForRoom: number;
}

/** TCP's end points at one place of the network: RFC 9293, in memory of known bounds. */
export class TcpStack implements Disposable {
  readonly #options: Required<TcpStackOptions>;
  readonly #connections = new EndpointMap<Connection>();
  readonly #timeWait = new Set<Connection>();
  readonly #listeners = new Set<Listener>();
  readonly #counters = { malformed: 0, resetsSent: 0, halfOpenDropped: 0, refusedForRoom: 0 };
  #nextPort: number;

  constructor(options: TcpStackOptions) {
    this.#options = {
      offload: true,
      mtu: MTU,
      bufferSize: BUFFER_SIZE,
      maxConnections: MAX_CONNECTIONS,
      keepAlive: KEEP_ALIVE,
      ...options,
    };
    this.#nextPort = this.#randomNumber() % EPHEMERAL.count;
  }

  get counters(): TcpStackCounters {
    return { ...this.#counters };
  }

  /** Connections of all states. */
  get size(): number {
    return this.#connections.size;
  }

  /** A packet for an address of this stack; whatever is in it, it never throws. */
  receive(packet: ParsedPacket, offload?: Offload): void {
    const segment = readSegment(packet, offload);
    if (segment === undefined) {
      this.#counters.malformed += 1;
      return;
    }
    const connection = this.#connectionOf(segment.to, segment.from);
    if (connection?.mayBeReplacedBy(segment)) {
      connection.dispose();
      this.#onSyn(segment);
    } else if (connection !== undefined) connection.receive(segment);
    else if (segment.syn && !segment.ack && !segment.rst) this.#onSyn(segment);
    else this.#refuse(segment);
  }

  /**
   * Resolves when it is open. Rejects with `Network.ConnectionRefused`, `Network.ConnectionTimedOut`,
   * `Network.ConnectionReset`, `Network.NoPorts`, or the signal's reason.
   */
  async connect({ from, to, timeoutMs = CONNECT_TIMEOUT_MS, signal }: ConnectOptions): Promise<TcpSocket> {
    signal?.throwIfAborted();
    const local = { address: from, port: this.#freePort(from, to) };
    const { clock } = this.#options;
    let onOpen!: () => void;
    const opened = new Promise<void>((resolve) => {
      onOpen = resolve;
    });
    const { socket } = this.#open(local, to, undefined, { onOpen });
    const giveUp = clock.setTimer(timeoutMs, () => socket.abort(notAnswered(timeoutMs)));
    const onAbort = () => socket.abort(toCloudError(signal?.reason, "Network.ConnectionAborted"));
    signal?.addEventListener("abort", onAbort);
    try {
      await Promise.race([opened, socket.closed]);
      return socket;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      giveUp();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Hears of SYNs. The most particular listener has them: for an address and port, a port, an address, any. */
  listen(where: ListenOptions, onSyn: OnSyn): Disposable {
    const listener: Listener = { where, onSyn, halfOpen: new Set(), undecided: new EndpointMap() };
    this.#listeners.add(listener);
    return toDisposable(() => {
      this.#listeners.delete(listener);
      for (const connection of [...listener.halfOpen]) connection.dispose();
    });
  }

  /** Ends all connections, by RST. */
  dispose(): void {
    this.#listeners.clear();
    for (const connection of [...this.#connections.values()]) connection.dispose();
  }

  #onSyn(syn: TcpSegment): void {
    const listener = this.#listenerAt(syn.to);
    if (listener === undefined) {
      this.#refuse(syn);
      return;
    }
    const { undecided } = listener;
    const { from, to } = syn;
    if (undecided.get(to.address, to.port, from.address, from.port)) return;
    if (undecided.size >= BACKLOG) {
      this.#counters.halfOpenDropped += 1;
      return;
    }
    const decision = listener.onSyn(from, to);
    if (!(decision instanceof Promise)) {
      this.#obey(decision, listener, syn);
      return;
    }
    undecided.set(to.address, to.port, from.address, from.port, true);
    // The packet's memory is used again.
    const kept = { ...syn, payload: NOTHING };
    decision
      .then((made) => {
        undecided.delete(to.address, to.port, from.address, from.port);
        const isWanted = this.#listeners.has(listener);
        if (isWanted) this.#obey(made, listener, kept);
        else if (typeof made === "object") made.onFailed?.();
      })
      .catch(reportUncaught);
  }

  #obey(decision: SynDecision, listener: Listener, syn: TcpSegment): void {
    if (decision === "drop") return;
    if (decision === "refuse") {
      this.#refuse(syn);
      return;
    }
    if (!this.#makeRoom()) {
      this.#counters.refusedForRoom += 1;
      decision.onFailed?.();
      return;
    }
    const { halfOpen } = listener;
    if (halfOpen.size >= BACKLOG) {
      this.#counters.halfOpenDropped += 1;
      first(halfOpen).dispose();
    }
    const opened = this.#open(syn.to, syn.from, syn, {
      onOpen: () => {
        halfOpen.delete(opened.connection);
        decision.onConnection(opened.socket);
      },
      onClosed: () => {
        if (halfOpen.delete(opened.connection)) decision.onFailed?.();
      },
    });
    halfOpen.add(opened.connection);
    opened.connection.open();
  }

  #open(
    local: Endpoint,
    remote: Endpoint,
    syn: TcpSegment | undefined,
    { onOpen, onClosed }: { onOpen(): void; onClosed?(): void },
  ): { socket: TcpSocket; connection: Connection } {
    const { clock, mtu, offload, bufferSize, keepAlive, send } = this.#options;
    let connection!: Connection;
    const socket = new StreamSocket(local, remote, (events) => {
      connection = new Connection(
        {
          clock,
          local,
          remote,
          mtu,
          offload,
          bufferSize,
          keepAlive: keepAlive === false ? undefined : keepAlive,
          initialSequence: this.#randomNumber(),
          send,
          release: () => {
            this.#timeWait.delete(connection);
            if (this.#connectionOf(local, remote) === connection)
              this.#connections.delete(local.address, local.port, remote.address, remote.port);
          },
          events: {
            ...events,
            onOpen,
            onClosed: (error) => {
              if (connection.state === "time-wait") this.#keepWaiting(connection);
              events.onClosed(error);
              onClosed?.();
            },
          },
        },
        syn,
      );
      return connection;
    });
    this.#connections.set(local.address, local.port, remote.address, remote.port, connection);
    if (syn === undefined) connection.open();
    return { socket, connection };
  }

  #connectionOf(local: Endpoint, remote: Endpoint): Connection | undefined {
    return this.#connections.get(local.address, local.port, remote.address, remote.port);
  }

  #keepWaiting(connection: Connection): void {
    this.#timeWait.add(connection);
    if (this.#timeWait.size > MAX_TIME_WAIT) first(this.#timeWait).dispose();
  }

  /** Whether there may be one more; what only waits goes first. */
  #makeRoom(): boolean {
    if (this.#connections.size < this.#options.maxConnections) return true;
    if (this.#timeWait.size === 0) return false;
    first(this.#timeWait).dispose();
    return true;
  }

  #listenerAt(to: Endpoint): Listener | undefined {
    let best: Listener | undefined;
    let bestRank = -1;
    for (const listener of this.#listeners) {
      const { address, port } = listener.where;
      if ((address !== undefined && address !== to.address) || (port !== undefined && port !== to.port)) continue;
      const rank = (port === undefined ? 0 : 2) + (address === undefined ? 0 : 1);
      if (rank > bestRank) [best, bestRank] = [listener, rank];
    }
    return best;
  }

  /** What belongs to no connection is answered by RST (RFC 9293 §3.10.7.1). */
  #refuse({ from, to, sequence, acknowledgment, ack, syn, fin, rst, payload }: TcpSegment): void {
    if (rst) return;
    this.#counters.resetsSent += 1;
    const length = payload.length + (syn ? 1 : 0) + (fin ? 1 : 0);
    const numbers = ack
      ? { sequence: acknowledgment, flags: TCP_FLAG.rst }
      : { sequence: 0, acknowledgment: (sequence + length) >>> 0, flags: TCP_FLAG.rst | TCP_FLAG.ack };
    const fields = {
      source: to.address,
      destination: from.address,
      sourcePort: to.port,
      destinationPort: from.port,
      window: 0,
      ...numbers,
    };
    const { mtu, offload, send } = this.#options;
    send(segmentFrame(fields, 0, () => undefined, { segmentSize: segmentSizeOf(mtu), offload }));
  }

  #freePort(from: number, to: Endpoint): number {
    if (!this.#makeRoom()) throw noPorts();
    for (let tried = 0; tried < EPHEMERAL.count; tried++) {
      const port = EPHEMERAL.first + this.#nextPort;
      this.#nextPort = (this.#nextPort + 1) % EPHEMERAL.count;
      if (this.#connectionOf({ address: from, port }, to) === undefined) return port;
    }
    throw noPorts();
  }

  #randomNumber(): number {
    return u32(this.#options.random.bytes(4), 0);
  }
}

const first = <T>(items: ReadonlySet<T>): T => items.values().next().value as T;

const NOTHING = new Uint8Array(0);

const notAnswered = (timeoutMs: number) =>
  new CloudError(
    "Network.ConnectionTimedOut",
    `No answer within ${timeoutMs} ms: the machine is down, or a security group, network ACL or route keeps the packets from it.`,
    { timeoutMs },
  );

const noPorts = () =>
  new CloudError("Network.NoPorts", "There are too many connections: close some of them, then try again.");
