/** A power of two. Enough for a screen of text; older output is of no use here. */
const TAIL_BYTES = 8 * 1024;
const SPACE = 0x20;
/** As the shells and `getty`/`login` of our images end their prompts. */
const PROMPT_BYTES = 16;
const PROMPT = /(?:[$#] |login: )$/;
const PANIC = /Kernel panic - not syncing[^\r\n]*/g;
const RESTARTING = "reboot: Restarting system";
const POWER_DOWN = "reboot: Power down";

/** Reads along with the console, for signs of what the guest is at. */
export class ConsoleWatch {
  /** The console has come to end in a prompt. */
  onPrompt: () => void = () => {};
  readonly #decoder = new TextDecoder("latin1");
  /** A ring: the guest's output comes in pieces of a few bytes, so taking one must cost next to nothing. */
  readonly #ring = new Uint8Array(TAIL_BYTES);
  #total = 0;

  push(bytes: Uint8Array): void {
    const from = Math.max(0, bytes.byteLength - TAIL_BYTES);
    for (let index = from; index < bytes.byteLength; index++) {
      this.#ring[(this.#total + index) & (TAIL_BYTES - 1)] = bytes[index] as number;
    }
    this.#total += bytes.byteLength;
    if (bytes.at(-1) === SPACE && PROMPT.test(this.#tail(PROMPT_BYTES))) this.onPrompt();
  }

  /** The first line of a kernel panic, unless the guest has restarted in order since. */
  get panic(): string | undefined {
    const text = this.#tail(TAIL_BYTES);
    const last = [...text.matchAll(PANIC)].at(-1);
    if (last === undefined || text.indexOf(RESTARTING, last.index) >= 0) return undefined;
    return last[0];
  }

  /** The kernel's last words were those of a power-off: a machine without power management halts then. */
  get poweredDown(): boolean {
    const text = this.#tail(TAIL_BYTES);
    return text.lastIndexOf(POWER_DOWN) > text.lastIndexOf(RESTARTING);
  }

  /** The machine restarts: what was before is no sign of what comes. */
  clear(): void {
    this.#total = 0;
  }

  /** The last bytes of the console, at most `length`. */
  #tail(length: number): string {
    const start = this.#total - Math.min(length, this.#total);
    const bytes = Uint8Array.from(
      { length: this.#total - start },
      (_, index) => this.#ring[(start + index) & (TAIL_BYTES - 1)] as number,
    );
    return this.#decoder.decode(bytes);
  }
}
