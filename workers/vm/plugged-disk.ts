import { CDROM_PLACE, type MachineDisk } from "../../src/protocol/vm-contract.ts";
import type { DiskDevice } from "./devices/disk-device.ts";
import { InstanceStoreDisk } from "./devices/instance-store.ts";
import type { MachineBlockDevice } from "./resources.ts";

/** The root's place: it belongs to the machine as long as that runs. */
export const ROOT_DEVICE = "vda";

/** A disk on the machine: the content, and the device that shows it to the guest. */
export class PluggedDisk {
  readonly spec: MachineDisk;
  /** The device's PCI slot, by which the guest knows it. The CD-ROM drive has none of its own. */
  readonly slot: number;
  readonly disk: MachineBlockDevice;
  readonly device: DiskDevice;
  /** Whether the guest knows of it, or will at its next look at the bus. */
  announced = true;
  /** The device is off the bus: the guest has let go of it. */
  isUnplugged = false;
  /** The disk is closed. A device of a guest that would not let go stays and gives errors, until the guest restarts. */
  isClosed = false;

  constructor(spec: MachineDisk, slot: number, disk: MachineBlockDevice, device: DiskDevice) {
    this.spec = spec;
    this.slot = slot;
    this.disk = disk;
    this.device = device;
  }

  get isRoot(): boolean {
    return this.spec.device === ROOT_DEVICE;
  }

  /** A disc in the drive: the machine has it from power-on to power-off. */
  get isCdrom(): boolean {
    return this.spec.device === CDROM_PLACE;
  }

  get isInstanceStore(): boolean {
    return this.spec.kind === "instance-store";
  }

  /** Takes the device off the bus. What was in flight must be done. */
  unplug(): void {
    if (this.isUnplugged) return;
    this.isUnplugged = true;
    this.device.dispose();
  }

  /** Makes all that was written durable and lets go of the disk. After a failure it is still there to try again. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    await this.disk.close();
    this.isClosed = true;
  }

  /** Content that is nowhere but in memory. */
  saveContent(): unknown {
    return this.disk instanceof InstanceStoreDisk ? this.disk.saveState() : undefined;
  }

  restoreContent(saved: unknown): void {
    if (this.disk instanceof InstanceStoreDisk) this.disk.restoreState(saved);
  }
}
