import type { CreateVirtioDevice, MachineDevice, VirtioTransport, VirtQueue } from "./virtio-types.ts";

// virtio 1.2 §5.3.2 (queues), §5.3.3 (feature bits).
const RECEIVE = 0;
const TRANSMIT = 1;
const F_SIZE = 0;
const F_INDIRECT_DESC = 28;
const F_VERSION_1 = 32;
const QUEUE_SIZE = 64;
/** Linux sends at most 64 KiB in one buffer (a pipe's worth); what a hostile driver sends beyond it is dropped. */
const OUTPUT_BUFFER_MAX = 64 * 1024;

export interface VirtioConsoleOptions {
  readonly createDevice: CreateVirtioDevice;
  readonly slot: number;
  /** Bytes that the guest wrote. Called while guest code runs. False: take no more until `transmit` is called. */
  onOutput(bytes: Uint8Array): boolean;
  /** The guest's driver is up, or (after a reset) gone. */
  onDriver(up: boolean): void;
}

interface PendingInput {
  bytes: Uint8Array;
  taken: () => void;
}

/** A console with one port (virtio 1.2 §5.3). Input waits here until the guest has room for it: none is ever dropped. */
export class VirtioConsole implements MachineDevice {
  readonly name: string;
  readonly #transport: VirtioTransport;
  readonly #options: VirtioConsoleOptions;
  #up = false;
  #columns = 80;
  #rows = 25;
  #input: PendingInput[] = [];

  constructor(options: VirtioConsoleOptions) {
    this.name = `virtio-console@${options.slot.toString(16).padStart(2, "0")}`;
    this.#options = options;
    this.#transport = options.createDevice(options.slot, {
      name: "virtio-console",
      deviceType: 3,
      pciClass: [0x07, 0x80, 0x00],
      features: [F_SIZE, F_INDIRECT_DESC, F_VERSION_1],
      queueSizes: [QUEUE_SIZE, QUEUE_SIZE],
      config: [
        { bytes: 2, name: "cols", read: () => this.#columns },
        { bytes: 2, name: "rows", read: () => this.#rows },
        { bytes: 4, name: "max_nr_ports", read: () => 1 },
        { bytes: 4, name: "emerg_wr", read: () => 0 },
      ],
      onNotify: (index) => (index === RECEIVE ? this.#receiveNotified() : this.transmit()),
      onReset: () => this.#setUp(false),
    });
  }

  /** The guest's driver is there and takes input. */
  get up(): boolean {
    return this.#up;
  }

  /** Bytes of input that the guest has not taken yet. */
  get pendingInputBytes(): number {
    return this.#input.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  }

  /** Sends input to the guest; resolves when the guest has taken it all. */
  write(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return Promise.resolve();
    return new Promise((taken) => {
      this.#input.push({ bytes: bytes.slice(), taken });
      this.#feed();
    });
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#columns && rows === this.#rows) return;
    this.#columns = columns;
    this.#rows = rows;
    if (this.#up) this.#transport.configChanged();
  }

  /** Takes what the guest has to say, as long as there is room for it. */
  transmit(): void {
    const queue = this.#queue(TRANSMIT);
    let taken = false;
    let room = true;
    while (room && queue.hasRequest()) {
      const chain = queue.pop();
      const bytes = new Uint8Array(Math.min(chain.readableBytes, OUTPUT_BUFFER_MAX));
      chain.read(bytes);
      queue.push(chain);
      taken = true;
      room = this.#options.onOutput(bytes);
    }
    // Linux waits for the used ring in a loop, not for the interrupt, which would cost it more than the writing did.
    if (taken) queue.publish();
  }

  /** Interrupts the guest for the output taken, once for all of a slice of its time. */
  settle(): void {
    this.#queue(TRANSMIT).interrupt();
  }

  /** Nothing is ever in flight: output is taken at once, input stays ours until the guest has it. */
  drain(): Promise<void> {
    this.settle();
    return Promise.resolve();
  }

  saveState(): unknown {
    return {
      transport: this.#transport.saveState(),
      up: this.#up,
      columns: this.#columns,
      rows: this.#rows,
      input: this.#input.map(({ bytes }) => bytes),
    };
  }

  restoreState(saved: unknown): void {
    const state = saved as { transport: unknown; up: boolean; columns: number; rows: number; input: Uint8Array[] };
    this.#transport.restoreState(state.transport);
    this.#columns = state.columns;
    this.#rows = state.rows;
    // Whoever waited for these bytes was in the worker that saved.
    this.#input = [...state.input.map((bytes) => ({ bytes, taken: () => {} })), ...this.#input];
    this.#setUp(state.up);
    this.#feed();
  }

  dispose(): void {
    this.#transport.remove();
    for (const { taken } of this.#input.splice(0)) taken();
  }

  #setUp(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.#options.onDriver(up);
  }

  /** The driver posts its first buffers when it is ready. */
  #receiveNotified(): void {
    if (!this.#up && this.#transport.driverOk) {
      this.#setUp(true);
      // Linux reads the size only when told that it has changed.
      this.#transport.configChanged();
    }
    this.#feed();
  }

  #feed(): void {
    const queue = this.#queue(RECEIVE);
    let fed = false;
    for (let next = this.#input[0]; next !== undefined && queue.hasRequest(); next = this.#input[0]) {
      const chain = queue.pop();
      const count = chain.write(next.bytes);
      queue.push(chain);
      fed = true;
      next.bytes = next.bytes.subarray(count);
      if (next.bytes.byteLength > 0) continue;
      this.#input.shift();
      next.taken();
    }
    if (fed) queue.flush();
  }

  #queue(index: number): VirtQueue {
    const queue = this.#transport.queues[index];
    if (queue === undefined) throw new Error(`the transport has no queue ${index}`);
    return queue;
  }
}
