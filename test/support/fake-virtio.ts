import type {
  BufferChain,
  ConfigField,
  CreateVirtioDevice,
  VirtioDeviceOptions,
  VirtioTransport,
  VirtQueue,
} from "../../workers/vm/devices/virtio-types.ts";

/**
 * A twin of the virtio transport and of the guest's driver, for tests of devices.
 *
 * The device sees a `VirtioTransport`; the test plays the driver: it posts buffers, notifies, and collects what is
 * used. The twin is strict: a device that breaks the contract (uses a chain after giving it back, gives one back
 * twice or after a reset, touches a removed device) makes it throw, where a real guest's memory would be corrupted.
 *
 * ```ts
 * const bus = new FakeBus();
 * const device = new MyDevice(bus.createDevice, 5);
 * const driver = bus.driver(5);
 * driver.start();
 * driver.queue(0).post({ readable: header, writableBytes: 513 });
 * driver.notify(0);
 * driver.queue(0).takeUsed(); // [{ id, readable, written }]
 * ```
 */
export class FakeBus {
  readonly #devices = new Map<number, FakeDriver>();

  readonly createDevice: CreateVirtioDevice = (slot, options) => {
    if (this.#devices.has(slot)) throw new Error(`slot ${slot} is taken`);
    const driver = new FakeDriver(options, () => this.#devices.delete(slot));
    this.#devices.set(slot, driver);
    return driver.transport;
  };

  /** The driver's side of the device in `slot`. */
  driver(slot: number): FakeDriver {
    const driver = this.#devices.get(slot);
    if (driver === undefined) throw new Error(`no device in slot ${slot}`);
    return driver;
  }

  hasDevice(slot: number): boolean {
    return this.#devices.has(slot);
  }
}

/** What the guest's driver does with one device. */
export class FakeDriver {
  readonly transport: VirtioTransport;
  readonly options: VirtioDeviceOptions;
  readonly #queues: FakeQueue[];
  /** Interrupts seen: one per `flush` that published something, and one per configuration change. */
  interrupts = 0;
  configChanges = 0;
  /** Called on each queue interrupt, as the guest's handler would be. */
  onInterrupt: (() => void) | undefined;
  #driverOk = false;
  #features = new Set<number>();
  #removed = false;

  constructor(options: VirtioDeviceOptions, onRemove: () => void) {
    this.options = options;
    this.#queues = options.queueSizes.map(
      (size) =>
        new FakeQueue(size, () => {
          this.interrupts++;
          this.onInterrupt?.();
        }),
    );
    this.transport = this.#createTransport(onRemove);
  }

  /** Accepts features (all offered ones by default), enables the queues, sets DRIVER_OK. */
  start(features: readonly number[] = this.options.features): void {
    for (const bit of features) {
      if (!this.options.features.includes(bit)) throw new Error(`feature ${bit} is not offered`);
    }
    this.#features = new Set(features);
    for (const queue of this.#queues) queue.enable();
    this.#driverOk = true;
  }

  /** The driver's side of queue `index`. */
  queue(index: number): FakeQueue {
    const queue = this.#queues[index];
    if (queue === undefined) throw new Error(`no queue ${index}`);
    return queue;
  }

  /** Tells the device that queue `index` has new buffers. */
  notify(index: number): void {
    this.options.onNotify(index);
  }

  /** Writes status 0: everything posted is withdrawn. */
  reset(): void {
    this.#driverOk = false;
    this.#features.clear();
    for (const queue of this.#queues) queue.reset();
    this.options.onReset();
  }

  /** The configuration space as the driver would read it, byte by byte. */
  readConfig(): Uint8Array {
    const length = this.options.config.reduce((sum, field) => sum + field.bytes, 0);
    const view = new DataView(new ArrayBuffer(length));
    let offset = 0;
    for (const field of this.options.config) {
      if (field.bytes === 4) view.setUint32(offset, field.read(), true);
      else if (field.bytes === 2) view.setUint16(offset, field.read(), true);
      else view.setUint8(offset, field.read());
      offset += field.bytes;
    }
    return new Uint8Array(view.buffer);
  }

  configField(name: string): ConfigField {
    const field = this.options.config.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`no configuration field ${name}`);
    return field;
  }

  get removed(): boolean {
    return this.#removed;
  }

  #createTransport(onRemove: () => void): VirtioTransport {
    const state = () => ({
      driverOk: this.#driverOk,
      features: [...this.#features],
      queues: this.#queues.map((queue) => queue.saveState()),
    });
    const restore = (saved: ReturnType<typeof state>) => {
      this.#driverOk = saved.driverOk;
      this.#features = new Set(saved.features);
      saved.queues.forEach((queueState, index) => {
        this.queue(index).restoreState(queueState);
      });
    };
    const live = () => {
      if (this.#removed) throw new Error("the device has been removed from the bus");
    };
    const driver = this;
    return {
      queues: this.#queues,
      get driverOk() {
        return driver.#driverOk;
      },
      hasFeature: (bit) => this.#features.has(bit),
      configChanged: () => {
        live();
        this.configChanges++;
        this.interrupts++;
      },
      saveState: state,
      // As after a structured clone: the twin must not share objects with the machine that was saved.
      restoreState: (saved) => restore(structuredClone(saved) as ReturnType<typeof state>),
      remove: () => {
        live();
        this.#removed = true;
        for (const queue of this.#queues) queue.reset();
        onRemove();
      },
    };
  }
}

/** A buffer that the driver posts: what the device may read, then room that it may write. */
export interface PostedBuffer {
  readonly readable?: Uint8Array;
  readonly writableBytes?: number;
}

/** A buffer that the device has given back. */
export interface UsedBuffer {
  /** As `post` gave it. */
  readonly id: number;
  readonly readable: Uint8Array;
  /** What the device wrote: its length is the used ring's `len`. */
  readonly written: Uint8Array;
}

interface QueueState {
  enabled: boolean;
  nextId: number;
  available: { id: number; readable: Uint8Array; writableBytes: number }[];
}

/** One queue: the device's side is `VirtQueue`, the driver's side the rest. */
export class FakeQueue implements VirtQueue {
  readonly size: number;
  readonly #interrupt: () => void;
  #enabled = false;
  #nextId = 0;
  #generation = 0;
  #available: FakeChain[] = [];
  #inFlight = new Set<FakeChain>();
  #staged: FakeChain[] = [];
  #used: UsedBuffer[] = [];
  #interruptOwed = false;

  constructor(size: number, interrupt: () => void) {
    this.size = size;
    this.#interrupt = interrupt;
  }

  // The driver's side.

  enable(): void {
    this.#enabled = true;
  }

  /** Posts a buffer; gives its id. The device hears of it at `FakeDriver.notify`. */
  post(buffer: PostedBuffer): number {
    if (!this.#enabled) throw new Error("the queue is not enabled");
    if (this.#available.length + this.#inFlight.size >= this.size) throw new Error("the queue is full");
    const id = this.#nextId++;
    const readable = buffer.readable?.slice() ?? new Uint8Array(0);
    this.#available.push(new FakeChain(id, this.#generation, readable, buffer.writableBytes ?? 0));
    return id;
  }

  /** The buffers given back since the last call, oldest first. */
  takeUsed(): UsedBuffer[] {
    return this.#used.splice(0);
  }

  /** Buffers posted and not yet taken by the device. */
  get availableCount(): number {
    return this.#available.length;
  }

  /** Buffers that the device has taken and not yet given back visibly. */
  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  reset(): void {
    this.#enabled = false;
    this.#generation++;
    this.#available = [];
    this.#inFlight.clear();
    this.#staged = [];
    this.#interruptOwed = false;
    this.#used = [];
  }

  saveState(): QueueState {
    if (this.#inFlight.size > 0) throw new Error("saved with requests in flight");
    return {
      enabled: this.#enabled,
      nextId: this.#nextId,
      available: this.#available.map(({ id, readable, writableBytes }) => ({ id, readable, writableBytes })),
    };
  }

  restoreState(state: QueueState): void {
    this.reset();
    this.#enabled = state.enabled;
    this.#nextId = state.nextId;
    this.#available = state.available.map(
      ({ id, readable, writableBytes }) => new FakeChain(id, this.#generation, readable, writableBytes),
    );
  }

  // The device's side.

  get enabled(): boolean {
    return this.#enabled;
  }

  hasRequest(): boolean {
    return this.#enabled && this.#available.length > 0;
  }

  pop(): FakeChain {
    const chain = this.#available.shift();
    if (chain === undefined) throw new Error("pop of an empty queue");
    this.#inFlight.add(chain);
    return chain;
  }

  putBack(count: number): void {
    const back = count === 0 ? [] : [...this.#inFlight].slice(-count);
    if (back.length < count || back.some((chain) => chain.touched)) throw new Error("put back of what was used");
    for (const chain of back) this.#inFlight.delete(chain);
    this.#available.unshift(...back);
  }

  push(chain: BufferChain): void {
    if (!(chain instanceof FakeChain)) throw new Error("push of a chain that is not this queue's");
    if (chain.generation !== this.#generation) throw new Error("push of a chain from before the reset");
    if (!this.#inFlight.has(chain) || chain.done) throw new Error("push of a chain that is not in flight");
    chain.done = true;
    this.#staged.push(chain);
  }

  flush(): void {
    this.publish();
    this.interrupt();
  }

  publish(): void {
    if (this.#staged.length === 0) return;
    for (const chain of this.#staged) {
      this.#inFlight.delete(chain);
      this.#used.push({ id: chain.id, readable: chain.readable, written: chain.takeWritten() });
    }
    this.#staged = [];
    this.#interruptOwed = true;
  }

  interrupt(): void {
    if (!this.#interruptOwed) return;
    this.#interruptOwed = false;
    this.#interrupt();
  }
}

class FakeChain implements BufferChain {
  readonly id: number;
  readonly generation: number;
  readonly readable: Uint8Array;
  done = false;
  #readOffset = 0;
  readonly #room: Uint8Array;
  #writeOffset = 0;

  constructor(id: number, generation: number, readable: Uint8Array, writableBytes: number) {
    this.id = id;
    this.generation = generation;
    this.readable = readable;
    this.#room = new Uint8Array(writableBytes);
  }

  get readableBytes(): number {
    return this.readable.byteLength - this.#readOffset;
  }

  get writableBytes(): number {
    return this.#room.byteLength - this.#writeOffset;
  }

  get touched(): boolean {
    return this.done || this.#readOffset > 0 || this.#writeOffset > 0;
  }

  read(into: Uint8Array): number {
    this.#live();
    const part = this.readable.subarray(this.#readOffset, this.#readOffset + into.byteLength);
    into.set(part);
    this.#readOffset += part.byteLength;
    return part.byteLength;
  }

  write(from: Uint8Array): number {
    this.#live();
    const part = from.subarray(0, this.writableBytes);
    this.#room.set(part, this.#writeOffset);
    this.#writeOffset += part.byteLength;
    return part.byteLength;
  }

  takeWritten(): Uint8Array {
    return this.#room.slice(0, this.#writeOffset);
  }

  #live(): void {
    if (this.done) throw new Error("use of a chain after it was given back");
  }
}
