import type { InstanceConsole } from "../../api/types.ts";
import type { Disposable } from "../../base/disposable.ts";
import { toDisposable } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";

const HISTORY_CHARACTERS = 65_536;
const PROMPT = "\x1b[1;32muser@ip-10-0-0-5\x1b[0m:\x1b[1;34m~\x1b[0m$ ";

/** A console with just enough of a shell behind it to look at: echoes, answers a few words. */
export class FakeConsole implements InstanceConsole {
  readonly sizes: [number, number][] = [];
  readonly #isRunning: () => boolean;
  #listeners = new Set<(text: string) => void | Promise<void>>();
  #history = "";
  #line = "";
  #flooding = false;

  constructor(isRunning: () => boolean) {
    this.#isRunning = isRunning;
  }

  onData(listener: (text: string) => void | Promise<void>): Disposable {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  }

  history(): string {
    return this.#history;
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.#requireRunning();
    this.sizes.push([columns, rows]);
  }

  async write(data: string | Uint8Array): Promise<void> {
    this.#requireRunning();
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    for (const character of text) await this.#type(character);
  }

  /** Prints `text`, as the guest would; resolves when every listener has taken it. */
  async print(text: string): Promise<void> {
    this.#history = (this.#history + text).slice(-HISTORY_CHARACTERS);
    await Promise.all([...this.#listeners].map((listener) => listener(text)));
  }

  async printPrompt(): Promise<void> {
    await this.print(PROMPT);
  }

  async #type(character: string): Promise<void> {
    if (character === "\x03") {
      this.#flooding = false;
      this.#line = "";
      await this.print(`^C\r\n${PROMPT}`);
    } else if (character === "\r") {
      const line = this.#line.trim();
      this.#line = "";
      await this.print("\r\n");
      if (line === "yes") void this.#flood();
      else await this.print(answer(line) + PROMPT);
    } else if (character === "\x7f") {
      if (this.#line !== "") await this.print("\b \b");
      this.#line = this.#line.slice(0, -1);
    } else {
      this.#line += character;
      await this.print(character);
    }
  }

  async #flood(): Promise<void> {
    this.#flooding = true;
    const chunk = "y\r\n".repeat(10_000);
    while (this.#flooding && this.#isRunning()) await this.print(chunk);
  }

  #requireRunning(): void {
    if (!this.#isRunning()) throw new CloudError("IncorrectInstanceState", "The instance is not running.");
  }
}

function answer(line: string): string {
  if (line === "") return "";
  if (line.startsWith("echo ")) return `${line.slice(5)}\r\n`;
  if (line === "uname -a") return "Linux ip-10-0-0-5 6.1.0 i686 GNU/Linux\r\n";
  if (line === "colors") {
    return `${Array.from({ length: 16 }, (_, n) => `\x1b[${n < 8 ? 30 + n : 82 + n}mcolour ${n}\x1b[0m`).join(" ")}\r\n`;
  }
  return `-sh: ${line.split(" ")[0]}: not found\r\n`;
}
