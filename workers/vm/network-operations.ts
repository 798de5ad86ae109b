import { CloudError, toCloudError } from "../../src/base/errors.ts";
import type { MachineInterface } from "../../src/protocol/vm-contract.ts";
import type { GuestInterfaces } from "./guest-interfaces.ts";
import type { MachineInterfaces, PluggedInterface } from "./machine-interfaces.ts";

export interface NetworkOperationsParts {
  readonly interfaces: MachineInterfaces;
  readonly guest: GuestInterfaces;
  /** Runs work while nothing else is done to the machine's devices. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Throws `IncorrectInstanceState` when the machine does not run. */
  expectRunning(): void;
}

/** What is done to a machine's network interfaces while it runs; `vmContract` says what may come of it. */
export class NetworkOperations {
  readonly #parts: NetworkOperationsParts;

  constructor(parts: NetworkOperationsParts) {
    this.#parts = parts;
  }

  attach(spec: MachineInterface, port: MessagePort): Promise<{ guestDevice: string | null }> {
    return this.#operation(async () => {
      const plugged = this.#parts.interfaces.plug(spec, port);
      plugged.announced = false;
      return { guestDevice: await this.#announce(plugged) };
    });
  }

  detach({ interfaceId, force }: { interfaceId: string; force: boolean }): Promise<void> {
    return this.#operation(async () => {
      const { interfaces, guest } = this.#parts;
      const plugged = interfaces.get(interfaceId);
      const { device, spec } = plugged;
      if (spec.deviceIndex === 0) throw notPermitted(interfaceId);
      try {
        await guest.release(spec);
      } catch (thrown) {
        // A guest without a driver on the card has nothing to let go of.
        if (!force && (!isAgentError(thrown) || device.inUse)) throw thrown;
      }
      if (!device.inUse) interfaces.unplug(plugged);
      else if (force) {
        device.disconnect();
        plugged.isGone = true;
      } else throw new CloudError("NetworkInterface.ReleaseFailed", stillUsed(interfaceId), { interfaceId });
    });
  }

  /** Another port to the network, which has begun anew. */
  reconnect(interfaceId: string, port: MessagePort): void {
    this.#parts.interfaces.get(interfaceId).device.connect(port);
  }

  /** The guest can be told what it has missed. */
  agentReady(): void {
    const { interfaces, inTurn } = this.#parts;
    const unannounced = () => interfaces.plugged.filter(({ announced }) => !announced);
    if (unannounced().length === 0) return;
    inTurn(async () => {
      for (const plugged of unannounced()) await this.#announce(plugged);
    }).catch(() => {
      // An agent that went away comes again, and so does this.
    });
  }

  #operation<T>(work: () => Promise<T>): Promise<T> {
    return this.#parts.inTurn(() => {
      this.#parts.expectRunning();
      return work();
    });
  }

  /** Gives the guest's name for a new card, `null` when it cannot be told of it now. */
  async #announce(plugged: PluggedInterface): Promise<string | null> {
    try {
      const name = await this.#parts.guest.rescan(plugged.spec);
      plugged.announced = name !== undefined;
      return name ?? null;
    } catch (thrown) {
      if (isAgentError(thrown)) return null;
      throw thrown;
    }
  }
}

/** EC2's words (F58). */
function notPermitted(networkInterfaceId: string): CloudError {
  const text = "The network interface at device index 0 and networkCard index 0 cannot be detached.";
  return new CloudError("OperationNotPermitted", text, { networkInterfaceId });
}

const stillUsed = (interfaceId: string) =>
  `The guest has not let go of the network interface '${interfaceId}'. Try again, or force the detachment.`;

/** Nobody in the guest could be asked. */
const isAgentError = (thrown: unknown) => toCloudError(thrown).code.startsWith("Agent.");
