import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { BlockDevice } from "../../../src/blockstore/block-device.ts";
import type { VolumeLimits } from "../../../src/protocol/vm-contract.ts";
import type { DiskDevice } from "./disk-device.ts";
import { IoLimits, NO_LIMITS } from "./io-limits.ts";
import {
  type BlkConfiguration,
  configurationOf,
  QUEUE_SIZE,
  RANGE_SECTORS_MAX,
  RANGES_MAX,
  SECTOR,
} from "./virtio-blk-config.ts";
import type { BufferChain, CreateVirtioDevice, VirtioTransport, VirtQueue } from "./virtio-types.ts";

// virtio 1.2 §5.2.3 (feature bits), §5.2.6 (request types and status).
const F_SEG_MAX = 2;
const F_RO = 5;
const F_BLK_SIZE = 6;
const F_FLUSH = 9;
const F_TOPOLOGY = 10;
const F_CONFIG_WCE = 11;
const F_DISCARD = 13;
const F_WRITE_ZEROES = 14;
const F_INDIRECT_DESC = 28;
const F_VERSION_1 = 32;

const T_IN = 0;
const T_OUT = 1;
const T_FLUSH = 4;
const T_GET_ID = 8;
const T_DISCARD = 11;
const T_WRITE_ZEROES = 13;

const S_OK = 0;
const S_IOERR = 1;
const S_UNSUPP = 2;

const HEADER_BYTES = 16;
const ID_BYTES = 20;
const RANGE_BYTES = 16;

/** One request moves at most so much: 126 segments of the page cache's usual size, rounded up. Bounds our memory. */
const REQUEST_BYTES_MAX = 4 << 20;
/** Requests taken from the ring and not yet answered. Beyond it, they wait in the ring. */
const IN_FLIGHT_MAX = 32;

export interface VirtioBlkOptions {
  readonly createDevice: CreateVirtioDevice;
  readonly slot: number;
  /** Name of the device in saved states, e.g. "vda". */
  readonly device: string;
  /** What GET ID tells: the first 20 bytes of the volume's id. */
  readonly serial: string;
  readonly disk: BlockDevice;
  readonly limits?: VolumeLimits;
  readonly clock?: Clock;
  /** A request failed; the guest gets an I/O error. */
  onError(error: unknown): void;
}

interface Range {
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
}

/**
 * A disk (virtio 1.2 §5.2). Requests complete as they finish, in any order. Whatever the disk rejects, and whatever
 * lies outside of it, is an I/O error for the guest: no data, no acknowledgement.
 */
export class VirtioBlk implements DiskDevice {
  readonly name: string;
  readonly #transport: VirtioTransport;
  readonly #disk: BlockDevice;
  readonly #serial: Uint8Array;
  readonly #onError: (error: unknown) => void;
  /** Requests of before a reset must not answer into the rings of after it. */
  #generation = 0;
  #inFlight = 0;
  #idle: (() => void)[] = [];
  #paused = false;
  #disconnected = false;
  readonly #configuration: BlkConfiguration;
  readonly #limits: IoLimits;
  readonly stats = { reads: 0, writes: 0, flushes: 0, discards: 0, readBytes: 0, writtenBytes: 0, errors: 0 };

