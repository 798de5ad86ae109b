import type { Disposable } from "../base/disposable.ts";
import { CloudError, reportUncaught } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import type { AttachResult, MachineInterface, VmContract } from "../protocol/vm-contract.ts";
import type { MachineCards, MachineNetwork } from "./machine.ts";

/** The interfaces of one machine, between its worker and the network's. */
export class MachineInterfaces implements MachineCards, Disposable {
  readonly #client: Client<VmContract>;
  readonly #network: MachineNetwork;
  readonly #plugs = new Map<string, Disposable>();

  constructor(client: Client<VmContract>, network: MachineNetwork) {
    this.#client = client;
    this.#network = network;
  }

  /** Gives the port of each interface, by id, for a machine that `boots` with them. */
  plugAtBoot(interfaces: readonly MachineInterface[], boots: Promise<unknown>): Record<string, MessagePort> {
    return Object.fromEntries(interfaces.map(({ interfaceId }) => [interfaceId, this.#plug(interfaceId, boots)]));
  }

  async attach(spec: MachineInterface): Promise<AttachResult> {
    let done = () => {};
    const attached = new Promise<void>((resolve) => {
      done = resolve;
    });
    const port = this.#plug(spec.interfaceId, attached);
    try {
      return await this.#client.attachInterface(spec, port);
    } catch (thrown) {
      this.#unplug(spec.interfaceId);
      throw thrown;
    } finally {
      done();
    }
  }

  async detach(interfaceId: string, force = false): Promise<void> {
    await this.#client.detachInterface({ interfaceId, force });
    this.#unplug(interfaceId);
  }

  dispose(): void {
    for (const interfaceId of [...this.#plugs.keys()]) this.#unplug(interfaceId);
  }

  /** Ports after the first one are the machine's when it knows of the interface. */
  #plug(interfaceId: string, known: Promise<unknown>): MessagePort {
    if (this.#plugs.has(interfaceId)) {
      const text = `The network interface '${interfaceId}' is attached to this machine.`;
      throw new CloudError("InvalidNetworkInterface.InUse", text, { networkInterfaceId: interfaceId });
    }
    let first: MessagePort | undefined;
    const reconnect = async (port: MessagePort) => {
      await known;
      if (this.#plugs.has(interfaceId)) await this.#client.reconnectInterface(interfaceId, port);
    };
    const plug = this.#network.plug(interfaceId, (port) => {
      if (first === undefined) first = port;
      else reconnect(port).catch((error: unknown) => this.#reconnectFailed(interfaceId, error));
    });
    this.#plugs.set(interfaceId, plug);
    if (first === undefined) throw new Error("the network gave no port");
    return first;
  }

  #unplug(interfaceId: string): void {
    this.#plugs.get(interfaceId)?.dispose();
    this.#plugs.delete(interfaceId);
  }

  /** A machine that has gone meanwhile needs no network. */
  #reconnectFailed(interfaceId: string, error: unknown): void {
    if (this.#plugs.has(interfaceId)) reportUncaught(error);
  }
}
