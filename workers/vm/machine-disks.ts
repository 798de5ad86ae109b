import { type Clock, systemClock } from "../../src/base/clock.ts";
import { CloudError } from "../../src/base/errors.ts";
import { CDROM_PLACE, type MachineDisk } from "../../src/protocol/vm-contract.ts";
import { Cdrom, type Medium } from "./devices/cdrom.ts";
import type { DiskDevice } from "./devices/disk-device.ts";
import { VirtioBlk } from "./devices/virtio-blk.ts";
import type { CreateVirtioDevice, MachineDevice } from "./devices/virtio-types.ts";
import { PluggedDisk } from "./plugged-disk.ts";
import type { MachineBlockDevice } from "./resources.ts";

/** A place each for "vda" to "vdz", up to slot 30. */
const FIRST_SLOT = 5;
/** That of the host bridge, where no disk is. */
const NO_SLOT = 0;

export interface OpenDisk {
  readonly spec: MachineDisk;
  readonly disk: MachineBlockDevice;
}

export interface MachineDisksOptions {
  readonly createDevice: CreateVirtioDevice;
  /** Puts a CD into the machine's drive. */
  readonly insertCdrom: (medium: Medium) => void;
  readonly onError: (volumeId: string, error: unknown) => void;
  readonly clock?: Clock;
}

/** The disks of one machine, in their places. What the guest makes of them is `VolumeOperations`' business. */
export class MachineDisks {
  readonly #options: MachineDisksOptions;
  /** By device: "vda", …. */
  readonly #disks = new Map<string, PluggedDisk>();

  constructor(options: MachineDisksOptions, disks: readonly OpenDisk[]) {
    this.#options = options;
    for (const { spec, disk } of disks) this.plug(spec, disk);
  }

  /** Puts a disk on the bus. */
  plug(spec: MachineDisk, disk: MachineBlockDevice): PluggedDisk {
    this.checkFree(spec);
    const isCdrom = spec.device === CDROM_PLACE;
    const slot = isCdrom ? NO_SLOT : FIRST_SLOT + spec.device.charCodeAt(2) - "a".charCodeAt(0);
    const device = this.#createDevice(spec, slot, disk);
    const plugged = new PluggedDisk(spec, slot, disk, device);
    this.#disks.set(spec.device, plugged);
    return plugged;
  }

  /**
   * Throws `InvalidParameterValue` when the device is taken (the place of a disk that the guest has let go of is free),
   * `VolumeInUse` when the volume is on the machine.
   */
  checkFree({ device, volumeId }: MachineDisk): void {
    if (this.#all.some(({ spec, isClosed }) => spec.volumeId === volumeId && !isClosed)) {
      throw new CloudError("VolumeInUse", `The volume '${volumeId}' is attached to this machine.`, { volumeId });
    }
    const there = this.#disks.get(device);
    if (there === undefined) return;
    if (there.isClosed && !there.device.inUse) {
      there.unplug();
      this.remove(there);
      return;
    }
    const text = there.isClosed
      ? `The guest has not let go of what was attached as '${device}'. Choose another device, or reboot the instance.`
      : `The device '${device}' is already in use. Choose another one.`;
    throw new CloudError("InvalidParameterValue", text, { device, volumeId: there.spec.volumeId });
  }

  /** Throws `InvalidAttachment.NotFound`. */
  get(volumeId: string): PluggedDisk {
    const found = this.#open.find(({ spec }) => spec.volumeId === volumeId);
    if (found !== undefined) return found;
    throw new CloudError("InvalidAttachment.NotFound", `The volume '${volumeId}' is not attached to this machine.`, {
      volumeId,
    });
  }

  /** Forgets a disk that is unplugged and closed. */
  remove(plugged: PluggedDisk): void {
    if (this.#disks.get(plugged.spec.device) === plugged) this.#disks.delete(plugged.spec.device);
  }

  /** Disks that the guest has not been told of. */
  get unannounced(): PluggedDisk[] {
    return this.plugged.filter(({ announced }) => !announced);
  }

  /** The guest starts anew: it finds what is on the bus, and has no use for devices that only give errors. */
  guestRestarts(): void {
    for (const plugged of this.#all) {
      plugged.announced = true;
      if (!plugged.isClosed) continue;
      plugged.unplug();
      this.remove(plugged);
    }
  }

  /** Disks that are on the bus. */
  get plugged(): PluggedDisk[] {
    return this.#open.filter(({ isUnplugged }) => !isUnplugged);
  }

  get devices(): MachineDevice[] {
    return this.plugged.map(({ device }) => device);
  }

  resume(): void {
    for (const device of this.plugged.map((each) => each.device)) device.resume();
  }

  /** Content of disks that is nowhere but in memory. */
  saveContents(): Record<string, unknown> {
    return Object.fromEntries(
      this.#open.filter(({ isInstanceStore }) => isInstanceStore).map((each) => [contentKey(each), each.saveContent()]),
    );
  }

  restoreContents(states: Readonly<Record<string, unknown>>): void {
    for (const each of this.#open) if (each.isInstanceStore) each.restoreContent(states[contentKey(each)]);
  }

  /** Makes what the guest has written durable, acknowledged flush or not. */
  async flush(): Promise<void> {
    await Promise.all(this.#open.map(({ disk }) => (disk.readOnly ? undefined : disk.flush())));
  }

  /** Flushes and closes all, also when one fails; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.#open.map((plugged) => plugged.close()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Counters, summed. */
  stats(): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const { device } of this.#open) {
      for (const [name, value] of Object.entries(device.stats)) {
        const key = `disk${name[0]?.toUpperCase()}${name.slice(1)}`;
        sum[key] = (sum[key] ?? 0) + value;
      }
    }
    return sum;
  }

  #createDevice(spec: MachineDisk, slot: number, disk: MachineBlockDevice): DiskDevice {
    const { createDevice, insertCdrom, onError, clock = systemClock } = this.#options;
    const common = {
      disk,
      ...(spec.limits === undefined ? {} : { limits: spec.limits }),
      clock,
      onError: (error: unknown) => onError(spec.volumeId, error),
    };
    if (spec.device === CDROM_PLACE) return new Cdrom({ ...common, insert: insertCdrom });
    return new VirtioBlk({ ...common, createDevice, slot, device: spec.device, serial: spec.volumeId });
  }

  get #all(): PluggedDisk[] {
    return [...this.#disks.values()];
  }

  get #open(): PluggedDisk[] {
    return this.#all.filter(({ isClosed }) => !isClosed);
  }
}

const contentKey = ({ spec }: PluggedDisk) => `content:${spec.device}`;
