import { describe, expect, it } from "vitest";
import { boot, LIMIT_MS } from "./testing/machines.ts";
import type { TestVm } from "./testing/test-vm.ts";

describe("the console", { timeout: LIMIT_MS }, () => {
  it("takes 100 kB of pasted text without a lost or doubled byte", async () => {
    const vm = await boot();
    await vm.event("ready");
    await vm.prompt();
    const text = Array.from({ length: 2000 }, (_, index) => `${index} ${"x".repeat(44)}\n`).join("");
    expect(text.length).toBeGreaterThan(95_000);
    await vm.type("stty -echo; cat > ~/pasted; stty echo\n");
    await vm.exec("while [ ! -e /home/ec2-user/pasted ]; do sleep 0.1; done");
    await vm.type(`${text}\u0004`);
    await vm.shell("echo done");
    expect((await vm.exec("cat /home/ec2-user/pasted")).stdout === text).toBe(true);
  });

  it("shows a long output whole and in order", async () => {
    const vm = await boot();
    await vm.prompt();
    const output = await vm.shell("seq 1 10000");
    const expected = Array.from({ length: 10_000 }, (_, index) => `${index + 1}\n`).join("");
    expect(output === expected).toBe(true);
  });

  it("pauses a guest that nobody reads, and loses nothing of what it says", async () => {
    const vm = await boot();
    await vm.prompt();
    vm.readerStopped = true;
    await vm.type("seq 1 250000\n");
    await pausedFor(vm, 3);
    vm.readerStopped = false;
    await vm.shows(/\n250000\r\n[^\n]*[$#] $/);
    const from = vm.output.indexOf("\r\n1\r\n2\r\n") + 2;
    const lines = vm.output.slice(from).split("\r\n").slice(0, 250_000);
    const wrong = lines.findIndex((line, index) => line !== String(index + 1));
    expect(lines.slice(Math.max(0, wrong - 2), wrong + 4), `line ${wrong + 1} on`).toEqual(
      wrong < 0 ? lines.slice(0, 3) : [],
    );
  });

  it("stops `yes` at once with Ctrl-C", async () => {
    const vm = await boot();
    await vm.prompt();
    await vm.type("yes\n");
    await vm.shows(/(?:y\r\n){1000}/);
    await vm.type("\u0003");
    await vm.shows(/\^C[^y]*[$#] $/);
  });

  it("stays on the serial port, both ways, for a guest that does not use its virtio console", async () => {
    const vm = await boot({
      change: (spec) => {
        const commandLine = `${spec.image.manifest.commandLine.replace("console=hvc0", "")} init=/bin/sh`;
        return { ...spec, image: { ...spec.image, manifest: { ...spec.image.manifest, commandLine } } };
      },
    });
    await vm.shows(/# $/);
    await vm.type("echo over $((40 + 2)) wires\n");
    await vm.shows(/over 42 wires/);
  });
});

/** Waits until the guest has not run for so many looks at it in a row. */
async function pausedFor(vm: TestVm, looks: number): Promise<void> {
  let last = -1;
  for (let still = 0; still < looks; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { instructions = 0 } = await vm.client.stats();
    still = instructions === last ? still + 1 : 0;
    last = instructions;
  }
}
