import { afterEach, describe, expect, it } from "vitest";
import { PortWriter, readPort } from "../../src/protocol/port-stream.ts";
import { ConsoleOutput } from "./console-output.ts";

const MIB = 1 << 20;
const channels: MessageChannel[] = [];

function setUp() {
  const channel = new MessageChannel();
  channels.push(channel);
  const paused: boolean[] = [];
  const output = new ConsoleOutput(new PortWriter(channel.port1), { setPaused: (value) => paused.push(value) });
  return { output, paused, port: channel.port2 };
}

afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close();
    port2.close();
  }
});

describe("ConsoleOutput", () => {
  it("gathers small pieces into chunks", async () => {
    const { output, port } = setUp();
    const reader = readPort(port).getReader();
    for (let index = 0; index < 1000; index++) output.push(Uint8Array.of(index & 0xff));
    await output.flush();
    const { value } = await reader.read();
    expect(value?.byteLength).toBe(1000);
    expect([value?.[0], value?.[999]]).toEqual([0, 999 & 0xff]);
  });

  it("pauses the guest while nobody reads, loses nothing, and goes on when somebody does", async () => {
    const { output, port, paused } = setUp();
    let pushed = 0;
    // As a guest would: until it is paused. The port takes a window (1 MiB), the rest waits here.
    while (pushed < 8 * MIB) {
      const piece = new Uint8Array(4096).fill((pushed / 4096) & 0xff);
      pushed += piece.byteLength;
      if (!output.push(piece)) {
        // The port may take more once its messages have been sent.
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (paused.at(-1) === true) break;
      }
    }
    expect(paused.at(-1)).toBe(true);
    expect(pushed).toBeGreaterThan(MIB);
    expect(pushed).toBeLessThan(2 * MIB);

    const reader = readPort(port).getReader();
    let received = 0;
    let wrong = 0;
    while (received < pushed) {
      const { value } = await reader.read();
      value?.forEach((byte, index) => {
        if (byte !== (((received + index) / 4096) & 0xff)) wrong++;
      });
      received += value?.byteLength ?? 0;
    }
    expect([received, wrong, paused.at(-1)]).toEqual([pushed, 0, false]);
  });

  it("sends its last words before it ends the stream", async () => {
    const { output, port } = setUp();
    const reader = readPort(port).getReader();
    output.push(new TextEncoder().encode("reboot: Power down"));
    await output.end();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("reboot: Power down");
    expect((await reader.read()).done).toBe(true);
  });

  it("throws away what nobody wants any more, without pausing", async () => {
    const { output, port, paused } = setUp();
    await readPort(port).cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let count = 0; count < 2000; count++) output.push(new Uint8Array(4096));
    await output.end();
    expect(paused.filter(Boolean)).toEqual([]);
  });
});
