import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { reportUncaught, toCloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { formatAddress, parseAddress } from "../addresses.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import { ICMP, icmpFrame, UNREACHABLE } from "../frames/icmp.ts";
import { mayBeAnsweredByError, quoteOf } from "../frames/icmp-errors.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { HttpConnection } from "../http/message.ts";
import { serveHttp } from "../http/server.ts";
import { PAGE_ADDRESS } from "../model.ts";
import { DNS_TYPE, type DnsRecord } from "../services/dns-message.ts";
import type { Endpoint } from "../tcp/segment.ts";
import type { TcpSocket } from "../tcp/socket.ts";
import { type SynDecision, TcpStack } from "../tcp/stack.ts";
import { addressRecord, resolveByHttps } from "./dns-over-https.ts";
import { type FetchProxyOptions, proxyByFetch } from "./fetch-proxy.ts";
import { GuestStacks } from "./guest-stacks.ts";
import { isOfWorld } from "./of-world.ts";
import { SyntheticNames } from "./synthetic-names.ts";

/** The ways out of the cloud; without any, nothing leaves. */
export interface EgressOptions {
  /** Any TCP connection (a `WispRelay`). */
  readonly relay?: { connect(host: string, port: number): Promise<HttpConnection> };
  /** Whether it takes guests to its own computer and the network around that, too. */
  readonly relayLocal?: boolean;
  /** HTTP on port 80, where there is no relay. */
  readonly http?: FetchProxyOptions;
  /** A resolver's URL (RFC 8484's, with its JSON API); without it names get addresses that stand for them. */
  readonly dnsOverHttpsUrl?: string;
}

export interface OutsideOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** `Network.receiveFromOutside`. */
  send(frame: Frame): void;
}

export interface EgressCounters {
  readonly relayed: number;
  readonly fetched: number;
  /** Connections and packets for which there is no way. */
  readonly refused: number;
}

/** An address that stands for a name is good for a short time, so that what is asked later is asked anew. */
const SYNTHETIC_TTL = 60;
const HTTP_PORT = 80;

/**
 * The world beyond the internet gateways (the network's `OutsideEndpoint`): the page's own clients, and the ways to the real
 * Internet that are configured.
 */
export class Outside implements Disposable {
  readonly #options: OutsideOptions;
  /** The page's own connections: whatever guests do, it has all of its ports. */
  readonly #clients: TcpStack;
  readonly #guests: GuestStacks;
  readonly #page = parseAddress(PAGE_ADDRESS) as number;
  readonly #names = new SyntheticNames();
  readonly #counters = { relayed: 0, fetched: 0, refused: 0 };
  #egress: EgressOptions = {};

  constructor(options: OutsideOptions) {
    this.#options = options;
    const { clock, random, send } = options;
    this.#clients = new TcpStack({ clock, random, send });
    this.#clients.listen({}, () => this.#refuseConnection());
    this.#guests = new GuestStacks({ clock, random, send, decide: (to) => this.#decide(to) });
  }

  /** From the next connection on. */
  configure(egress: EgressOptions): void {
    this.#egress = egress;
  }

  get counters(): EgressCounters {
    return { ...this.#counters };
  }

  /** TCP connections of all states, the page's and those of guests that leave. */
  get connections(): number {
    return this.#clients.size + this.#guests.size;
  }

  /** A packet that has left by an internet gateway. */
  receive(packet: ParsedPacket, offload: Offload | undefined): void {
    const isForPage = packet.destination === this.#page;
    if (packet.protocol === IP_PROTOCOL.tcp) (isForPage ? this.#clients : this.#guests).receive(packet, offload);
    else if (!isForPage) this.#refuse(packet);
  }

  /**
   * A connection from the page to a public address of the cloud, subject to its security groups like any other from outside.
   * Rejects as `TcpStack.connect`.
   */
  async connect(
    to: Endpoint,
    { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<TcpSocket> {
    return await this.#clients.connect({
      from: this.#page,
      to,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal && { signal }),
    });
  }

  /** The network's `ResolveOutside`. */
  readonly resolve = async (name: string, type: number): Promise<readonly DnsRecord[] | "no-such-name"> => {
    const { dnsOverHttpsUrl, relay, http } = this.#egress;
    if (dnsOverHttpsUrl !== undefined) return await resolveByHttps(dnsOverHttpsUrl, fetch)(name, type);
    if (relay === undefined && http === undefined) return "no-such-name";
    if (relay !== undefined && !this.#mayBeRelayed(name)) return "no-such-name";
    return type === DNS_TYPE.a ? [addressRecord(this.#names.addressOf(name), SYNTHETIC_TTL)] : [];
  };

  dispose(): void {
    this.#clients.dispose();
    this.#guests.dispose();
  }

  #decide(to: Endpoint): SynDecision | Promise<SynDecision> {
    const { relay, http } = this.#egress;
    const host = this.#names.nameOf(to.address) ?? formatAddress(to.address);
    if (relay !== undefined) {
      return this.#mayBeRelayed(host) ? this.#byRelay(relay, host, to.port) : this.#refuseConnection();
    }
    if (http === undefined || to.port !== HTTP_PORT) return this.#refuseConnection();
    this.#counters.fetched += 1;
    return { onConnection: (socket) => void this.#byFetch(socket, host, http).catch(reportUncaught) };
  }

  /** A relay may be on the user's own computer, and would ask it, or the network around it, for a guest. */
  #mayBeRelayed(host: string): boolean {
    return this.#egress.relayLocal === true || isOfWorld(host);
  }

  #refuseConnection(): SynDecision {
    this.#counters.refused += 1;
    return "refuse";
  }

  async #byRelay(relay: NonNullable<EgressOptions["relay"]>, host: string, port: number): Promise<SynDecision> {
    try {
      const remote = await relay.connect(host, port);
      this.#counters.relayed += 1;
      return {
        onConnection: (socket) => splice(socket, remote),
        onFailed: () => remote.abort(toCloudError(undefined, "Network.ConnectionReset")),
      };
    } catch {
      // The relay is not there.
      return this.#refuseConnection();
    }
  }

  async #byFetch(socket: TcpSocket, host: string, http: FetchProxyOptions): Promise<void> {
    await serveHttp(socket, (request) => proxyByFetch(request, host, http), { clock: this.#options.clock });
  }

  /** There is no way for anything but TCP; its sender is told, as by a firewall that says so. */
  #refuse(packet: ParsedPacket): void {
    this.#counters.refused += 1;
    if (!mayBeAnsweredByError(packet)) return;
    const fields = {
      source: packet.destination,
      destination: packet.source,
      type: ICMP.unreachable,
      code: UNREACHABLE.prohibited,
    };
    this.#options.send({ bytes: icmpFrame(fields, quoteOf(packet)) });
  }
}

/** Joins two connections: what ends or fails one ends the other in the same way. */
function splice(one: HttpConnection, other: HttpConnection): void {
  const carry = (from: HttpConnection, to: HttpConnection) =>
    from.readable.pipeTo(to.writable).catch((error: unknown) => {
      const reason = toCloudError(error, "Network.ConnectionReset");
      from.abort(reason);
      to.abort(reason);
    });
  void carry(one, other);
  void carry(other, one);
}
