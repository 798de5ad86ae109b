import { describe, expect, it } from "vitest";
import type { TextScreen } from "../v86/vga-text.ts";
import { ScreenPainter } from "./screen-painter.ts";

const COLUMNS = 20;
const ROWS = 6;
const PLAIN = 0x07;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with one
const SEQUENCES = /\x1b\[([?\d;]*)([A-Za-z])|([^\x1b])/gs;

interface Look {
  readonly attribute?: number;
  readonly cursor?: TextScreen["cursor"];
  readonly blinks?: boolean;
}

function screenOf(lines: readonly string[], { attribute = PLAIN, cursor, blinks = true }: Look = {}): TextScreen {
  const cells = new Uint16Array(COLUMNS * ROWS).fill((PLAIN << 8) | 0x20);
  lines.forEach((line, row) => {
    [...line].forEach((character, column) => {
      cells[row * COLUMNS + column] = (attribute << 8) | character.charCodeAt(0);
    });
  });
  return { columns: COLUMNS, rows: ROWS, cells, cursor, blinks };
}

/** What a terminal shows after all that; knows the sequences that are used, and no others. */
class Terminal {
  rows = Array.from({ length: ROWS + 4 }, () => "".padEnd(COLUMNS));
  readonly history: string[] = [];
  #row = 0;
  #column = 0;

  write(text: string): void {
    for (const [whole, parameters = "", final = "", character] of text.matchAll(SEQUENCES)) {
      const [row = 1, column = 1] = parameters.split(";").map(Number);
      if (final === "H") [this.#row, this.#column] = [row - 1, column - 1];
      else if (final === "J") this.rows.fill("".padEnd(COLUMNS));
      else if (character === "\n") this.#newLine();
      else if (character !== undefined) this.#put(character);
      else if (!"mrhl".includes(final)) throw new Error(`unknown ${JSON.stringify(whole)}`);
    }
  }

  get picture(): string[] {
    return this.rows.slice(0, ROWS).map((row) => row.trimEnd());
  }

  #newLine(): void {
    if (this.#row !== ROWS - 1) throw new Error("a line feed above the region's bottom");
    this.history.push(this.rows[0]?.trimEnd() ?? "");
    this.rows.splice(0, 1);
    this.rows.splice(ROWS - 1, 0, "".padEnd(COLUMNS));
  }

  #put(character: string): void {
    const line = this.rows[this.#row] ?? "";
    this.rows[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }
}

describe("M14 a screen as a terminal sees it", () => {
  it("is painted whole at first, then what has changed, then nothing", () => {
    const painter = new ScreenPainter();
    const first = painter.paint(screenOf(["GRUB", "menu"]));
    expect(first?.lines).toEqual(["GRUB", "menu"]);
    expect(first?.output).toContain("\x1b[2J");
    const second = painter.paint(screenOf(["GRUB", "MeNu"]));
    expect(second?.output).toContain("\x1b[2;1HMeN\x1b[0m");
    expect(painter.paint(screenOf(["GRUB", "MeNu"]))).toBeUndefined();
  });

  it("is a terminal's own picture after any number of changes", () => {
    const painter = new ScreenPainter();
    const terminal = new Terminal();
    const all = Array.from({ length: 60 }, (_, index) => `line ${index} ${"#".repeat(1 + (index % 9))}`);
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    for (let at = 0; at < all.length - ROWS; at += random(4)) {
      const lines = all.slice(at, at + ROWS - random(2));
      if (random(5) === 0) lines[random(lines.length)] = "another";
      terminal.write(painter.paint(screenOf(lines))?.output ?? "");
      expect(terminal.picture).toEqual(Array.from({ length: ROWS }, (_, row) => lines[row] ?? ""));
    }
  });

  it("has lines that scroll off in the terminal's history", () => {
    const painter = new ScreenPainter();
    const terminal = new Terminal();
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    for (let at = 0; at + ROWS <= lines.length; at += 2) {
      terminal.write(painter.paint(screenOf(lines.slice(at, at + ROWS)))?.output ?? "");
    }
    expect(terminal.history).toEqual(lines.slice(0, 6));
    expect(terminal.picture).toEqual(lines.slice(6));
  });

  it("has VGA's colours and characters", () => {
    const painter = new ScreenPainter();
    expect(painter.paint(screenOf(["x"], { attribute: 0x1e }))?.output).toContain("\x1b[0;93;44mx");
    expect(painter.paint(screenOf(["y"], { attribute: 0x84 }))?.output).toContain("\x1b[0;31;5my");
    expect(painter.paint(screenOf(["z"], { attribute: 0x84, blinks: false }))?.output).toContain("\x1b[0;31;100mz");
    expect(painter.paint(screenOf(["\xc9\xcd\xbb"], { blinks: false }))?.output).toContain("╔═╗");
  });

  it("shows the cursor where it is, and tells the text before it", () => {
    const painter = new ScreenPainter();
    const painted = painter.paint(screenOf(["debian login: "], { cursor: { row: 0, column: 14 } }));
    expect(painted?.output.endsWith("\x1b[1;15H\x1b[?25h")).toBe(true);
    expect(painted?.lines.at(-1)).toBe("debian login: ");
    expect(painter.paint(screenOf(["debian login: "]))?.output).toContain("\x1b[?25l");
  });

  it("is painted whole again before a newcomer could miss its beginning", () => {
    const painter = new ScreenPainter();
    let sent = 0;
    for (let round = 0; round < 5000; round++) {
      const { output = "" } = painter.paint(screenOf([`round ${round}`, "#".repeat(round % 15)])) ?? {};
      sent = output.includes("\x1b[2J") ? output.length : sent + output.length;
      expect(sent).toBeLessThan(64 * 1024);
    }
  });
});
