import type { MachineInterface } from "../../src/protocol/vm-contract.ts";
import type { Medium } from "./devices/cdrom.ts";
import { VirtioConsole, type VirtioConsoleOptions } from "./devices/virtio-console.ts";
import type { CreateVirtioDevice, MachineDevice } from "./devices/virtio-types.ts";
import { VirtioVsock } from "./devices/virtio-vsock.ts";
import { MachineDisks, type OpenDisk } from "./machine-disks.ts";
import { MachineInterfaces } from "./machine-interfaces.ts";

/**
 * PCI slots; disks have those from 5 on. Every fourth shares an interrupt, so that the console, the agent and the first
 * two disks have one each. Slot 2 is the network cards' (`MachineInterfaces`).
 */
const SLOTS = { console: 3, vsock: 4 };

/** Where devices are put. */
interface Bus {
  readonly createDevice: CreateVirtioDevice;
  insertCdrom(medium: Medium): void;
}

/** The machine's interfaces, and its ends of their ways to the network, by id. */
export interface NetworkCards {
  readonly interfaces: readonly MachineInterface[];
  readonly ports: Readonly<Record<string, MessagePort>>;
}

/** The devices of ours on one machine. */
export class MachineDevices {
  readonly console: VirtioConsole;
  readonly vsock: VirtioVsock;
  readonly disks: MachineDisks;
  readonly interfaces: MachineInterfaces;

  constructor(
    bus: Bus,
    disks: readonly OpenDisk[],
    network: NetworkCards,
    console: Pick<VirtioConsoleOptions, "onOutput" | "onDriver">,
    onVolumeError: (volumeId: string, error: unknown) => void,
  ) {
    const { createDevice } = bus;
    this.console = new VirtioConsole({ createDevice, slot: SLOTS.console, ...console });
    this.vsock = new VirtioVsock({ createDevice, slot: SLOTS.vsock });
    this.disks = new MachineDisks(
      { createDevice, insertCdrom: (medium) => bus.insertCdrom(medium), onError: onVolumeError },
      disks,
    );
    this.interfaces = new MachineInterfaces(createDevice);
    const inOrder = [...network.interfaces].sort((a, b) => a.deviceIndex - b.deviceIndex);
    for (const spec of inOrder) this.interfaces.plug(spec, network.ports[spec.interfaceId]);
  }

  get names(): string[] {
    return this.#all.map((device) => device.name);
  }

  /** Resolves when no request is in flight. New ones wait in the guest's rings until `resume`. */
  async drain(): Promise<void> {
    await Promise.all(this.#all.map((device) => device.drain()));
  }

  /** Serves what waits in the rings. */
  resume(): void {
    this.disks.resume();
    this.interfaces.resume();
  }

  /** The guest starts anew. */
  guestRestarts(): void {
    this.disks.guestRestarts();
    this.interfaces.guestRestarts();
  }

  /** Counters. */
  stats(): Record<string, number> {
    return { ...this.disks.stats(), ...this.interfaces.stats() };
  }

  saveState(): Record<string, unknown> {
    const states = Object.fromEntries(this.#all.map((device) => [device.name, device.saveState()]));
    return { ...states, ...this.disks.saveContents() };
  }

  restoreState(states: Readonly<Record<string, unknown>>): void {
    this.disks.restoreContents(states);
    for (const device of this.#all) device.restoreState(states[device.name]);
  }

  get #all(): MachineDevice[] {
    return [this.console, this.vsock, ...this.disks.devices, ...this.interfaces.devices];
  }
}
