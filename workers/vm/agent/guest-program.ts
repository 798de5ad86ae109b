import type { ExecResult } from "../../../src/protocol/vm-contract.ts";
import type { ByteSource } from "./input-pump.ts";
import type { ByteSink } from "./output-pump.ts";

/** What the machine itself reads of a program's output; the rest is dropped. */
const OUTPUT_BYTES = 64 << 10;

/** A short program that the machine runs in the guest for itself, as root. */
export interface GuestProgram {
  readonly command: string[];
  /** It is ended after so long; a guest that does not even do that is given up a little later. */
  readonly timeoutMs: number;
  /** How long to wait for an agent that is not there (yet). */
  readonly waitMs?: number;
  readonly stdin?: ByteSource;
  /** Hears all of stdout so far, whenever there is more. */
  readonly onStdout?: (text: string) => void;
}

export interface GuestProgramResult extends ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Keeps a program's output as text. */
export class TextSink implements ByteSink {
  readonly #onText: ((text: string) => void) | undefined;
  readonly #decoder = new TextDecoder();
  #bytes = 0;
  text = "";

  constructor(onText?: (text: string) => void) {
    this.#onText = onText;
  }

  get cancelled(): boolean {
    return this.#bytes >= OUTPUT_BYTES;
  }

  write(chunk: Uint8Array): Promise<void> {
    const part = chunk.subarray(0, OUTPUT_BYTES - this.#bytes);
    this.#bytes += part.byteLength;
    this.text += this.#decoder.decode(part, { stream: true });
    this.#onText?.(this.text);
    return Promise.resolve();
  }
}
