/** Enough for a screen of text; older output is of no use here. */
const TAIL_BYTES = 8 * 1024;
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
  #tail = "";

  push(bytes: Uint8Array): void {
    this.#tail = (this.#tail + this.#decoder.decode(bytes)).slice(-TAIL_BYTES);
    if (PROMPT.test(this.#tail.slice(-PROMPT_BYTES))) this.onPrompt();
  }

  /** The first line of a kernel panic, unless the guest has restarted in order since. */
  get panic(): string | undefined {
    const panics = [...this.#tail.matchAll(PANIC)];
    const last = panics.at(-1);
    if (last === undefined || this.#tail.indexOf(RESTARTING, last.index) >= 0) return undefined;
    return last[0];
  }

  /** The kernel's last words were those of a power-off: a machine without power management halts then. */
  get poweredDown(): boolean {
    return this.#tail.lastIndexOf(POWER_DOWN) > this.#tail.lastIndexOf(RESTARTING);
  }

  /** The machine restarts: what was before is no sign of what comes. */
  clear(): void {
    this.#tail = "";
  }
}
