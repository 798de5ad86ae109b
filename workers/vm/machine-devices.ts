import type { BlockDevice } from "../../src/blockstore/block-device.ts";
import type { AttachedVolume } from "../../src/protocol/vm-contract.ts";
import { VirtioBlk } from "./devices/virtio-blk.ts";
import { VirtioConsole, type VirtioConsoleOptions } from "./devices/virtio-console.ts";
import type { CreateVirtioDevice, MachineDevice } from "./devices/virtio-types.ts";
import { VirtioVsock } from "./devices/virtio-vsock.ts";

/**
 * PCI slots. Every fourth shares an interrupt, so that the console, the agent and the first two disks have one each.
 * Slot 2 is kept for the network card.
 */
const SLOTS = { console: 3, vsock: 4, firstDisk: 5 };

export interface OpenVolume {
  readonly volume: AttachedVolume;
  readonly disk: BlockDevice;
}

/** The devices of ours on one machine. */
export class MachineDevices {
  readonly console: VirtioConsole;
  readonly vsock: VirtioVsock;
  readonly disks: readonly VirtioBlk[];
  readonly #volumes: readonly OpenVolume[];

  constructor(
    createDevice: CreateVirtioDevice,
    volumes: readonly OpenVolume[],
    console: Pick<VirtioConsoleOptions, "onOutput" | "onDriver">,
    onVolumeError: (volumeId: string, error: unknown) => void,
  ) {
    this.#volumes = volumes;
    this.console = new VirtioConsole({ createDevice, slot: SLOTS.console, ...console });
    this.vsock = new VirtioVsock({ createDevice, slot: SLOTS.vsock });
    this.disks = volumes.map(
      ({ volume, disk }) =>
        new VirtioBlk({
          createDevice,
          slot: SLOTS.firstDisk + volume.device.charCodeAt(2) - "a".charCodeAt(0),
          device: volume.device,
          serial: volume.volumeId,
          disk,
          onError: (error) => onVolumeError(volume.volumeId, error),
        }),
    );
  }

  get names(): string[] {
    return this.#all.map((device) => device.name);
  }

  /** Resolves when no request is in flight. New ones wait in the guest's rings until `resume`. */
  async drain(): Promise<void> {
    await Promise.all(this.#all.map((device) => device.drain()));
  }

  resume(): void {
    for (const disk of this.disks) disk.resume();
  }

  saveState(): Record<string, unknown> {
    return Object.fromEntries(this.#all.map((device) => [device.name, device.saveState()]));
  }

  restoreState(states: Readonly<Record<string, unknown>>): void {
    for (const device of this.#all) device.restoreState(states[device.name]);
  }

  /** Makes what the guest has written durable, acknowledged flush or not. */
  async flushVolumes(): Promise<void> {
    await Promise.all(this.#volumes.map(({ disk }) => (disk.readOnly ? undefined : disk.flush())));
  }

  /** Flushes and closes all volumes, also when one fails; the first failure is thrown at the end. */
  async closeVolumes(): Promise<void> {
    const results = await Promise.allSettled(this.#volumes.map(({ disk }) => disk.close()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Counters of the disks, summed. */
  stats(): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const disk of this.disks) {
      for (const [name, value] of Object.entries(disk.stats)) {
        const key = `disk${name[0]?.toUpperCase()}${name.slice(1)}`;
        sum[key] = (sum[key] ?? 0) + value;
      }
    }
    return sum;
  }

  get #all(): MachineDevice[] {
    return [this.console, this.vsock, ...this.disks];
  }
}
