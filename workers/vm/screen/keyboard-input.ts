import { keyCodes } from "./key-codes.ts";

/** The part of a keyboard controller that typing needs. */
export interface KeyReceiver {
  /** Codes that the guest has not read. */
  readonly pending: number;
  /** The guest takes keys. */
  readonly listening: boolean;
  receive(code: number): void;
}

/** A key so often: 100 a second. A BIOS keeps 15 keys and drops what comes faster than they are read. */
const INTERVAL_MS = 10;

/** Types on a keyboard. */
export class KeyboardInput {
  readonly #keyboard: KeyReceiver;
  readonly #decoder = new TextDecoder();
  #pending: { keys: (readonly number[])[]; taken: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(keyboard: KeyReceiver) {
    this.#keyboard = keyboard;
  }

  /** Resolves when the guest has taken all keys. */
  write(bytes: Uint8Array): Promise<void> {
    const keys = keyCodes(this.#decoder.decode(bytes, { stream: true }));
    if (keys.length === 0) return Promise.resolve();
    return new Promise((taken) => {
      this.#pending.push({ keys, taken });
      this.#feed();
    });
  }

  saveState(): unknown {
    return this.#pending.map(({ keys }) => keys);
  }

  restoreState(saved: unknown): void {
    const input = (saved as (readonly number[])[][]).map((keys) => ({ keys, taken: () => {} }));
    this.#pending = [...input, ...this.#pending];
    this.#feed();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { taken } of this.#pending.splice(0)) taken();
  }

  #feed(): void {
    const [next] = this.#pending;
    if (this.#timer !== undefined || next === undefined) return;
    if (this.#keyboard.listening && this.#keyboard.pending === 0) {
      const key = next.keys.shift();
      for (const code of key ?? []) this.#keyboard.receive(code);
      if (next.keys.length === 0) {
        this.#pending.shift();
        next.taken();
      }
    }
    if (this.#pending.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#feed();
    }, INTERVAL_MS);
  }
}
