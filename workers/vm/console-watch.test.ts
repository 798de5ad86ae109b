import { describe, expect, it } from "vitest";
import { ConsoleWatch } from "./console-watch.ts";

function watchOf(...pieces: string[]) {
  const watch = new ConsoleWatch();
  let prompts = 0;
  watch.onPrompt = () => prompts++;
  for (const piece of pieces) watch.push(new TextEncoder().encode(piece));
  return { watch, prompts };
}

describe("ConsoleWatch", () => {
  it("sees prompts, also in pieces", () => {
    expect(watchOf("booting\r\n~ ", "$ ").prompts).toBe(1);
    expect(watchOf("Debian GNU/Linux 12 ip-10-0-0-5 hvc0\n\nip-10-0-0-5 lo", "gin: ").prompts).toBe(1);
    expect(watchOf("root:~# ").prompts).toBe(1);
    expect(watchOf("costs 5 $\n").prompts).toBe(0);
  });

  it("finds the first line of a panic", () => {
    const { watch } = watchOf(
      "[    1.0] Kernel panic - not syncing: Attempted to kill init!\r\n[    1.0] CPU: 0 PID: 1\r\n",
    );
    expect(watch.panic).toBe("Kernel panic - not syncing: Attempted to kill init!");
  });

  it("takes an orderly restart after a panic's text for a restart", () => {
    const text = "$ echo Kernel panic - not syncing\r\n";
    expect(watchOf(text, "[    9.0] reboot: Restarting system\r\n").watch.panic).toBeUndefined();
    expect(watchOf("[    9.0] reboot: Restarting system\r\n", text).watch.panic).toBeDefined();
  });

  it("sees the kernel's word for a power-off, which a halt does not have", () => {
    expect(watchOf("[    9.0] reboot: Power down\r\n").watch.poweredDown).toBe(true);
    expect(watchOf("[    9.0] reboot: System halted\r\n").watch.poweredDown).toBe(false);
  });

  it("forgets", () => {
    const { watch } = watchOf("Kernel panic - not syncing: x\n");
    watch.clear();
    expect(watch.panic).toBeUndefined();
    watch.push(new Uint8Array(20_000).fill(0x61));
    expect(watch.panic).toBeUndefined();
  });
});
