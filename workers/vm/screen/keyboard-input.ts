import { PacedInput } from "../paced-input.ts";
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

type Keys = readonly (readonly number[])[];

/** Types on a keyboard. */
export class KeyboardInput {
  readonly #input: PacedInput<Keys>;
  readonly #decoder = new TextDecoder();

  constructor(keyboard: KeyReceiver) {
    this.#input = new PacedInput(INTERVAL_MS, ([key = [], ...others]) => {
      if (!keyboard.listening || keyboard.pending > 0) return [key, ...others];
      for (const code of key) keyboard.receive(code);
      return others.length === 0 ? undefined : others;
    });
  }

  /** Resolves when the guest has taken all keys. */
  write(bytes: Uint8Array): Promise<void> {
    const keys = keyCodes(this.#decoder.decode(bytes, { stream: true }));
    return keys.length === 0 ? Promise.resolve() : this.#input.write(keys);
  }

  saveState(): unknown {
    return this.#input.saveState();
  }

  restoreState(saved: unknown): void {
    this.#input.restoreState(saved as Keys[]);
  }

  dispose(): void {
    this.#input.dispose();
  }
}