  constructor(options: VirtioBlkOptions) {
    this.name = `virtio-blk@${options.slot.toString(16).padStart(2, "0")}:${options.device}`;
    this.#disk = options.disk;
    this.#onError = options.onError;
    this.#serial = new Uint8Array(ID_BYTES);
    new TextEncoder().encodeInto(options.serial, this.#serial);
    this.#configuration = { sizeBytes: () => this.#disk.sizeBytes, writeBack: 1 };
    this.#limits = new IoLimits(options.limits ?? NO_LIMITS, options.clock ?? systemClock, () => this.#serve());
    this.#transport = options.createDevice(options.slot, {
      name: "virtio-blk",
      deviceType: 2,
      pciClass: [0x01, 0x00, 0x00],
      features: [
        F_SEG_MAX,
        F_BLK_SIZE,
        F_FLUSH,
        F_TOPOLOGY,
        F_CONFIG_WCE,
        F_INDIRECT_DESC,
        F_VERSION_1,
        ...(this.#disk.readOnly ? [F_RO] : [F_DISCARD, F_WRITE_ZEROES]),
      ],
      queueSizes: [QUEUE_SIZE],
      config: configurationOf(this.#configuration),
      onNotify: () => this.#serve(),
      onReset: () => {
        this.#generation++;
        this.#configuration.writeBack = 1;
      },
    });
  }

  /** The guest has a driver on it. */
  get inUse(): boolean {
    return this.#transport.driverOk;
  }

  setLimits(limits: VolumeLimits): void {
    this.#limits.set(limits);
  }

  /** Tells the guest that the disk's size has changed. */
  capacityChanged(): void {
    this.#transport.configChanged();
  }

  async drain(): Promise<void> {
    this.#paused = true;
    await this.#settled();
  }

  /**
   * Takes the disk away from a guest that has not let go of it: resolves when nothing more comes to the disk. What the
   * guest asks from now on is an I/O error; without an answer its programs would hang.
   */
  async disconnect(): Promise<void> {
    this.#disconnected = true;
    this.#paused = false;
    this.#limits.set(NO_LIMITS);
    this.#serve();
    await this.#settled();
  }

  /** Goes on after `drain`. */
  resume(): void {
    this.#paused = false;
    this.#serve();
  }

  saveState(): unknown {
    return { transport: this.#transport.saveState(), writeBack: this.#configuration.writeBack };
  }

  restoreState(saved: unknown): void {
    const state = saved as { transport: unknown; writeBack: 0 | 1 };
    this.#generation++;
    this.#configuration.writeBack = state.writeBack;
    this.#transport.restoreState(state.transport);
  }

  dispose(): void {
    this.#generation++;
    this.#limits.dispose();
    this.#transport.remove();
  }

  get #queue(): VirtQueue {
    const queue = this.#transport.queues[0];
    if (queue === undefined) throw new Error("the transport has no queue");
    return queue;
  }

  async #settled(): Promise<void> {
    while (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** What may not be served yet stays in the guest's ring: it waits there, and nothing of it is in flight. */
  #serve(): void {
    const queue = this.#queue;
    let answered = false;
    while (!this.#paused && this.#inFlight < IN_FLIGHT_MAX && queue.hasRequest() && this.#limits.mayServe()) {
      const chain = queue.pop();
      let status: Promise<number> | number;
      try {
        status = this.#handle(chain);
      } catch (error) {
        status = this.#failed(error);
      }
      if (typeof status === "number") {
        answer(queue, chain, status);
        answered = true;
      } else this.#answerLater(queue, chain, status);
    }
    if (answered) queue.flush();
  }

  #answerLater(queue: VirtQueue, chain: BufferChain, pending: Promise<number>): void {
    const generation = this.#generation;
    this.#inFlight++;
    const done = (status: number) => {
      this.#inFlight--;
      if (generation === this.#generation) {
        answer(queue, chain, status);
        queue.flush();
        this.#serve();
      }
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    };
    pending.then(done, (error) => done(this.#failed(error)));
  }

  #failed(error: unknown): number {
    this.stats.errors++;
    this.#onError(error);
    return S_IOERR;
  }

  /** Serves a request up to its status byte; throws or rejects when the disk does. */
  #handle(chain: BufferChain): number | Promise<number> {
    const header = new Uint8Array(HEADER_BYTES);
    // Without room for a status there is no way to answer but to give the buffer back.
    if (chain.read(header) < HEADER_BYTES || chain.writableBytes < 1) return S_IOERR;
    if (this.#disconnected) return S_IOERR;
    const view = new DataView(header.buffer);
    const sector = view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32;
    switch (view.getUint32(0, true)) {
      case T_IN:
        return this.#read(chain, sector * SECTOR);
      case T_OUT:
        return this.#write(chain, sector * SECTOR);
      case T_FLUSH:
        return this.#flush();
      case T_GET_ID:
        if (chain.writableBytes < ID_BYTES + 1) return S_IOERR;
        chain.write(this.#serial);
        return S_OK;
      case T_DISCARD:
      case T_WRITE_ZEROES:
        return this.#disk.readOnly ? S_UNSUPP : this.#discard(chain, view.getUint32(0, true) === T_DISCARD);
      default:
        return S_UNSUPP;
    }
  }

  #read(chain: BufferChain, offset: number): number | Promise<number> {
    const length = chain.writableBytes - 1;
    if (!this.#inRange(offset, length)) return S_IOERR;
    this.#limits.served(length, offset);
    this.stats.reads++;
    this.stats.readBytes += length;
    const generation = this.#generation;
    const deliver = (data: Uint8Array) => {
      if (data.byteLength !== length) throw new Error(`the disk gave ${data.byteLength} bytes of ${length}`);
      if (generation === this.#generation) chain.write(data);
      return S_OK;
    };
    const cached = this.#disk.readCached(offset, length);
    return cached === undefined ? this.#disk.read(offset, length).then(deliver) : deliver(cached);
  }

  #write(chain: BufferChain, offset: number): number | Promise<number> {
    const length = chain.readableBytes;
    if (this.#disk.readOnly || !this.#inRange(offset, length)) return S_IOERR;
    const data = new Uint8Array(length);
    chain.read(data);
    this.#limits.served(length, offset);
    this.stats.writes++;
    this.stats.writtenBytes += length;
    const accepted = this.#disk.write(offset, data);
    if (this.#writesThrough) return Promise.resolve(accepted).then(() => this.#flush());
    return accepted === undefined ? S_OK : accepted.then(() => S_OK);
  }

  /**
   * The driver never sends a flush: every write must be durable when it is acknowledged. So it is in write-through mode,
   * and when the driver took neither of the features by which it could say otherwise (§5.2.6.2), as a BIOS does.
   */
  get #writesThrough(): boolean {
    const knowsOfCache = this.#transport.hasFeature(F_FLUSH) || this.#transport.hasFeature(F_CONFIG_WCE);
    return !knowsOfCache || this.#configuration.writeBack === 0;
  }

  #flush(): Promise<number> {
    this.stats.flushes++;
    return this.#disk.flush().then(() => S_OK);
  }

  /** §5.2.6: for a discard UNMAP is reserved; for write-zeroes it only allows what we do anyway: give up the blocks. */
  #discard(chain: BufferChain, isDiscard: boolean): number | Promise<number> {
    const bytes = chain.readableBytes;
    if (bytes === 0 || bytes % RANGE_BYTES !== 0 || bytes > RANGE_BYTES * RANGES_MAX) return S_IOERR;
    const ranges: Range[] = [];
    for (let left = bytes; left > 0; left -= RANGE_BYTES) {
      const raw = new Uint8Array(RANGE_BYTES);
      chain.read(raw);
      const view = new DataView(raw.buffer);
      const sector = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
      const sectors = view.getUint32(8, true);
      const range = { offset: sector * SECTOR, length: sectors * SECTOR, flags: view.getUint32(12, true) };
      if (range.flags & ~1 || (isDiscard && range.flags !== 0)) return S_UNSUPP;
      if (sectors > RANGE_SECTORS_MAX || !this.#onDisk(range.offset, range.length)) return S_IOERR;
      ranges.push(range);
    }
    this.#limits.served(0, 0);
    this.stats.discards += ranges.length;
    const accepted = ranges.map((range) => this.#disk.discard(range.offset, range.length));
    const pending = accepted.filter((promise) => promise !== undefined);
    if (this.#writesThrough) return Promise.all(pending).then(() => this.#flush());
    return pending.length === 0 ? S_OK : Promise.all(pending).then(() => S_OK);
  }

  #inRange(offset: number, length: number): boolean {
    return length <= REQUEST_BYTES_MAX && this.#onDisk(offset, length);
  }

  #onDisk(offset: number, length: number): boolean {
    return length > 0 && length % SECTOR === 0 && offset + length <= this.#disk.sizeBytes;
  }
}

/**
 * The status is the last byte of the writable room: after an error, what the data did not fill lies in between. A
 * request with more room than any of ours has is answered without a status, which no driver takes for success.
 */
function answer(queue: VirtQueue, chain: BufferChain, status: number): void {
  const gap = chain.writableBytes - 1;
  if (gap <= REQUEST_BYTES_MAX) {
    if (gap > 0) chain.write(new Uint8Array(gap));
    chain.write(Uint8Array.of(status));
  }
  queue.push(chain);
}
