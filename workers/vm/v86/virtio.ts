import type {
  ConfigField,
  CreateVirtioDevice,
  VirtioDeviceOptions,
  VirtioTransport,
  VirtQueue,
} from "../devices/virtio-types.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { V86Cpu, V86Virtio, V86VirtioClass } from "./types.ts";
import { type QueueOwner, type QueueState, SplitQueue } from "./virtqueue.ts";

// virtio 1.2 §4.1.2: modern devices are 0x1040 + type; §2.1: status bits; §4.1.4.5: ISR bits.
const MODERN_DEVICE_ID = 0x1040;
const STATUS_DRIVER_OK = 4;
const STATUS_NEEDS_RESET = 64;
const ISR_QUEUE = 1;
const ISR_CONFIG = 2;
/** Feature bits that our queues do not implement; offering one would be a bug of the device. */
const UNSUPPORTED_FEATURES = [29 /* RING_EVENT_IDX */, 34 /* RING_PACKED */];

/**
 * Each slot has a page of 256 I/O ports: v86's devices and SeaBIOS's allocator (0xC000 up) stay clear of these. The
 * BIOS moves them; without a BIOS they stay.
 */
const PORTS = { base: 0xa000, perSlot: 0x100, common: 0x00, config: 0x40, notify: 0x80, isr: 0xc0 };
/** Functions but a slot's first have theirs here; there is room for those of one slot. */
const FUNCTION_PORTS = 0x9000;
const LAST_SLOT = 31;
const LAST_FUNCTION = 7;
/** PCI configuration space (PCI 3.0 §6.1): class code, header type, interrupt line. */
const PCI_CLASS = 0x09;
const PCI_HEADER_TYPE = 0x0e;
const MULTIPLE_FUNCTIONS = 0x80;
const PCI_INTERRUPT_LINE = 0x3c;
/** PIIX3's routing of PIRQ A–D to interrupts (Intel 82371SB, PIRQRC). */
const PIRQ_ROUTING = 0x60;

interface TransportState {
  features: number[];
  featuresOk: boolean;
  status: number;
  isr: number;
  configGeneration: number;
  queueSelect: number;
  queues: QueueState[];
}

/** All our devices on one machine's PCI bus, by number: slot << 3 | function. */
export class VirtioBus {
  readonly #cpu: V86Cpu;
  readonly #memory: GuestMemory;
  readonly #VirtIO: V86VirtioClass;
  readonly #transports = new Map<number, Transport>();

  constructor(cpu: V86Cpu, memory: GuestMemory, VirtIO: V86VirtioClass) {
    this.#cpu = cpu;
    this.#memory = memory;
    this.#VirtIO = VirtIO;
  }

