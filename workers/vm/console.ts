import type { ConsoleOutput } from "./console-output.ts";
import { ConsoleWatch } from "./console-watch.ts";
import type { VirtioConsole } from "./devices/virtio-console.ts";
import { ScreenConsole, type ScreenConsoleParts } from "./screen/screen-console.ts";
import type { SerialInput } from "./serial-input.ts";

/** Serial bytes are gathered so far before they are handed on: v86 reports them one by one. */
const SERIAL_GATHER_BYTES = 4096;

/** A serial port that has been silent for so long, and that nobody reads from, may give way to the screen again. */
const SERIAL_SILENT_MS = 1000;
const LEAVE_SCREEN = new TextEncoder().encode("\x1b[r\x1b[0m\x1b[?25h\x1b[999;1H\r\n");

/** What the console shows, and types into. */
type Source = "screen" | "serial" | "virtio";

/**
 * The instance's console: the serial port until the guest speaks on its virtio-console, that one from then on. Linux
 * prints to both, so only one is shown; a guest without the driver, or without `console=hvc0`, stays on the serial
 * port. A machine that boots by a BIOS has a screen and a keyboard: they come before the serial port, until the guest
 * writes to that. After a reset it begins anew.
 */
export class Console {
  /** What the console shows, watched for prompts and panics. */
  readonly watch = new ConsoleWatch();
  readonly #output: ConsoleOutput;
  readonly #serialInput: SerialInput;
  readonly #screen: ScreenConsole | undefined;
  #virtio: VirtioConsole | undefined;
  #source: Source;
  #serialAt = Number.NEGATIVE_INFINITY;
  readonly #serial = new Uint8Array(SERIAL_GATHER_BYTES);
  #serialBytes = 0;
  /** Input in the order in which it came: the next waits until the guest has taken the one before. */
  #inputTail: Promise<void> = Promise.resolve();
  /** Input that came before it was known where the guest listens. */
  #undecided: (() => void)[] = [];

  /** `screen`: that of a machine that has one. */
  constructor(
    output: ConsoleOutput,
    serialInput: SerialInput,
    screen?: Pick<ScreenConsoleParts, "readScreen" | "keyboard">,
  ) {
    this.#output = output;
    this.#serialInput = serialInput;
    const onOutput = (text: string, lines: readonly string[]) => this.#screenOutput(text, lines);
    this.#screen = screen && new ScreenConsole({ ...screen, onOutput, onTime: () => this.#lookAtScreen() });
    this.#source = this.#first;
  }

  attach(virtio: VirtioConsole): void {
    this.#virtio = virtio;
  }

  /** The guest's virtio driver is gone. */
  virtioReset(): void {
    if (this.#source === "virtio") this.restarted();
  }

  /** The guest restarts. */
  restarted(): void {
    this.flushSerial();
    this.#source = this.#first;
    this.#screen?.forget();
  }

  /** The guest wrote to its serial port. */
  serialByte(byte: number): void {
    if (this.#source === "virtio") return;
    this.#serial[this.#serialBytes++] = byte;
    if (this.#serialBytes === SERIAL_GATHER_BYTES) this.flushSerial();
  }

  /** Called when the guest has run for a while. */
  afterSlice(): void {
    this.flushSerial();
    this.#virtio?.settle();
    if (this.#source !== "virtio") this.#screen?.ran();
    this.#decide();
  }

  /** Hands on what the serial port has gathered. */
  flushSerial(): void {
    if (this.#serialBytes === 0) return;
    const bytes = this.#serial.slice(0, this.#serialBytes);
    this.#serialBytes = 0;
    this.#serialAt = performance.now();
    this.#screen?.forget();
    if (this.#source === "screen") {
      this.#source = "serial";
      this.#output.push(LEAVE_SCREEN);
    }
    this.#show(bytes);
  }

  /** The guest wrote to its virtio-console; gives whether there is room for more. */
  virtioOutput(bytes: Uint8Array): boolean {
    if (this.#source !== "virtio") {
      this.flushSerial();
      if (this.#source === "screen") this.#output.push(LEAVE_SCREEN);
      this.#source = "virtio";
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
      if (this.#source === "virtio" && this.#virtio !== undefined) await this.#virtio.write(bytes);
      else if (this.#source === "screen" && this.#screen !== undefined) await this.#screen.keyboard.write(bytes);
      else await this.#serialInput.write(bytes);
    });
    this.#inputTail = turn;
    return turn;
  }

  resize(columns: number, rows: number): void {
    this.#virtio?.resize(columns, rows);
    this.#screen?.resize(columns, rows);
  }

  saveState(): unknown {
    const keyboard = this.#screen?.keyboard.saveState();
    return { source: this.#source, serialInput: this.#serialInput.saveState(), keyboard };
  }

  restoreState(saved: unknown): void {
    const { source, serialInput, keyboard } = saved as { source: Source; serialInput: unknown; keyboard: unknown };
    this.#source = source;
    this.#serialInput.restoreState(serialInput);
    this.#screen?.keyboard.restoreState(keyboard);
  }

  /** Lets go of who waits: the machine is gone. */
  dispose(): void {
    for (const resolve of this.#undecided.splice(0)) resolve();
    this.#serialInput.dispose();
    this.#screen?.dispose();
  }

  get #first(): Source {
    return this.#screen === undefined ? "serial" : "screen";
  }

  /** A guest that prints to both means the serial port. One that goes on on the screen alone is to be seen there. */
  #lookAtScreen(): void {
    const isSilent = !this.#serialInput.listening && performance.now() - this.#serialAt >= SERIAL_SILENT_MS;
    if (this.#source === "serial" && isSilent && this.#screen?.differs()) this.#source = "screen";
    if (this.#source === "screen") this.#screen?.paint();
  }

  #screenOutput(text: string, lines: readonly string[]): void {
    const encoder = new TextEncoder();
    this.watch.push(encoder.encode(lines.join("\r\n")));
    this.#output.push(encoder.encode(text));
  }

  #show(bytes: Uint8Array): boolean {
    this.watch.push(bytes);
    return this.#output.push(bytes);
  }

  /** While nobody has spoken on the one nor listens on the other, input has nowhere to go. */
  get #isDecided(): boolean {
    return this.#source === "virtio" || this.#screen !== undefined || this.#serialInput.listening;
  }

  #decide(): void {
    if (this.#undecided.length === 0 || !this.#isDecided) return;
    for (const resolve of this.#undecided.splice(0)) resolve();
  }
}
