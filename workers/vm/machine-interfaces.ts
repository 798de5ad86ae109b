import { CloudError } from "../../src/base/errors.ts";
import { MTU } from "../../src/network/model.ts";
import type { MachineInterface } from "../../src/protocol/vm-contract.ts";
import { VirtioNet } from "./devices/virtio-net.ts";
import type { CreateVirtioDevice, MachineDevice } from "./devices/virtio-types.ts";

/** The network cards are functions of one slot, by their place; so the guest finds them in their order. */
const SLOT = 2;

/** An interface on the machine. */
export interface PluggedInterface {
  readonly spec: MachineInterface;
  readonly device: VirtioNet;
  /** Whether the guest knows of it, or will at its next look at the bus. */
  announced: boolean;
  /** Taken by force from a guest that did not let go: the card stays until the guest does, or restarts. */
  isGone: boolean;
}

/** The guest's address of a card on its PCI bus (sysfs). */
export const pciAddressOf = ({ deviceIndex }: MachineInterface): string =>
  `0000:00:${SLOT.toString(16).padStart(2, "0")}.${deviceIndex}`;

/** The network cards of one machine, in their places. What the guest makes of them is `NetworkOperations`' business. */
export class MachineInterfaces {
  readonly #createDevice: CreateVirtioDevice;
  /** By place. */
  readonly #interfaces = new Map<number, PluggedInterface>();

  constructor(createDevice: CreateVirtioDevice) {
    this.#createDevice = createDevice;
  }

  /** Puts a card on the bus. Without a port what it sends waits for one. */
  plug(spec: MachineInterface, port: MessagePort | undefined): PluggedInterface {
    this.checkFree(spec);
    const device = new VirtioNet({
      createDevice: this.#createDevice,
      slot: SLOT,
      pciFunction: spec.deviceIndex,
      macAddress: spec.macAddress,
      mtu: MTU,
      // The guest sees it: its carrier is gone.
      onError: () => {},
    });
    if (port !== undefined) device.connect(port);
    const plugged = { spec, device, announced: true, isGone: false };
    this.#interfaces.set(spec.deviceIndex, plugged);
    return plugged;
  }

  /** Throws `InvalidParameterValue` when the place is taken, or cannot be: a guest looks for others only beside a first. */
  checkFree({ deviceIndex, interfaceId }: MachineInterface): void {
    const there = this.#interfaces.get(deviceIndex);
    if (there?.isGone && !there.device.inUse) {
      this.unplug(there);
      return;
    }
    if (there === undefined && (deviceIndex === 0 || this.#interfaces.has(0))) return;
    const text =
      there === undefined
        ? `The machine has no network interface at device index 0, and can have none at ${deviceIndex}.`
        : `The device index ${deviceIndex} is already in use. Choose another one.`;
    throw new CloudError("InvalidParameterValue", text, { deviceIndex, networkInterfaceId: interfaceId });
  }

  /** Throws `InvalidAttachment.NotFound`. */
  get(interfaceId: string): PluggedInterface {
    const found = this.plugged.find(({ spec }) => spec.interfaceId === interfaceId);
    if (found !== undefined) return found;
    const text = `The network interface '${interfaceId}' is not attached to this machine.`;
    throw new CloudError("InvalidAttachment.NotFound", text, { networkInterfaceId: interfaceId });
  }

  /** Takes the card off the bus. */
  unplug(plugged: PluggedInterface): void {
    plugged.device.dispose();
    this.#interfaces.delete(plugged.spec.deviceIndex);
  }

  get plugged(): PluggedInterface[] {
    return this.#all.filter(({ isGone }) => !isGone);
  }

  get devices(): MachineDevice[] {
    return this.#all.map(({ device }) => device);
  }

  /** The guest starts anew: it finds what is on the bus, and has let go of the rest. */
  guestRestarts(): void {
    for (const plugged of this.#all) {
      plugged.announced = true;
      if (plugged.isGone) this.unplug(plugged);
    }
  }

  resume(): void {
    for (const { device } of this.#all) device.resume();
  }

  /** Sends what the guest has had to say while it ran. */
  afterSlice(): void {
    for (const { device } of this.#interfaces.values()) device.settle();
  }

  /** Counters, summed. */
  stats(): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const { device } of this.#all) {
      for (const [name, value] of Object.entries(device.stats)) {
        const key = `network${name[0]?.toUpperCase()}${name.slice(1)}`;
        sum[key] = (sum[key] ?? 0) + value;
      }
    }
    return sum;
  }

  get #all(): PluggedInterface[] {
    return [...this.#interfaces.values()];
  }
}
