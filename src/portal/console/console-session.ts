import type { Instance } from "../../api/types.ts";
import { DisposableStore } from "../../base/disposable.ts";
import { InputQueue } from "./input-queue.ts";
import type { ConsoleTerminal } from "./terminal.ts";
import type { TerminalSession } from "./use-terminal.ts";

/** While a window is dragged its size changes every frame; the guest hears where it came to rest. */
export const RESIZE_SETTLE_MS = 80;

const CTRL_C = 0x03;

/** Between a machine's last words and the next one's first: in italics (dim has too little contrast), on a line of its own. */
const STARTS_AGAIN = "\r\n\x1b[3m── starts again ──\x1b[0m\r\n";

/** What a session needs of a terminal. */
export type SessionTerminal = Pick<ConsoleTerminal, "size" | "write" | "replay" | "softReset" | "fit" | "setReadOnly">;

/** Connects a terminal with an instance's console, over any number of stops, starts and reboots. */
export class ConsoleSession implements TerminalSession {
  readonly #instance: Instance;
  readonly #terminal: SessionTerminal;
  readonly #onError: (header: string, thrown: unknown) => void;
  readonly #owned = new DisposableStore();
  readonly #input: InputQueue;
  #wasRunning: boolean;
  #wasReady: boolean;
  #wasPending: boolean;
  #wasOff = false;
  #resizeTimer: ReturnType<typeof setTimeout> | undefined;

  /** `onOutput` is called with the first output after the session began, and after each start of the machine. */
  constructor(
    instance: Instance,
    terminal: SessionTerminal,
    handlers: { onOutput: () => void; onError: (header: string, thrown: unknown) => void },
  ) {
    this.#instance = instance;
    this.#terminal = terminal;
    this.#onError = handlers.onError;
    this.#wasRunning = this.#isRunning;
    this.#wasPending = instance.state === "pending";
    this.#wasReady = instance.boot?.ready ?? false;
    this.#input = new InputQueue(
      (bytes) => instance.console.write(bytes),
      (thrown) => {
        // A machine that has gone takes what was typed into it along: that needs no message.
        if (this.#isRunning) this.#onError("Could not type into the console", thrown);
      },
    );
    // In one breath with the subscription: no output is shown twice or not at all.
    const replayed = terminal.replay(instance.console.history());
    this.#owned.add(
      instance.console.onData(async (text) => {
        handlers.onOutput();
        await replayed;
        if (!this.#owned.isDisposed) await terminal.write(text);
      }),
    );
    this.#owned.add(instance.onChange(() => this.#follow()));
    this.#owned.defer(() => clearTimeout(this.#resizeTimer));
    terminal.setReadOnly(!this.#isRunning);
    this.#tellSize();
  }

  /** What has been typed still goes to the guest: leaving the page does not take it back. */
  dispose(): void {
    this.#owned.dispose();
  }

  /** Sends what the terminal gives. */
  send(bytes: Uint8Array): void {
    if (!this.#isRunning || this.#owned.isDisposed) return;
    if (bytes.length === 1 && bytes[0] === CTRL_C) this.#input.clear();
    this.#input.push(bytes);
  }

  /** The element's size has changed: fits the terminal to it, and tells the guest. */
  resized(): void {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = setTimeout(() => {
      if (this.#terminal.fit()) this.#tellSize();
    }, RESIZE_SETTLE_MS);
  }

  get #isRunning(): boolean {
    return this.#instance.state === "running";
  }

  /** The machine's state has changed. */
  #follow(): void {
    const isRunning = this.#isRunning;
    const isReady = this.#instance.boot?.ready ?? false;
    if (isRunning !== this.#wasRunning) {
      this.#terminal.setReadOnly(!isRunning);
      this.#input.clear();
    }
    const isPending = this.#instance.state === "pending";
    const restarted = isRunning && this.#wasReady && !isReady;
    if ((isPending && !this.#wasPending) || restarted) void this.#terminal.write(STARTS_AGAIN);
    this.#wasPending = isPending;
    const isOff = this.#instance.state === "stopped" || this.#instance.state === "terminated";
    if (isOff && !this.#wasOff) void this.#terminal.softReset();
    this.#wasOff = isOff;
    // A new machine knows no size; a guest that has just booted may have reset it.
    if ((isRunning && !this.#wasRunning) || (isReady && !this.#wasReady)) this.#tellSize();
    this.#wasRunning = isRunning;
    this.#wasReady = isReady;
  }

  #tellSize(): void {
    if (!this.#isRunning) return;
    const { columns, rows } = this.#terminal.size;
    this.#instance.console.resize(columns, rows).catch((thrown) => {
      if (this.#isRunning) this.#onError("Could not tell the guest the console's size", thrown);
    });
  }
}
