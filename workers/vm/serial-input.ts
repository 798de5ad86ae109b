/** The part of a UART that input needs. */
export interface UartReceiver {
  /** Bytes in the receive buffer that the guest has not read. */
  readonly pending: number;
  /** The guest's driver takes interrupts for received bytes. */
  readonly listening: boolean;
  /** Somebody may read without interrupts, as boot loaders do: bytes are put in whoever takes them. */
  readonly polled?: boolean;
  receive(byte: number): void;
}

/** A 16550A's receive FIFO. */
const FIFO_BYTES = 16;
/**
 * A FIFO at most so often, some 16 KB/s: a real line's pace at 115 200 baud. Linux's tty drops what comes faster than
 * the reader takes it, and a UART has no other way to hold it back.
 */
const INTERVAL_MS = 1;

/** Types into a serial port: for guests without a virtio-console. */
export class SerialInput {
  readonly #uart: UartReceiver;
  #pending: { bytes: Uint8Array; taken: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(uart: UartReceiver) {
    this.#uart = uart;
  }

  /** The guest's driver takes input. */
  get listening(): boolean {
    return this.#uart.listening;
  }

  /** Resolves when the guest has read all but what fits into the FIFO. */
  write(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return Promise.resolve();
    return new Promise((taken) => {
      this.#pending.push({ bytes: bytes.slice(), taken });
      this.#feed();
    });
  }

  saveState(): unknown {
    return this.#pending.map(({ bytes }) => bytes);
  }

  restoreState(saved: unknown): void {
    const input = (saved as Uint8Array[]).map((bytes) => ({ bytes, taken: () => {} }));
    this.#pending = [...input, ...this.#pending];
    this.#feed();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { taken } of this.#pending.splice(0)) taken();
  }

  #feed(): void {
    if (this.#timer !== undefined) return;
    let room = this.#uart.listening || this.#uart.polled ? FIFO_BYTES - this.#uart.pending : 0;
    for (let next = this.#pending[0]; next !== undefined && room > 0; next = this.#pending[0]) {
      const part = next.bytes.subarray(0, room);
      for (const byte of part) this.#uart.receive(byte);
      room -= part.byteLength;
      next.bytes = next.bytes.subarray(part.byteLength);
      if (next.bytes.byteLength > 0) break;
      this.#pending.shift();
      next.taken();
    }
    if (this.#pending.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#feed();
    }, INTERVAL_MS);
  }
}
