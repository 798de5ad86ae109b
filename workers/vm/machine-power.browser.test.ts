import { describe, expect, it } from "vitest";
import { boot, LIMIT_MS } from "./testing/machines.ts";

describe("power", { timeout: LIMIT_MS }, () => {
  it("powers off when the guest does", async () => {
    const vm = await boot();
    await vm.prompt();
    await vm.type("sudo poweroff\n");
    await vm.event("powered-off");
    expect(vm.output).toContain("reboot: Power down");
    await expect(vm.client.stats()).resolves.toBeDefined();
    await expect(vm.client.save()).rejects.toMatchObject({ code: "IncorrectInstanceState" });
  });

  it("powers off in order when its agent is asked to", async () => {
    const vm = await boot();
    await vm.event("ready");
    await vm.client.shutdown();
    await vm.event("powered-off");
    await expect(vm.exec("true")).rejects.toMatchObject({ code: "Agent.Unavailable" });
  });

  it("restarts when the guest does, with its disk and its console", async () => {
    const vm = await boot();
    await vm.event("ready");
    await vm.shell("echo kept > ~/note; sync");
    const before = vm.output.length;
    await vm.type("sudo reboot\n");
    await vm.event("restarted");
    await vm.event("agent-lost");
    await vm.event("ready", 2);
    await vm.shows(/[$#] $/, before + 20);
    expect(await vm.shell("cat ~/note")).toBe("kept\n");
    expect(vm.events.filter((event) => event.type === "phase" && event.phase === "kernel")).toHaveLength(2);
  });

  it("restarts at once with reboot -f, and at the reset button", async () => {
    const vm = await boot();
    await vm.event("ready");
    await vm.type("sudo reboot -f\n");
    await vm.event("restarted");
    await vm.event("ready", 2);
    await vm.client.reset();
    await vm.event("restarted", 2);
    await vm.event("ready", 3);
  });

  it("says that the guest has halted, and can still be reset", async () => {
    const vm = await boot();
    await vm.prompt();
    await vm.type("sudo halt -f\n");
    await vm.event("halted");
    expect(vm.events.some((event) => event.type === "powered-off")).toBe(false);
    await vm.client.reset();
    await vm.event("ready", vm.events.filter((event) => event.type === "ready").length + 1);
  });

  it("stops and gives the first line when the guest's kernel panics", async () => {
    const vm = await boot();
    await vm.prompt();
    await vm.type("echo c | sudo tee /proc/sysrq-trigger\n");
    const { message } = await vm.event("panicked");
    expect(message).toContain("Kernel panic - not syncing: sysrq triggered crash");
    expect(vm.events.some((event) => event.type === "restarted")).toBe(false);
  });

  it("takes a panic's text on the console for what it is: text", async () => {
    const vm = await boot();
    await vm.event("ready");
    await vm.shell("echo Kernel panic - not syncing: not really");
    await vm.type("sudo reboot -f\n");
    await vm.event("restarted");
    await vm.event("ready", 2);
  });
});
