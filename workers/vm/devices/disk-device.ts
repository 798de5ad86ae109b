import type { VolumeLimits } from "../../../src/protocol/vm-contract.ts";
import type { MachineDevice } from "./virtio-types.ts";

/** The device through which the guest sees a disk. */
export interface DiskDevice extends MachineDevice {
  /** Counters of what it has served. */
  readonly stats: Readonly<Record<string, number>>;
  /** The guest has a driver on it. */
  readonly inUse: boolean;
  setLimits(limits: VolumeLimits): void;
  /** Tells the guest that the disk's size has changed. */
  capacityChanged(): void;
  /**
   * Takes the disk away from a guest that has not let go of it: resolves when nothing more comes to the disk. What the
   * guest asks from now on is an I/O error.
   */
  disconnect(): Promise<void>;
  /** Goes on after `drain`. */
  resume(): void;
}
