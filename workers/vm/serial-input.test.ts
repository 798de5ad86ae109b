import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SerialInput } from "./serial-input.ts";

function setUp() {
  const fifo: number[] = [];
  const uart = {
    listening: true,
    get pending() {
      return fifo.length;
    },
    receive: (byte: number) => fifo.push(byte),
  };
  return { input: new SerialInput(uart), uart, fifo };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("SerialInput", () => {
  it("never has more in the receive FIFO than it holds, and loses nothing", async () => {
    const { input, fifo } = setUp();
    const sent = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);
    let taken = false;
    const writing = input.write(sent).then(() => {
      taken = true;
    });
    const read: number[] = [];
    while (!taken || fifo.length > 0) {
      expect(fifo.length).toBeLessThanOrEqual(16);
      read.push(...fifo.splice(0, 5));
      await vi.advanceTimersByTimeAsync(1);
    }
    await writing;
    expect(read).toEqual([...sent]);
  });

  it("waits for a driver that takes interrupts", async () => {
    const { input, uart, fifo } = setUp();
    uart.listening = false;
    void input.write(Uint8Array.of(1, 2, 3));
    await vi.advanceTimersByTimeAsync(50);
    expect(fifo).toEqual([]);
    uart.listening = true;
    await vi.advanceTimersByTimeAsync(2);
    expect(fifo).toEqual([1, 2, 3]);
  });

  it("keeps what the guest has not taken in a saved state", async () => {
    const first = setUp();
    void first.input.write(new Uint8Array(20).fill(7));
    const second = setUp();
    second.input.restoreState(structuredClone(first.input.saveState()));
    expect(second.fifo).toEqual([7, 7, 7, 7]);
  });
});
