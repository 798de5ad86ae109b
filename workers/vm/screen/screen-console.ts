import type { TextScreen } from "../v86/vga-text.ts";
import { KeyboardInput, type KeyReceiver } from "./keyboard-input.ts";
import { ScreenPainter } from "./screen-painter.ts";

/** The screen is looked at this often while the guest runs: 20 times a second. */
const INTERVAL_MS = 50;

const GRAPHICS =
  "\x1b[r\x1b[0m\x1b[2J\x1b[H[The guest shows graphics, and this console shows text only. It goes on when the guest is back in text mode, or writes to its serial port.]\r\n";

export interface ScreenConsoleParts {
  /** What the screen shows; undefined while a mode is being set. */
  readScreen(): TextScreen | "graphics" | undefined;
  readonly keyboard: KeyReceiver;
  /** It is time to look at the screen: `paint` or `differs`. */
  onTime(): void;
  /** The screen has come to show something else. `lines` is the text of what has changed. */
  onOutput(output: string, lines: readonly string[]): void;
}

/** A screen and a keyboard as a terminal: for what boots by a BIOS and knows of no serial port. */
export class ScreenConsole {
  readonly keyboard: KeyboardInput;
  readonly #parts: ScreenConsoleParts;
  readonly #painter = new ScreenPainter();
  #saidGraphics = false;
  /** The terminal's; nobody has said how large it is before it is there. */
  #size = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
  /** What the screen was when `differs` was first asked. */
  #known: TextScreen | "graphics" | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ScreenConsoleParts) {
    this.#parts = parts;
    this.keyboard = new KeyboardInput(parts.keyboard);
  }

  /** The guest has run: calls `onTime` in a moment. */
  ran(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#parts.onTime();
    }, INTERVAL_MS);
  }

  /** Whether the screen is another one than when this was first asked since `forget`. */
  differs(): boolean {
    const now = this.#parts.readScreen();
    this.#known ??= now;
    if (now === undefined || now === "graphics" || this.#known === undefined || this.#known === "graphics")
      return false;
    const { cells } = this.#known;
    return cells.length !== now.cells.length || cells.some((cell, index) => cell !== now.cells[index]);
  }

  /** Brings the terminal to what the screen shows now. */
  paint(): void {
    const screen = this.#parts.readScreen();
    if (screen === undefined) return;
    if (screen === "graphics") {
      if (this.#saidGraphics) return;
      this.#saidGraphics = true;
      this.#painter.forget();
      this.#parts.onOutput(GRAPHICS, []);
      return;
    }
    this.#saidGraphics = false;
    const painted = this.#painter.paint(cropped(screen, this.#size));
    if (painted !== undefined) this.#parts.onOutput(painted.output, painted.lines);
  }

  /** The terminal has so many characters: of a larger screen it shows a part. */
  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.forget();
    this.ran();
  }

  /** The terminal has something else on it: the next picture is painted whole. */
  forget(): void {
    this.#saidGraphics = false;
    this.#known = undefined;
    this.#painter.forget();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.keyboard.dispose();
  }
}

/** The part that fits: from the top left on, but so far down that the cursor is seen. */
function cropped(screen: TextScreen, size: { readonly columns: number; readonly rows: number }): TextScreen {
  const columns = Math.min(screen.columns, size.columns);
  const rows = Math.min(screen.rows, size.rows);
  if (columns === screen.columns && rows === screen.rows) return screen;
  const { cursor } = screen;
  const top = Math.max(0, (cursor?.row ?? 0) - rows + 1);
  const cells = new Uint16Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const from = (top + row) * screen.columns;
    cells.set(screen.cells.subarray(from, from + columns), row * columns);
  }
  const seen = cursor !== undefined && cursor.column < columns;
  return {
    ...screen,
    columns,
    rows,
    cells,
    cursor: seen ? { row: cursor.row - top, column: cursor.column } : undefined,
  };
}
