import { describe, expect, it } from "vitest";
import { boot, LIMIT_MS } from "./testing/machines.ts";

describe("a machine in its worker", { timeout: LIMIT_MS }, () => {
  it("boots to a shell, tells its phases in order, and has the memory it was given", async () => {
    const vm = await boot({ memoryMiB: 64 });
    await vm.prompt();
    const phases = vm.events.filter((event) => event.type === "phase");
    expect(phases.map(({ phase }) => phase).filter((phase) => phase !== "init")).toEqual([
      "download",
      "bios",
      "kernel",
      "login",
    ]);
    const times = phases.map(({ atEpochMs }) => atEpochMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const total = Number(/MemTotal:\s+(\d+) kB/.exec(await vm.shell("cat /proc/meminfo"))?.[1]);
    expect(total).toBeGreaterThan(50 * 1024);
    expect(total).toBeLessThan(64 * 1024);
    expect(await vm.shell("cat /proc/cmdline")).toContain(`tabvisor.instance=${vm.spec.instanceId}`);
    expect(await vm.shell("echo $(cat /sys/block/vda/serial)")).toBe(`${vm.spec.volumes[0]?.volumeId.slice(0, 20)}\n`);
    await vm.client.powerOff();
  });

  it("tells the guest the console's size, and every change of it", async () => {
    const vm = await boot();
    await vm.client.consoleResize(100, 30);
    await vm.prompt();
    expect(await vm.shell("stty size")).toBe("30 100\n");
    await vm.client.consoleResize(132, 43);
    expect(await vm.shell("stty size")).toBe("43 132\n");
  });

  it("keeps what was written and synced, over a power-off without warning", async () => {
    const vm = await boot();
    await vm.prompt();
    await vm.shell("seq 1 20000 > ~/numbers; sync");
    const sum = await vm.shell("md5sum ~/numbers");
    await vm.client.powerOff();
    vm.dispose();
    const volume = vm.spec.volumes[0]?.volumeId ?? "";
    const again = await boot({ volumeId: volume, database: vm.spec.database });
    await again.prompt();
    expect(await again.shell("md5sum ~/numbers")).toBe(sum);
  });
});
