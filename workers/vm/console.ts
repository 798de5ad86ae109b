import type { ConsoleOutput } from "./console-output.ts";
import { ConsoleWatch } from "./console-watch.ts";
import type { VirtioConsole } from "./devices/virtio-console.ts";
import type { SerialInput } from "./serial-input.ts";

/** Serial bytes are gathered so far before they are handed on: v86 reports them one by one. */
const SERIAL_GATHER_BYTES = 4096;

/**
 * The instance's console: the serial port until the guest speaks on its virtio-console, that one from then on. Linux
 * prints to both, so only one is shown; a guest without the driver, or without `console=hvc0`, stays on the serial
 * port. After a reset it is the serial port again.
 */
export class Console {
  /** What the console shows, watched for prompts and panics. */
  readonly watch = new ConsoleWatch();
  readonly #output: ConsoleOutput;
  readonly #serialInput: SerialInput;
  #virtio: VirtioConsole | undefined;
  #onVirtio = false;
  readonly #serial = new Uint8Array(SERIAL_GATHER_BYTES);
  #serialBytes = 0;
  /** Input in the order in which it came: the next waits until the guest has taken the one before. */
  #inputTail: Promise<void> = Promise.resolve();
  /** Input that came before it was known where the guest listens. */
  #undecided: (() => void)[] = [];

  constructor(output: ConsoleOutput, serialInput: SerialInput) {
    this.#output = output;
    this.#serialInput = serialInput;
  }

  attach(virtio: VirtioConsole): void {
    this.#virtio = virtio;
  }

  /** The guest restarts: its virtio driver is gone. */
  virtioReset(): void {
    this.#onVirtio = false;
  }

  /** The guest wrote to its serial port. */
  serialByte(byte: number): void {
    if (this.#onVirtio) return;
    this.#serial[this.#serialBytes++] = byte;
    if (this.#serialBytes === SERIAL_GATHER_BYTES) this.flushSerial();
  }

  /** Called when the guest has run for a while. */
  afterSlice(): void {
    this.flushSerial();
    this.#virtio?.settle();
    this.#decide();
  }

  /** Hands on what the serial port has gathered. */
  flushSerial(): void {
    if (this.#serialBytes === 0) return;
    const bytes = this.#serial.slice(0, this.#serialBytes);
    this.#serialBytes = 0;
    this.#show(bytes);
  }

  /** The guest wrote to its virtio-console; gives whether there is room for more. */
  virtioOutput(bytes: Uint8Array): boolean {
    if (!this.#onVirtio) {
      this.flushSerial();
      this.#onVirtio = true;
    }
    return this.#show(bytes);
  }

  /** There is room again. */
  resumed(): void {
    this.#virtio?.transmit();
  }

  /** Types into the console; resolves when the guest has taken it all. */
  write(bytes: Uint8Array): Promise<void> {
    const turn = this.#inputTail.then(async () => {
      if (!this.#isDecided) await new Promise<void>((resolve) => this.#undecided.push(resolve));
      if (this.#onVirtio && this.#virtio !== undefined) await this.#virtio.write(bytes);
      else await this.#serialInput.write(bytes);
    });
    this.#inputTail = turn;
    return turn;
  }

  resize(columns: number, rows: number): void {
    this.#virtio?.resize(columns, rows);
  }

  saveState(): unknown {
    return { onVirtio: this.#onVirtio, serialInput: this.#serialInput.saveState() };
  }

  restoreState(saved: unknown): void {
    const { onVirtio, serialInput } = saved as { onVirtio: boolean; serialInput: unknown };
    this.#onVirtio = onVirtio;
    this.#serialInput.restoreState(serialInput);
  }

  /** Lets go of who waits: the machine is gone. */
  dispose(): void {
    for (const resolve of this.#undecided.splice(0)) resolve();
    this.#serialInput.dispose();
  }

  #show(bytes: Uint8Array): boolean {
    this.watch.push(bytes);
    return this.#output.push(bytes);
  }

  /** While nobody has spoken on the one nor listens on the other, input has nowhere to go. */
  get #isDecided(): boolean {
    return this.#onVirtio || this.#serialInput.listening;
  }

  #decide(): void {
    if (this.#undecided.length === 0 || !this.#isDecided) return;
    for (const resolve of this.#undecided.splice(0)) resolve();
  }
}
