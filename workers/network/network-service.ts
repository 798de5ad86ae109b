import { reportUncaught } from "../../src/base/errors.ts";
import type { NetworkModel } from "../../src/network/model.ts";
import type { Network } from "../../src/network/network.ts";
import { MessageFramePort } from "../../src/network/ports/message-frame-port.ts";
import type { ServiceStacks } from "../../src/network/services/service-stacks.ts";
import type { SwitchCounters } from "../../src/network/switch/counters.ts";
import type { Implementation } from "../../src/protocol/contract.ts";
import type { NetworkContract } from "../../src/protocol/network-contract.ts";
import type { Observers } from "./observers.ts";

/** What the service needs of the network. */
export type PluggableNetwork = Pick<Network, "configure" | "attach" | "counters">;

/** And of the metadata service. */
export interface MetadataOfInstances {
  configure(model: NetworkModel): void;
}

/** What the page may ask of the network's worker. */
export class NetworkService {
  readonly #network: PluggableNetwork;
  readonly #metadata: MetadataOfInstances;
  readonly #services: Pick<ServiceStacks, "forget">;
  readonly #ports = new Map<string, MessageFramePort>();

  constructor(network: PluggableNetwork, metadata: MetadataOfInstances, services: Pick<ServiceStacks, "forget">) {
    this.#network = network;
    this.#metadata = metadata;
    this.#services = services;
  }

  readonly implementation: Omit<Implementation<NetworkContract>, "connect" | "setUp" | keyof Observers> = {
    configure: (model) => {
      this.#network.configure(model);
      this.#metadata.configure(model);
    },
    plug: (interfaceId, port) => this.#plug(interfaceId, port),
    unplug: (interfaceId) => this.#unplug(interfaceId),
    counters: () => countersOf(this.#network, this.#ports.keys()),
  };

  #plug(interfaceId: string, messages: MessagePort): void {
    this.#unplug(interfaceId);
    const port: MessageFramePort = new MessageFramePort(messages, (error) => {
      // One machine's way is broken: the others' are not.
      if (this.#ports.get(interfaceId) === port) this.#unplug(interfaceId);
      reportUncaught(error);
    });
    port.attached = this.#network.attach(interfaceId, port);
    this.#ports.set(interfaceId, port);
  }

  #unplug(interfaceId: string): void {
    this.#ports.get(interfaceId)?.dispose();
    this.#ports.delete(interfaceId);
    this.#services.forget(interfaceId);
  }
}

function countersOf(network: PluggableNetwork, interfaceIds: Iterable<string>) {
  const counters: Record<string, SwitchCounters> = {};
  for (const id of interfaceIds) {
    const own = network.counters(id);
    if (own !== undefined) counters[id] = own;
  }
  return counters;
}
