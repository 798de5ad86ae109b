import type { Clock } from "../base/clock.ts";
import { type Disposable, toDisposable } from "../base/disposable.ts";
import type { Random } from "../base/random.ts";
import { Filter } from "./filter/filter.ts";
import { ETHER_TYPE, putEthernet } from "./frames/ethernet.ts";
import { isConsistent } from "./frames/finish.ts";
import type { AttachedPort, Frame, FramePort } from "./frames/frame.ts";
import { parsePacket } from "./frames/parse.ts";
import { EMPTY_NETWORK, type NetworkModel } from "./model.ts";
import type { ResolveOutside } from "./services/dns.ts";
import { isForNobody, isPrivate } from "./services/service-addresses.ts";
import { type ServiceEndpoint, Services } from "./services/services.ts";
import type { DropReason, Incident, SwitchCounters } from "./switch/counters.ts";
import { Forwarder } from "./switch/forwarder.ts";
import { isFragment } from "./switch/fragments.ts";
import { Gateways, type OutsideEndpoint } from "./switch/gateways.ts";
import { Port, type Tap } from "./switch/port.ts";
import { Topology } from "./switch/topology.ts";
import { Turns } from "./switch/turns.ts";
import type { NetworkTrace } from "./trace.ts";

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** TCP at the addresses of the metadata service and of the resolver. Without it nobody is there. */
  readonly services?: ServiceEndpoint;
  /** Where packets go that leave. Without it only the cloud's own public addresses can be reached. */
  readonly outside?: OutsideEndpoint;
  /** The world's DNS, for VPCs whose internet gateway lets packets out. */
  readonly resolveOutside?: ResolveOutside;
  /**
   * Has something done after what waits already: frames of others that have come meanwhile, timers, messages. Work goes on in
   * slices of about a millisecond.
   */
  readonly later: (work: () => void) => void;
  readonly trace?: NetworkTrace;
}

/**
 * The network of a cloud: between the cards of its machines, its services, and the world outside. It does what its model says,
 * and keeps what passes: connections, counters, what waits. Rules in SPEC.md.
 */
