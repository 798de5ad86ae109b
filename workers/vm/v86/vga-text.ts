import type { V86Vga } from "./types.ts";

/** What a VGA screen in text mode shows. Cells are row by row: the character in the low byte, its attribute above. */
export interface TextScreen {
  readonly columns: number;
  readonly rows: number;
  readonly cells: Uint16Array;
  /** Undefined while it is hidden or outside. */
  readonly cursor: { readonly row: number; readonly column: number } | undefined;
  /** The attribute's highest bit makes the character blink; else it makes its background bright. */
  readonly blinks: boolean;
}

/** CRT controller, Cursor Start (index 0x0A): bit 5 hides the cursor. Attribute controller, Mode Control: bit 3. */
const CURSOR_OFF = 0x20;
const ATTRIBUTE_BLINKS = 0x08;
/** Largest text modes have 132 columns and 60 rows; what says more is being set up. */
const COLUMNS_MAX = 132;
const ROWS_MAX = 60;

/** A space in light grey on black, and the bytes of text that a screen in text mode can show. */
const BLANK_CELL = 0x0720;
const TEXT_BYTES = 64 * 1024;

/**
 * Blanks the screen of a machine that is reset. The BIOS does so too, but may have written anew before anybody looks: what
 * differs from the text of before the reset would be all that is seen of it.
 */
export function clearText({ vga_memory: memory }: V86Vga): void {
  new Uint16Array(memory.buffer, memory.byteOffset, TEXT_BYTES / 2).fill(BLANK_CELL);
}

/** The screen now; "graphics" when it is in a graphic mode, undefined while a mode is being set. */
export function readTextScreen(vga: V86Vga): TextScreen | "graphics" | undefined {
  if (vga.graphical_mode) return "graphics";
  const { max_cols: columns, max_rows: rows, start_address: start, vga_memory: memory } = vga;
  if (columns < 1 || columns > COLUMNS_MAX || rows < 1 || rows > ROWS_MAX) return undefined;
  const pitch = Math.max(columns, vga.offset_register * 2);
  const split = vga.scan_line_to_screen_row(vga.line_compare);
  const cells = new Uint16Array(columns * rows);
  // From the split on, the memory's beginning is shown.
  const firstCell = (row: number) => (row < split ? start + row * pitch : (row - split) * pitch);
  for (let row = 0; row < rows; row++) {
    const from = firstCell(row);
    for (let column = 0; column < columns; column++) {
      const at = (from + column) * 2;
      cells[row * columns + column] = (memory[at] ?? 0) | ((memory[at + 1] ?? 0) << 8);
    }
  }
  const offset = vga.cursor_address - start;
  const row = Math.floor(offset / pitch);
  const column = offset % pitch;
  const seen = (vga.cursor_scanline_start & CURSOR_OFF) === 0 && offset >= 0 && row < rows && column < columns;
  const blinks = (vga.attribute_mode & ATTRIBUTE_BLINKS) !== 0;
  return { columns, rows, cells, cursor: seen ? { row, column } : undefined, blinks };
}
