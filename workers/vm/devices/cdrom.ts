import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { BlockDevice } from "../../../src/blockstore/block-device.ts";
import type { VolumeLimits } from "../../../src/protocol/vm-contract.ts";
import type { DiskDevice } from "./disk-device.ts";
import { IoLimits, NO_LIMITS } from "./io-limits.ts";

/** What a drive reads from, in sectors of 2048 bytes. */
export interface Medium {
  readonly sizeBytes: number;
  /** A rejection is a read error for the guest. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const SECTOR = 2048;

export interface CdromOptions {
  readonly disk: Pick<BlockDevice, "sizeBytes" | "read">;
  readonly limits?: VolumeLimits;
  readonly clock?: Clock;
  /** Puts the medium into the machine's drive. */
  readonly insert: (medium: Medium) => void;
  /** A read failed; the guest gets an error. */
  onError(error: unknown): void;
}

/** A CD in the machine's drive: a volume that can only be read. The drive has one command at a time. */
export class Cdrom implements DiskDevice {
  readonly name = "ide-cdrom:sr0";
  readonly stats = { reads: 0, readBytes: 0, errors: 0 };
  readonly inUse = true;
  readonly #disk: CdromOptions["disk"];
  readonly #limits: IoLimits;
  readonly #onError: (error: unknown) => void;
  #waiting: (() => void)[] = [];
  #inFlight = 0;
  #idle: (() => void)[] = [];
  #disconnected = false;
  #draining = false;

  constructor({ disk, limits = NO_LIMITS, clock = systemClock, insert, onError }: CdromOptions) {
    this.#disk = disk;
    this.#onError = onError;
    this.#limits = new IoLimits(limits, clock, () => this.#admit());
    // A file that was cut off within a sector has no such sector.
    const sizeBytes = Math.floor(disk.sizeBytes / SECTOR) * SECTOR;
    insert({ sizeBytes, read: (offset, length) => this.#read(offset, length) });
  }

  setLimits(limits: VolumeLimits): void {
    this.#limits.set(limits);
  }

  capacityChanged(): void {}

  /** A command that waits is served too: a drive has no ring in which it could wait in a saved machine. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#admit();
    while (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#draining = false;
  }

  async disconnect(): Promise<void> {
    this.#disconnected = true;
    await this.drain();
  }

  resume(): void {}

  saveState(): unknown {
    return null;
  }

  restoreState(): void {}

  dispose(): void {
    this.#limits.dispose();
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    this.#inFlight++;
    try {
      if (!this.#draining && !this.#limits.mayServe())
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (this.#disconnected) throw new Error("the disk was taken away");
      this.#limits.served(length, offset);
      this.stats.reads++;
      this.stats.readBytes += length;
      return await this.#disk.read(offset, length);
    } catch (error) {
      this.stats.errors++;
      this.#onError(error);
      throw error;
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #admit(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
