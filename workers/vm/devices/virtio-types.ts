/**
 * What our virtio devices need of a transport (virtio 1.2 §2.6, §4.1). `workers/vm/v86` provides it on v86's
 * VirtIO class; tests provide a twin. Devices know nothing of v86.
 */

/** One request of the driver: device-readable bytes first, then device-writable room (virtio 1.2 §2.7.4.2). */
export interface BufferChain {
  /** Bytes that the driver wrote for us, not yet read. */
  readonly readableBytes: number;
  /** Room that the driver gave us, not yet written. */
  readonly writableBytes: number;
  /** Reads the next bytes; gives how many there were. */
  read(into: Uint8Array): number;
  /** Appends bytes; gives how many fitted. */
  write(from: Uint8Array): number;
}

export interface VirtQueue {
  /** The driver has set the queue up. */
  readonly enabled: boolean;
  /** How many requests it holds, as the driver has set it up. */
  readonly size: number;
  hasRequest(): boolean;
  /** Takes the next request; only when `hasRequest()`. */
  pop(): BufferChain;
  /** Takes the last `count` requests back that were popped, untouched: they come again, in the same order. */
  putBack(count: number): void;
  /** Gives a request back as used; not visible to the driver until `flush`. */
  push(chain: BufferChain): void;
  /** Publishes pushed requests and interrupts the driver when it asked for it. */
  flush(): void;
  /** Publishes pushed requests; the interrupt that is due for them is owed until `interrupt` or `flush`. */
  publish(): void;
  /** Interrupts the driver when that is owed, and it asked for it. */
  interrupt(): void;
}

export interface VirtioTransport {
  readonly queues: readonly VirtQueue[];
  /** The driver has set DRIVER_OK. */
  readonly driverOk: boolean;
  hasFeature(bit: number): boolean;
  /** Tells the driver that the configuration space has changed. */
  configChanged(): void;
  /** Plain, structured-clonable state of the transport and its queues. */
  saveState(): unknown;
  restoreState(state: unknown): void;
  /** Takes the device away from the bus (hot-unplug; the guest must have let go of it first). */
  remove(): void;
}

/** A field of the device-specific configuration space, little-endian. */
export interface ConfigField {
  readonly bytes: 1 | 2 | 4;
  readonly name: string;
  read(): number;
  write?(value: number): void;
}

export interface VirtioDeviceOptions {
  readonly name: string;
  /** virtio device type (virtio 1.2 §5): 1 network, 2 block, 3 console, 19 socket. */
  readonly deviceType: number;
  /** 1 to 7 for what shares its slot with function 0, which must say that there may be more. */
  readonly pciFunction?: number;
  readonly moreFunctions?: boolean;
  /** PCI class, subclass, programming interface. */
  readonly pciClass: readonly [number, number, number];
  /** Feature bits offered, VIRTIO_F_VERSION_1 (32) included. */
  readonly features: readonly number[];
  readonly queueSizes: readonly number[];
  readonly config: readonly ConfigField[];
  /** The driver notified queue `index`. */
  onNotify(index: number): void;
  /** The driver reset the device (status 0): forget all requests. */
  onReset(): void;
}

/** Puts a device on the machine's PCI bus, in `slot`. */
export type CreateVirtioDevice = (slot: number, options: VirtioDeviceOptions) => VirtioTransport;

/** A device of ours as the machine manages it. */
export interface MachineDevice {
  /** Stable name for saved states, e.g. "virtio-blk@0d:vda". */
  readonly name: string;
  /** Resolves when no request is in flight. Called with the processor stopped. */
  drain(): Promise<void>;
  saveState(): unknown;
  restoreState(state: unknown): void;
  dispose(): void;
}
