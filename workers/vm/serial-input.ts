import { PacedInput } from "./paced-input.ts";

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
  readonly #input: PacedInput<Uint8Array>;

  constructor(uart: UartReceiver) {
    this.#uart = uart;
    this.#input = new PacedInput(INTERVAL_MS, (bytes) => {
      const room = uart.listening || uart.polled ? Math.max(0, FIFO_BYTES - uart.pending) : 0;
      for (const byte of bytes.subarray(0, room)) uart.receive(byte);
      return bytes.byteLength > room ? bytes.subarray(room) : undefined;
    });
  }

  /** The guest's driver takes input. */
  get listening(): boolean {
    return this.#uart.listening;
  }

  /** Resolves when the guest has read all but what fits into the FIFO. */
  write(bytes: Uint8Array): Promise<void> {
    return bytes.byteLength === 0 ? Promise.resolve() : this.#input.write(bytes.slice());
  }

  saveState(): unknown {
    return this.#input.saveState();
  }

  restoreState(saved: unknown): void {
    this.#input.restoreState(saved as Uint8Array[]);
  }

  dispose(): void {
    this.#input.dispose();
  }
}
