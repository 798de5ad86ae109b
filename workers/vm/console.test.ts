import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Console } from "./console.ts";
import type { ConsoleOutput } from "./console-output.ts";
import { SerialInput } from "./serial-input.ts";
import type { TextScreen } from "./v86/vga-text.ts";

const COLUMNS = 40;
const ROWS = 25;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  let shown = "";
  let picture = ["BIOS"];
  let cursor: TextScreen["cursor"];
  const keys: number[] = [];
  const serial: number[] = [];
  const uart = { pending: 0, listening: false, polled: true, receive: (byte: number) => void serial.push(byte) };
  const decoder = new TextDecoder();
  const output = {
    push: (bytes: Uint8Array) => {
      shown += decoder.decode(bytes);
      return true;
    },
  } as Partial<ConsoleOutput> as ConsoleOutput;
  let graphics = false;
  const readScreen = (): TextScreen | "graphics" => {
    if (graphics) return "graphics";
    const cells = new Uint16Array(COLUMNS * ROWS).fill(0x0720);
    picture.forEach((line, row) => {
      [...line].forEach((character, column) => {
        cells[row * COLUMNS + column] = 0x0700 | character.charCodeAt(0);
      });
    });
    return { columns: COLUMNS, rows: ROWS, cells, cursor, blinks: true };
  };
  const keyboard = { pending: 0, listening: true, receive: (code: number) => void keys.push(code) };
  const console = new Console(output, new SerialInput(uart), { readScreen, keyboard });
  /** The guest runs for a while. */
  const run = (ms = 100) => {
    for (let passed = 0; passed < ms; passed += 10) {
      console.afterSlice();
      vi.advanceTimersByTime(10);
    }
  };
  const speak = (text: string) => {
    for (const byte of new TextEncoder().encode(text)) console.serialByte(byte);
  };
  const taken = () => {
    const text = shown;
    shown = "";
    return text;
  };
  const draw = (...lines: string[]) => {
    picture = lines;
  };
  const moveTo = (row: number) => {
    cursor = { row, column: 0 };
  };
  const setGraphics = (on: boolean) => {
    graphics = on;
  };
  return { setGraphics, moveTo, console, uart, keys, serial, run, speak, taken, draw };
}

const type = (console: Console, text: string) => void console.write(new TextEncoder().encode(text));

describe("M14 a console with a screen", () => {
  it("shows the screen and types on the keyboard, until the guest writes to its serial port", async () => {
    const { console, keys, serial, run, speak, taken, draw } = setUp();
    run();
    expect(taken()).toContain("BIOS");
    type(console, "a");
    await vi.advanceTimersByTimeAsync(50);
    expect(keys).toEqual([0x1e, 0x9e]);
    draw("BIOS", "on the screen");
    speak("by serial\r\n");
    run();
    const text = taken();
    expect(text).toMatch(/\r\nby serial\r\n$/);
    expect(text).not.toContain("on the screen");
    type(console, "b");
    await vi.advanceTimersByTimeAsync(50);
    expect(serial).toEqual([0x62]);
    expect(keys).toHaveLength(2);
  });

  it("stays with the serial port as long as it speaks, or the guest listens there", () => {
    const { uart, run, speak, taken, draw } = setUp();
    for (let line = 0; line < 50; line++) {
      speak(`line ${line}\r\n`);
      draw(`line ${line}`);
      run(500);
    }
    run(5000);
    expect(taken().match(/line \d+/g)).toHaveLength(50);
    uart.listening = true;
    draw("a login on the screen");
    run(5000);
    expect(taken()).toBe("");
  });

  it("goes back to the screen when only that goes on", () => {
    const { run, speak, taken, draw } = setUp();
    speak("by serial\r\n");
    run(5000);
    taken();
    draw("login:");
    run();
    expect(taken()).toContain("login:");
  });

  it("shows the part of the screen that the terminal has room for, with the cursor in it", () => {
    const { console, run, taken, draw, moveTo } = setUp();
    draw(...Array.from({ length: ROWS }, (_, row) => `row ${row}`));
    console.resize(COLUMNS, 10);
    run();
    expect(taken().match(/row \d+/g)).toEqual(Array.from({ length: 10 }, (_, row) => `row ${row}`));
    moveTo(ROWS - 1);
    console.resize(4, 10);
    run();
    const text = taken();
    expect(text.match(/row/g)).toHaveLength(10);
    expect(text).not.toMatch(/row \d/);
    console.resize(COLUMNS, 10);
    run();
    expect(
      taken()
        .match(/row \d+/g)
        ?.at(-1),
    ).toBe(`row ${ROWS - 1}`);
  });

  it("says once that there are graphics, and goes on with text", () => {
    const { run, taken, setGraphics } = setUp();
    run();
    taken();
    setGraphics(true);
    run(1000);
    expect(taken().match(/shows graphics/g)).toHaveLength(1);
    setGraphics(false);
    run();
    expect(taken()).toContain("BIOS");
  });

  it("begins anew when the guest restarts", () => {
    const { console, run, speak, taken } = setUp();
    speak("by serial\r\n");
    run();
    taken();
    console.restarted();
    run();
    expect(taken()).toContain("BIOS");
  });
});
