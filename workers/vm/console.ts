import type { ConsoleOutput } from "./console-output.ts";
import { ConsoleWatch } from "./console-watch.ts";
import type { VirtioConsole } from "./devices/virtio-console.ts";
import type { SerialInput } from "./serial-input.ts";

/** Serial bytes are gathered so long before they are handed on: v86 reports them one by one. */
const SERIAL_GATHER_BYTES = 4096;

/**
 * The instance's console: the guest's virtio-console from the moment its driver is up, the serial port until then.
 * Linux prints to both, so only one is shown. After a reset it is the serial port again, until the driver is back.
 */
export class Console {
  /** What the console shows, watched for prompts and panics. */
  readonly watch = new ConsoleWatch();
  readonly #output: ConsoleOutput;
  readonly #serialInput: SerialInput;
  #virtio: VirtioConsole | undefined;
  #virtioUp = false;
  #serial = new Uint8Array(SERIAL_GATHER_BYTES);
  #serialBytes = 0;
  /** Input in the order in which it came: the next waits until the guest has taken the one before. */
  #inputTail: Promise<void> = Promise.resolve();

  constructor(output: ConsoleOutput, serialInput: SerialInput) {
    this.#output = output;
    this.#serialInput = serialInput;
  }

  attach(virtio: VirtioConsole): void {
    this.#virtio = virtio;
  }

  /** The virtio driver came up, or went with a reset. */
  setVirtioUp(up: boolean): void {
    if (up) this.flushSerial();
    this.#virtioUp = up;
  }

  /** The guest wrote to its serial port. */
  serialByte(byte: number): void {
    if (this.#virtioUp) return;
    this.#serial[this.#serialBytes++] = byte;
    if (this.#serialBytes === SERIAL_GATHER_BYTES) this.flushSerial();
  }

  /** Hands on what the serial port has gathered; called after each slice of guest time. */
  flushSerial(): void {
    if (this.#serialBytes === 0) return;
    const bytes = this.#serial.slice(0, this.#serialBytes);
    this.#serialBytes = 0;
    this.virtioOutput(bytes);
  }

  /** The guest wrote to its virtio-console; gives whether there is room for more. */
  virtioOutput(bytes: Uint8Array): boolean {
    this.watch.push(bytes);
    return this.#output.push(bytes);
  }

  /** There is room again. */
  resumed(): void {
    this.#virtio?.transmit();
  }

  /** Types into the console; resolves when the guest has taken it all. */
  write(bytes: Uint8Array): Promise<void> {
    const turn = this.#inputTail.then(() => {
      if (this.#virtioUp && this.#virtio !== undefined) return this.#virtio.write(bytes);
      return this.#serialInput.write(bytes);
    });
    this.#inputTail = turn;
    return turn;
  }

  resize(columns: number, rows: number): void {
    this.#virtio?.resize(columns, rows);
  }
}
