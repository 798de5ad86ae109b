import type { TextScreen } from "../v86/vga-text.ts";
import { CODE_PAGE_437 } from "./code-page-437.ts";

/**
 * What a terminal has been sent since the last whole picture. Whoever joins later gets the console's last 64 KiB: there
 * must always be a whole picture among them.
 */
const WHOLE_AFTER_CHARACTERS = 16 * 1024;

/** VGA counts its colours blue, green, red; ECMA-48 (SGR 30–37) red, green, blue. */
const COLOURS = [0, 4, 2, 6, 1, 5, 3, 7];
const BRIGHT = 8;
/** Light grey on black: the terminal's own colours. */
const PLAIN = 0x07;
const BLANK = PLAIN << 8;
const SPACE = 0x20;

const ESC = "\x1b[";
const WIPE = `${ESC}r${ESC}0m${ESC}2J`;
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;

/** What a screen has come to show. */
export interface Painted {
  /** For the terminal: ECMA-48 control sequences, only of what has changed. */
  readonly output: string;
  /** The lines that have changed, as text, and the cursor's up to the cursor as the last. */
  readonly lines: readonly string[];
}

/** Keeps a terminal's picture that of a VGA screen in text mode. */
export class ScreenPainter {
  #shown: TextScreen | undefined;
  #attribute = PLAIN;
  #sentSinceWhole = 0;

  /** The next picture is painted whole: the terminal has something else on it. */
  forget(): void {
    this.#shown = undefined;
  }

  /** Brings the terminal from what it shows to `screen`; undefined when it shows just that. */
  paint(screen: TextScreen): Painted | undefined {
    const before = this.#before(screen);
    const whole = before === undefined;
    const scrolled = whole ? 0 : scrolledBy(before, screen);
    const base = whole || scrolled > 0 ? scrolledCells(before, screen, scrolled) : before.cells;
    const parts: string[] = [];
    const lines: string[] = [];
    this.#attribute = PLAIN;
    for (let row = 0; row < screen.rows; row++) {
      const run = changedRun(base, screen, row);
      if (run === undefined) continue;
      parts.push(this.#cells(screen, row, run));
      lines.push(rowText(screen, row));
    }
    const cursorMoved = whole || !sameCursor(before, screen);
    if (parts.length === 0 && scrolled === 0 && !cursorMoved) return undefined;
    this.#shown = screen;
    const head = whole ? WIPE : scrolled > 0 ? scrollUp(screen.rows, scrolled) : "";
    const output = `${HIDE_CURSOR}${head}${parts.join("")}${ESC}0m${cursorAt(screen)}`;
    this.#sentSinceWhole = whole ? output.length : this.#sentSinceWhole + output.length;
    if (screen.cursor !== undefined)
      lines.push(rowText(screen, screen.cursor.row).padEnd(screen.columns).slice(0, screen.cursor.column));
    return { output, lines };
  }

  /** What the terminal shows, when that can be built upon. */
  #before(screen: TextScreen): TextScreen | undefined {
    const shown = this.#shown;
    const fits = shown?.columns === screen.columns && shown.rows === screen.rows && shown.blinks === screen.blinks;
    return fits && this.#sentSinceWhole < WHOLE_AFTER_CHARACTERS ? shown : undefined;
  }

  #cells(screen: TextScreen, row: number, { from, to }: Run): string {
    let text = `${ESC}${row + 1};${from + 1}H`;
    for (let column = from; column < to; column++) {
      const cell = screen.cells[row * screen.columns + column] as number;
      const attribute = cell >> 8;
      if (attribute !== this.#attribute) {
        text += colours(attribute, screen.blinks);
        this.#attribute = attribute;
      }
      text += CODE_PAGE_437[cell & 0xff];
    }
    return text;
  }
}

interface Run {
  readonly from: number;
  readonly to: number;
}

/** From the first to the last cell of a row that differ. */
function changedRun(base: Uint16Array, { cells, columns }: TextScreen, row: number): Run | undefined {
  const start = row * columns;
  let from = 0;
  while (from < columns && base[start + from] === cells[start + from]) from++;
  if (from === columns) return undefined;
  let to = columns;
  while (base[start + to - 1] === cells[start + to - 1]) to--;
  return { from, to };
}

/** How many rows the picture has gone up, at least two of which are still there; 0: it has not scrolled. */
function scrolledBy(before: TextScreen, { cells, columns, rows }: TextScreen): number {
  if (isSame(before.cells, 0, cells, 0, columns * rows)) return 0;
  for (let by = 1; by <= rows - 2; by++) {
    const kept = (rows - by) * columns;
    if (isSame(before.cells, by * columns, cells, 0, kept - columns)) return isBlank(cells, 0, kept - columns) ? 0 : by;
  }
  return 0;
}

/** What the terminal has when it has been wiped or scrolled. */
function scrolledCells(before: TextScreen | undefined, { columns, rows }: TextScreen, by: number): Uint16Array {
  const cells = new Uint16Array(columns * rows).fill(BLANK | SPACE);
  if (before !== undefined) cells.set(before.cells.subarray(by * columns));
  return cells;
}

function isSame(a: Uint16Array, fromA: number, b: Uint16Array, fromB: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (a[fromA + index] !== b[fromB + index]) return false;
  return true;
}

function isBlank(cells: Uint16Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const code = (cells[index] as number) & 0xff;
    if (code !== 0 && code !== SPACE) return false;
  }
  return true;
}

/** Lines that go out at the top go into the terminal's history, as they would at its own bottom. */
const scrollUp = (rows: number, by: number) => `${ESC}0m${ESC}1;${rows}r${ESC}${rows};1H${"\n".repeat(by)}${ESC}r`;

const sameCursor = (a: TextScreen, b: TextScreen) =>
  a.cursor?.row === b.cursor?.row && a.cursor?.column === b.cursor?.column;

const cursorAt = ({ cursor }: TextScreen) =>
  cursor === undefined ? "" : `${ESC}${cursor.row + 1};${cursor.column + 1}H${SHOW_CURSOR}`;

function rowText({ cells, columns }: TextScreen, row: number): string {
  const codes = [...cells.subarray(row * columns, (row + 1) * columns)];
  return codes
    .map((cell) => CODE_PAGE_437[cell & 0xff])
    .join("")
    .trimEnd();
}

/** SGR of a VGA attribute: foreground in the low four bits, background above. */
function colours(attribute: number, blinks: boolean): string {
  if (attribute === PLAIN) return `${ESC}0m`;
  const foreground = attribute & 0x0f;
  const high = attribute >> 4;
  const background = blinks ? high & 7 : high;
  const parts = ["0"];
  if (foreground !== PLAIN) parts.push(String((foreground & BRIGHT ? 90 : 30) + (COLOURS[foreground & 7] as number)));
  if (background !== 0) parts.push(String((background & BRIGHT ? 100 : 40) + (COLOURS[background & 7] as number)));
  if (blinks && high & BRIGHT) parts.push("5");
  return `${ESC}${parts.join(";")}m`;
}
