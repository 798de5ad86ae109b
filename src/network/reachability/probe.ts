import type { Clock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { formatAddress, isWithin } from "../addresses.ts";
import { ARP_OPERATION, arpFrame, parseArp } from "../frames/arp.ts";
import { BROADCAST_MAC, ETHER_TYPE, etherType, putMac } from "../frames/ethernet.ts";
import type { AttachedPort } from "../frames/frame.ts";
import { isIcmpError } from "../frames/icmp.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import { type ParsedPacket, parsePacket } from "../frames/parse.ts";
import type { NetworkModel } from "../model.ts";
import { Network } from "../network.ts";
import type { DropReason } from "../switch/counters.ts";
import { type Interface, Topology } from "../switch/topology.ts";
import type { ReachabilityStep } from "./reachability-types.ts";

/** Where a packet has come. `packet` is as who gets it sees it. */
export type Arrival =
  | { readonly at: "interface"; readonly interfaceId: string; readonly packet: ParsedPacket }
  | { readonly at: "outside"; readonly packet: ParsedPacket }
  | { readonly at: "service" };

/** Why a packet has come to nothing, and from or for which interface it was. */
export interface Drop {
  readonly reason: DropReason;
  readonly interfaceId?: string;
}

export interface Passage {
  readonly steps: readonly ReachabilityStep[];
  readonly arrival: Arrival | undefined;
  readonly dropped: Drop | undefined;
}

/** No time passes for a packet. */
const STILL: Clock = { now: () => 0, setTimer: () => () => undefined };

/**
 * A network of the same model in which nothing has happened yet, with a card at each machine's interface, for packets that
 * are sent to see what becomes of them. It is the network itself that decides, so that what is told is what happens.
 */
export class Probe {
  readonly topology: Topology;
  readonly #model: NetworkModel;
  readonly #network: Network;
  readonly #cards = new Map<string, AttachedPort>();
  #steps: ReachabilityStep[] = [];
  #arrivals: Arrival[] = [];
  #arpReplies: number[] = [];

  /** `Network.InvalidModel` */
  constructor(model: NetworkModel) {
    this.#model = model;
    this.topology = new Topology(model);
    this.#network = new Network({
      clock: STILL,
      random: seededRandom(0),
      later: queueMicrotask,
      outside: { receive: (packet) => this.#arrive("outside", packet) },
      services: { receive: () => this.#arrivals.push({ at: "service" }) },
      trace: {
        route: (subnetId, destination, choice) => {
          const route = choice && {
            destinationCidrBlock: `${formatAddress(choice.range.first)}/${32 - Math.log2(choice.range.size)}`,
            target: choice.target,
          };
          const routeTableId = model.subnets.find(({ id }) => id === subnetId)?.routeTableId ?? "";
          const to = formatAddress(destination);
          this.#steps.push({ kind: "route", subnetId, routeTableId, destination: to, ...(route && { route }) });
        },
        verdict: (interfaceId, direction, verdict) => {
          const subnetId = this.topology.interfaces.get(interfaceId)?.subnet.id ?? "";
          this.#steps.push({ kind: "verdict", interfaceId, subnetId, direction, verdict });
        },
      },
    });
    this.#network.configure(model);
    for (const { id, instanceId } of model.interfaces) if (instanceId !== undefined) this.#attach(id);
  }

  dispose(): void {
    this.#network.dispose();
  }

  /** What becomes of a packet that the interface's guest sends. Its MAC addresses are filled in here. */
  async sendFrom(one: Interface, bytes: Uint8Array): Promise<Passage> {
    const packet = parsePacket({ bytes });
    if (packet.malformed !== undefined) throw new TypeError(`the probe is ${packet.malformed}`);
    const card = this.#cards.get(one.id);
    if (card === undefined)
      return { steps: [], arrival: undefined, dropped: { reason: "no-card", interfaceId: one.id } };
    const { range, router } = one.subnet;
    const next = isWithin(range, packet.destination) ? packet.destination : router;
    const mac = await this.#ask(one, card, next);
    if (mac === undefined)
      return { steps: [], arrival: undefined, dropped: { reason: "no-host", interfaceId: one.id } };
    putMac(bytes, 0, mac);
    putMac(bytes, 6, one.mac);
    return await this.#pass(() => card.receive({ bytes }), one);
  }

  /** What becomes of a packet from the Internet or from the page. */
  async sendFromOutside(bytes: Uint8Array): Promise<Passage> {
    return await this.#pass(() => this.#network.receiveFromOutside({ bytes }), undefined);
  }

  async #pass(send: () => void, sender: Interface | undefined): Promise<Passage> {
    this.#steps = [];
    this.#arrivals = [];
    const before = new Set(this.#drops().keys());
    send();
    await oneTurn();
    const [arrival] = this.#arrivals;
    // What comes straight back is a service's answer: nobody else has been asked.
    const isAnswer = arrival?.at === "interface" && arrival.interfaceId === sender?.id;
    const dropped = [...this.#drops()].find(([counter]) => !before.has(counter))?.[1];
    return { steps: this.#steps, arrival: isAnswer ? { at: "service" } : arrival, dropped };
  }

  #attach(interfaceId: string): void {
    const deliver = ({ bytes }: { readonly bytes: Uint8Array }) => {
      if (etherType(bytes) === ETHER_TYPE.arp) this.#arpReplies.push(parseArp(bytes)?.senderMac ?? 0);
      else this.#arrive("interface", parsePacket({ bytes }), interfaceId);
      return true;
    };
    this.#cards.set(interfaceId, this.#network.attach(interfaceId, { deliver }));
  }

  /** Errors that routers tell the sender are no arrival: their reason is among the drops. */
  #arrive(at: "interface" | "outside", seen: ReturnType<typeof parsePacket>, interfaceId = ""): void {
    if (seen.malformed !== undefined || (seen.protocol === IP_PROTOCOL.icmp && isIcmpError(seen.icmpType))) return;
    const packet = { ...seen, bytes: seen.bytes.slice() };
    this.#arrivals.push(at === "outside" ? { at, packet } : { at, interfaceId, packet });
  }

  async #ask(one: Interface, card: AttachedPort, address: number): Promise<number | undefined> {
    const question = {
      operation: ARP_OPERATION.request,
      senderMac: one.mac,
      senderAddress: one.primaryAddress,
      targetMac: 0,
      targetAddress: address,
    };
    this.#arpReplies = [];
    card.receive({ bytes: arpFrame(question, BROADCAST_MAC) });
    await oneTurn();
    return this.#arpReplies[0];
  }

  /** What was dropped, by all that is counted: after a packet was dropped there is an entry that was not there before. */
  #drops(): Map<string, Drop> {
    const drops = new Map<string, Drop>();
    const note = (counters: Readonly<Partial<Record<DropReason, number>>>, way: string, interfaceId?: string) => {
      for (const [reason, count] of Object.entries(counters) as [DropReason, number][]) {
        drops.set(`${way} ${interfaceId} ${reason} ${count}`, {
          reason,
          ...(interfaceId !== undefined && { interfaceId }),
        });
      }
    };
    for (const { id } of this.#model.interfaces) {
      const { droppedIn = {}, droppedOut = {} } = this.#network.counters(id) ?? {};
      note(droppedIn, "in", id);
      note(droppedOut, "out", id);
    }
    note(this.#network.droppedOutside(), "outside");
    return drops;
  }
}

/** Until the network has dealt with what it was given: it does so in a microtask. */
async function oneTurn(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}
