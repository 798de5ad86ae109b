import { describe, expect, it } from "vitest";
import { LIMIT_MS, owned } from "./testing/machines.ts";
import { TestVm } from "./testing/test-vm.ts";

describe("a saved machine", { timeout: LIMIT_MS }, () => {
  it("goes on in a new worker: processes, memory, disk, agent and clock", async () => {
    const vm = owned(await TestVm.boot());
    await vm.event("ready");
    await vm.prompt();
    await vm.shell(
      "i=0; while true; do i=$((i+1)); echo $i > /run/user-count; sleep 0.1; done 2>/dev/null & echo started",
    );
    await vm.shell("echo before > ~/file; cat /proc/sys/kernel/random/boot_id > ~/boot");
    await vm.exec(
      "i=0; (while true; do i=$((i+1)); echo $i > /run/count; sleep 0.1; done) </dev/null >/dev/null 2>&1 &",
    );
    await vm.exec("while [ ! -s /run/count ]; do sleep 0.1; done");

    const state = structuredClone(await vm.client.save());
    expect(state.header).toMatchObject({ v86Version: "0.5.462", memoryMiB: 128, instanceId: vm.spec.instanceId });
    expect(state.header.devices).toHaveLength(3);
    vm.dispose();

    const again = owned(await TestVm.restore(vm.spec, state));
    await again.event("ready");
    const first = Number((await again.exec("cat /run/count")).stdout);
    await again.exec(`while [ "$(cat /run/count)" -le ${first} ]; do sleep 0.1; done`);
    expect(await again.shell("cat ~/file")).toBe("before\n");
    expect(await again.shell("cmp ~/boot /proc/sys/kernel/random/boot_id && echo same")).toBe("same\n");
    expect((await again.exec("echo after > /home/ec2-user/file; sync; cat /home/ec2-user/file")).stdout).toBe(
      "after\n",
    );
    const drift = Number((await again.exec("date +%s")).stdout) - Date.now() / 1000;
    expect(Math.abs(drift)).toBeLessThan(10);
  });

  it("goes on in the same worker after a save", async () => {
    const vm = owned(await TestVm.boot());
    await vm.prompt();
    await vm.client.save();
    await expect(vm.client.save()).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    await vm.client.resume();
    expect(await vm.shell("echo alive")).toBe("alive\n");
  });

  it("keeps what was typed and not yet read", async () => {
    const vm = owned(await TestVm.boot());
    await vm.prompt();
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join("");
    await vm.type("stty -echo; sleep 2; cat > ~/typed\n");
    void vm.type(lines);
    void vm.type("\u0004");
    const state = structuredClone(await vm.client.save());
    vm.dispose();
    const again = owned(await TestVm.restore(vm.spec, state));
    await again.prompt();
    await again.type("stty echo\n");
    const sum = (await again.exec("md5sum < /home/ec2-user/typed; wc -c < /home/ec2-user/typed")).stdout;
    expect(sum.split("\n")[1]).toBe(String(lines.length));
  });

  it("is refused where it does not fit, with the field's name", async () => {
    const vm = owned(await TestVm.boot());
    await vm.prompt();
    const state = structuredClone(await vm.client.save());
    vm.dispose();
    const { spec } = vm;
    const restoring = (change: Partial<typeof state.header>, other = spec) =>
      TestVm.restore(other, { ...state, header: { ...state.header, ...change } });
    await expect(restoring({ v86Version: "0.5.1" })).rejects.toMatchObject({
      code: "MachineState.Mismatch",
      details: { field: "v86Version" },
    });
    await expect(restoring({}, { ...spec, memoryMiB: 64 })).rejects.toMatchObject({ details: { field: "memoryMiB" } });
    await expect(restoring({ kernelSha256: "0".repeat(64) })).rejects.toMatchObject({
      details: { field: "kernelSha256" },
    });
    await expect(restoring({}, { ...spec, volumes: [] })).rejects.toMatchObject({ details: { field: "devices" } });
  });
});