export class Network implements Disposable {
  readonly filter: Filter;
  readonly #options: NetworkOptions;
  readonly #ports = new Map<string, Port>();
  readonly #turns = new Turns();
  readonly #forwarder: Forwarder;
  readonly #gateways: Gateways;
  readonly #services: Services;
  readonly #droppedOutside = new Map<DropReason, number>();
  /** Cards that have been given frames and not been told that there are no more. */
  readonly #unflushed = new Set<Port>();
  #topology = new Topology(EMPTY_NETWORK);
  #isScheduled = false;
  #isDisposed = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    const { clock, random, trace } = options;
    this.filter = new Filter({ clock, random, ...(trace && { trace }) });
    const topology = () => this.#topology;
    const portOf = (id: string) => this.#port(id);
    const deliver = (port: Port, frame: Frame) => this.#deliver(port, frame);
    this.#services = new Services({
      clock,
      tcp: options.services,
      resolveOutside: options.resolveOutside,
      publicAddresses: () => this.#topology.publicAddresses,
      reply: (port, bytes) => this.#forwarder.reply(port, bytes),
    });
    this.#gateways = new Gateways({
      filter: this.filter,
      topology,
      random,
      outside: options.outside,
      enter: (one, packet, offload, betweenSubnets) =>
        this.#forwarder.enter(one, packet, offload, betweenSubnets, true),
      drop: (id, reason) => this.#port(id).drop("out", reason),
    });
    const { filter } = this;
    this.#forwarder = new Forwarder({
      filter,
      topology,
      portOf,
      gateways: this.#gateways,
      services: this.#services,
      deliver,
    });
  }

  /** From the next frame on everything is as `model` says. `Network.InvalidModel`: nothing has changed. */
  configure(model: NetworkModel): void {
    const topology = new Topology(model, this.#options.trace);
    this.filter.configure(model);
    this.#topology = topology;
    this.#gateways.configure();
    for (const id of topology.interfaces.keys()) this.#port(id);
    for (const port of this.#ports.values()) {
      port.interface = topology.interfaces.get(port.id);
      this.#forget(port);
    }
  }

  /**
   * Connects an interface with a machine's card, which replaces the one that was there before. The interface may be one that
   * comes with the next model: until then what the card sends is dropped.
   */
  attach(interfaceId: string, card: FramePort): AttachedPort {
    const port = this.#port(interfaceId);
    port.card = card;
    const { dispose } = toDisposable(() => {
      if (port.card !== card) return;
      port.card = undefined;
      this.#forget(port);
    });
    const receive = (frame: Frame) => {
      if (port.card !== card || this.#isDisposed) return;
      port.put(frame);
      this.#turns.add(port);
      this.#schedule(queueMicrotask);
    };
    const refuse = (bytes: number) => {
      if (port.card === card) port.refuse(bytes);
    };
    return { receive, refuse, dispose };
  }

  /** A packet from the world to a public address of the cloud, in a frame whose MAC addresses do not matter. */
  receiveFromOutside(frame: Frame): void {
    const reason = this.#arrive(frame);
    if (reason !== undefined) this.#droppedOutside.set(reason, (this.#droppedOutside.get(reason) ?? 0) + 1);
  }

  /** An answer of a service's TCP to an interface, in a frame whose MAC addresses do not matter. */
  sendFromService(interfaceId: string, frame: Frame): void {
    const port = this.#ports.get(interfaceId);
    if (port?.interface === undefined) return;
    putEthernet(frame.bytes, port.interface.mac, port.interface.subnet.routerMac, ETHER_TYPE.ipv4);
    this.#deliver(port, frame);
  }

  /** The resolver's answer to a message that an interface has sent over TCP; undefined: there is none, for what is no question. */
  answerDns(interfaceId: string, message: Uint8Array): Uint8Array | Promise<Uint8Array> | undefined {
    const port = this.#ports.get(interfaceId);
    if (port?.interface === undefined) return undefined;
    return this.#services.resolve(port, port.interface, message, "tcp");
  }

  /** Undefined: the network knows of no such interface. */
  counters(interfaceId: string): SwitchCounters | undefined {
    return this.#ports.get(interfaceId)?.counters;
  }

  /** Packets from outside that were for nobody in the cloud, by reason. */
  droppedOutside(): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(this.#droppedOutside);
  }

  /** What an interface's guest has tried to be, and is not; the last ones, oldest first. */
  incidents(interfaceId: string): readonly Incident[] {
    return this.#ports.get(interfaceId)?.incidents.list() ?? [];
  }

  /** Conversations through a NAT gateway that it knows of. */
  natSessions(natGatewayId: string): number {
    return this.#gateways.natSessions(natGatewayId);
  }

  /** Has `tap` see all frames of an interface until it is disposed of. */
  tap(interfaceId: string, tap: Tap): Disposable {
    const port = this.#port(interfaceId);
    // A wrapper, so that the same function can be there twice.
    const entry: Tap = (direction, frame) => tap(direction, frame);
    port.taps.add(entry);
    return toDisposable(() => {
      port.taps.delete(entry);
      this.#forget(port);
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const port of this.#ports.values()) port.card = undefined;
    this.#ports.clear();
    this.#unflushed.clear();
    this.filter.dispose();
  }

  #arrive(frame: Frame): DropReason | undefined {
    const packet = parsePacket(frame);
    if (packet.malformed !== undefined) return packet.malformed;
    if (frame.offload !== undefined && !isConsistent(packet, frame.offload)) return "offload";
    // Nobody outside sends any, and nobody puts them together here.
    if (isFragment(packet)) return "reassembly";
    // Whoever is outside has none of the cloud's addresses, and none that can only be inside.
    const { source } = packet;
    if (this.#topology.publicAddresses.has(source) || isPrivate(source) || isForNobody(source)) return "source-check";
    const now = this.#options.clock.now();
    this.#forwarder.now = now;
    return this.#gateways.arrive(packet, frame.offload, now);
  }

  #port(id: string): Port {
    let port = this.#ports.get(id);
    if (port === undefined) {
      port = new Port(id);
      port.interface = this.#topology.interfaces.get(id);
      this.#ports.set(id, port);
    }
    return port;
  }

  /** What neither the model nor a card nor a listener knows any more. */
  #forget(port: Port): void {
    if (port.interface !== undefined || port.card !== undefined || port.taps.size > 0) return;
    if (this.#ports.get(port.id) === port) this.#ports.delete(port.id);
  }

  #deliver(port: Port, frame: Frame): void {
    port.deliver(frame);
    this.#unflushed.add(port);
    this.#schedule(queueMicrotask);
  }

  #schedule(how: (work: () => void) => void): void {
    if (this.#isScheduled || this.#isDisposed) return;
    this.#isScheduled = true;
    how(() => this.#work());
  }

  #work(): void {
    if (this.#isDisposed) return;
    this.#forwarder.now = this.#options.clock.now();
    try {
      this.#turns.work((port, frame) => this.#forwarder.fromCard(port, frame));
    } finally {
      for (const port of this.#unflushed) port.card?.flush?.();
      this.#unflushed.clear();
      this.#isScheduled = false;
      if (!this.#turns.isEmpty) this.#schedule(this.#options.later);
    }
  }
}