  readonly createDevice: CreateVirtioDevice = (slot, options) => {
    const { pciFunction = 0 } = options;
    if (slot < 1 || slot > LAST_SLOT || pciFunction < 0 || pciFunction > LAST_FUNCTION) {
      throw new RangeError(`no PCI slot ${slot}.${pciFunction}`);
    }
    const id = (slot << 3) | pciFunction;
    if (this.#transports.has(id) || this.#cpu.devices.pci.devices[id] !== undefined) {
      throw new Error(`PCI slot ${slot}.${pciFunction} is taken`);
    }
    for (const bit of UNSUPPORTED_FEATURES) {
      if (options.features.includes(bit)) throw new Error(`virtio feature ${bit} is not implemented`);
    }
    const transport = new Transport(this.#cpu, this.#memory, this.#VirtIO, this, id, options);
    this.#transports.set(id, transport);
    return transport;
  };

  /** Power-on state for all, as after a reset of the machine: rings of the old kernel must not be written to. */
  reset(): void {
    for (const transport of this.#transports.values()) transport.reset();
  }

  removed(id: number): void {
    this.#transports.delete(id);
  }

  /** Says whether another device asserts the interrupt of this one. Lines are shared by every fourth slot. */
  othersAssert(id: number): boolean {
    const irq = this.irqOf(id);
    for (const [other, transport] of this.#transports) {
      if (other !== id && transport.asserted && this.irqOf(other) === irq) return true;
    }
    return false;
  }

  /** The interrupt of pin A of a device's slot: all its functions have that one. */
  irqOf(id: number): number {
    return this.#cpu.devices.pci.isa_bridge_space8[PIRQ_ROUTING + (((id >> 3) - 1) & 3)] ?? 0;
  }
}

class Transport implements VirtioTransport, QueueOwner {
  readonly queues: readonly VirtQueue[];
  readonly #queues: readonly SplitQueue[];
  readonly #cpu: V86Cpu;
  readonly #bus: VirtioBus;
  readonly #id: number;
  readonly #virtio: V86Virtio;
  readonly #removeConfig: () => void;

  constructor(
    cpu: V86Cpu,
    memory: GuestMemory,
    VirtIO: V86VirtioClass,
    bus: VirtioBus,
    id: number,
    options: VirtioDeviceOptions,
  ) {
    this.#cpu = cpu;
    this.#bus = bus;
    this.#id = id;
    this.#virtio = new VirtIO(cpu, v86Options(id, options));
    const space = cpu.devices.pci.device_spaces[id];
    if (space === undefined) throw new Error("v86 did not register the device");
    const [classCode, subclass, programmingInterface] = options.pciClass;
    const bytes = new Uint8Array(space.buffer, space.byteOffset);
    bytes.set([programmingInterface, subclass, classCode], PCI_CLASS);
    // A BIOS writes this at boot; without one, and for a device plugged in later, it is ours to write.
    bytes[PCI_INTERRUPT_LINE] = bus.irqOf(id);
    if (options.moreFunctions) bytes[PCI_HEADER_TYPE] = MULTIPLE_FUNCTIONS;
    this.#removeConfig = () => removeFromPci(cpu, id);

    this.#queues = this.#virtio.queues.map((queue) => new SplitQueue(queue, memory, this));
    this.queues = this.#queues;

    // v86 calls `reset` when the driver writes status 0. It never calls `on_driver_ok` (it compares with the status
    // after having assigned it), so nothing here relies on that.
    const reset = this.#virtio.reset;
    this.#virtio.reset = () => {
      reset.call(this.#virtio);
      for (const queue of this.#queues) queue.reset();
      options.onReset();
    };
    // v86 lowers the line though another device on it may still assert: that device's interrupt would be lost.
    this.#virtio.lower_irq = () => {
      this.#virtio.isr_status = 0;
      if (!bus.othersAssert(id)) cpu.devices.pci.lower_irq(id);
    };
  }

  get driverOk(): boolean {
    const status = this.#virtio.device_status;
    return (status & STATUS_DRIVER_OK) !== 0 && (status & STATUS_NEEDS_RESET) === 0;
  }

  get asserted(): boolean {
    return this.#virtio.isr_status !== 0;
  }

  hasFeature(bit: number): boolean {
    return (((this.#virtio.driver_feature[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  configChanged(): void {
    this.#virtio.config_generation = (this.#virtio.config_generation + 1) & 0xff;
    if ((this.#virtio.device_status & STATUS_DRIVER_OK) !== 0) this.#raise(ISR_CONFIG);
  }

  reset(): void {
    this.#virtio.reset();
  }

  saveState(): TransportState {
    return {
      features: [...this.#virtio.driver_feature],
      featuresOk: this.#virtio.features_ok,
      status: this.#virtio.device_status,
      isr: this.#virtio.isr_status,
      configGeneration: this.#virtio.config_generation,
      queueSelect: this.#virtio.queue_select,
      queues: this.#queues.map((queue) => queue.saveState()),
    };
  }

  restoreState(saved: unknown): void {
    const state = saved as TransportState;
    this.#virtio.driver_feature.set(state.features);
    this.#virtio.features_ok = state.featuresOk;
    this.#virtio.device_status = state.status;
    this.#virtio.isr_status = state.isr;
    this.#virtio.config_generation = state.configGeneration;
    this.#virtio.queue_select = state.queueSelect;
    this.#virtio.queue_selected = this.#virtio.queues[state.queueSelect] ?? null;
    this.#queues.forEach((queue, index) => {
      const queueState = state.queues[index];
      if (queueState !== undefined) queue.restoreState(queueState);
    });
  }

  remove(): void {
    this.#virtio.lower_irq();
    this.#virtio.device_status = 0;
    for (const queue of this.#queues) queue.reset();
    this.#removeConfig();
    this.#bus.removed(this.#id);
  }

  interrupt(): void {
    this.#raise(ISR_QUEUE);
  }

  #raise(bit: number): void {
    this.#virtio.isr_status |= bit;
    this.#cpu.devices.pci.raise_irq(this.#id);
  }

  broken(): void {
    if (this.#virtio.device_status & STATUS_NEEDS_RESET) return;
    this.#virtio.device_status |= STATUS_NEEDS_RESET;
    this.configChanged();
  }
}

function v86Options(id: number, options: VirtioDeviceOptions) {
  const pciFunction = id & LAST_FUNCTION;
  const port = PORTS.perSlot * (pciFunction || id >> 3) + (pciFunction === 0 ? PORTS.base : FUNCTION_PORTS);
  return {
    name: options.name,
    pci_id: id,
    device_id: MODERN_DEVICE_ID + options.deviceType,
    subsystem_device_id: options.deviceType,
    common: {
      initial_port: port + PORTS.common,
      queues: options.queueSizes.map((size, index) => ({ size_supported: size, notify_offset: index })),
      features: options.features,
      on_driver_ok: () => {},
    },
    notification: {
      initial_port: port + PORTS.notify,
      single_handler: false,
      handlers: options.queueSizes.map((_, index) => () => options.onNotify(index)),
    },
    isr_status: { initial_port: port + PORTS.isr },
    ...(options.config.length === 0
      ? {}
      : { device_specific: { initial_port: port + PORTS.config, struct: options.config.map(fieldOf) } }),
  };
}

/** v86 calls these with the port's device as `this`; reads of the driver see unsigned values. */
function fieldOf(field: ConfigField) {
  return {
    bytes: field.bytes,
    name: field.name,
    read: () => field.read() | 0,
    write: (value: number) => field.write?.(value),
  };
}

/** Gives a device another number, slot << 3 | function. */
export function moveOnPci(cpu: V86Cpu, from: number, to: number): void {
  const { devices, device_spaces } = cpu.devices.pci;
  for (const list of [devices, device_spaces]) {
    list[to] = list[from] as never;
    list[from] = undefined;
  }
}

/** Takes a device, by its number, off the bus: the guest finds nothing there, its ports are dead. */
export function removeFromPci(cpu: V86Cpu, id: number): void {
  const { pci } = cpu.devices;
  const space = pci.device_spaces[id];
  const device = pci.devices[id];
  if (space === undefined || device === undefined) return;
  device.pci_bars.forEach((bar, index) => {
    const base = space[4 + index] ?? 0;
    if (bar === undefined || (base & 1) === 0) return;
    for (let offset = 0; offset < bar.size; offset++) {
      const port = (base & 0xfffe) + offset;
      if (port < cpu.io.ports.length) cpu.io.ports[port] = cpu.io.create_empty_entry();
    }
  });
  pci.device_spaces[id] = undefined;
  pci.devices[id] = undefined;
}
