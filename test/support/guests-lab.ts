import { seededRandom } from "../../src/base/random.ts";
import { parseAddress } from "../../src/network/addresses.ts";
import { Outside } from "../../src/network/egress/outside.ts";
import { ARP_OPERATION, arpFrame, parseArp } from "../../src/network/frames/arp.ts";
import { BROADCAST_MAC, ETHER_TYPE, etherType, parseMac, putEthernet } from "../../src/network/frames/ethernet.ts";
import { parsePacket } from "../../src/network/frames/parse.ts";
import type { NetworkModel } from "../../src/network/model.ts";
import { Network } from "../../src/network/network.ts";
import type { ServiceEndpoint } from "../../src/network/services/services.ts";
import { TcpStack } from "../../src/network/tcp/stack.ts";
import { SimulatedTime } from "./tcp-lab.ts";

/** A guest's own TCP, and its private address. */
export interface LabGuest {
  readonly stack: TcpStack;
  readonly address: number;
  /** Takes its card away. */
  unplug(): void;
}

/** The real network with the page outside of it, and guests that are a TCP stack each behind a card. */
export class GuestsLab {
  readonly time = new SimulatedTime();
  readonly network: Network;
  readonly outside: Outside;
  /** For how many hops packets that guests have got were to live. */
  readonly hops = new Set<number>();
  readonly #model: NetworkModel;

  constructor(model: NetworkModel, services?: (lab: GuestsLab) => ServiceEndpoint) {
    this.#model = model;
    const common = { clock: this.time, random: seededRandom(1) };
    this.outside = new Outside({ ...common, send: (frame) => this.network.receiveFromOutside(frame) });
    const later = (work: () => void) => void this.time.setTimer(0, work);
    const endpoint = services?.(this);
    this.network = new Network({ ...common, ...(endpoint && { services: endpoint }), outside: this.outside, later });
    this.network.configure(model);
  }

  /** The guest behind an interface; it has asked for its router. */
  async guest(interfaceId: string): Promise<LabGuest> {
    const one = this.#model.interfaces.find(({ id }) => id === interfaceId);
    const mac = parseMac(one?.macAddress ?? "") as number;
    const address = parseAddress(one?.addresses[0]?.privateIp ?? "") as number;
    let router = 0;
    const card = this.network.attach(interfaceId, {
      deliver: ({ bytes, offload }) => {
        // The network's memory is its own: what the guest gets is a copy, later.
        const copy = { bytes: bytes.slice(), ...(offload && { offload }) };
        if (etherType(copy.bytes) === ETHER_TYPE.arp) router = parseArp(copy.bytes)?.senderMac ?? 0;
        const packet = parsePacket(copy);
        if (packet.malformed === undefined) {
          this.hops.add(packet.ttl);
          this.time.setTimer(0.1, () => stack.receive(packet, copy.offload));
        }
        return true;
      },
    });
    const question = { operation: ARP_OPERATION.request, senderMac: mac, senderAddress: address };
    const gateway = parseAddress("10.0.0.1") as number;
    card.receive({ bytes: arpFrame({ ...question, targetMac: 0, targetAddress: gateway }, BROADCAST_MAC) });
    await this.time.pass(1);
    const stack: TcpStack = new TcpStack({
      clock: this.time,
      random: seededRandom(2),
      send: (frame) => {
        putEthernet(frame.bytes, router, mac, ETHER_TYPE.ipv4);
        card.receive(frame);
      },
    });
    return { stack, address, unplug: () => card.dispose() };
  }
}
