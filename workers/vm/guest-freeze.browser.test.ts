import { describe, expect, it } from "vitest";
import { createVolume } from "../../src/blockstore/index.ts";
import { FREEZE } from "./guest-scripts.ts";
import { boot, LIMIT_MS } from "./testing/machines.ts";
import type { TestVm } from "./testing/test-vm.ts";

const MIB = 1 << 20;

/** A machine with a second disk, mounted on /mnt, and the freezing program in /run/freeze. */
async function withData(): Promise<TestVm> {
  const vm = await boot();
  await vm.event("ready");
  const { database } = vm.spec;
  await createVolume({ database, volumeId: "vol-data", sizeBytes: 16 * MIB, image: null });
  await vm.client.attachVolume({ volumeId: "vol-data", device: "vdb", readOnly: false });
  await run(vm, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && echo before > /mnt/note");
  await vm.exec("cat > /run/freeze", new TextEncoder().encode(FREEZE));
  return vm;
}

async function run(vm: TestVm, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await vm.exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode}: ${stderr}`);
  return stdout.trim();
}

/** A frozen file system cannot be frozen again. */
const isFrozen = async (vm: TestVm) => (await vm.exec("fsfreeze --freeze /mnt")).exitCode !== 0;
const isThawed = (vm: TestVm) => run(vm, "echo after > /mnt/note && sync && cat /mnt/note");

describe("M9 F49 freezing the guest's file systems", { timeout: LIMIT_MS }, () => {
  it("ends with the program's input, and with SIGTERM", async () => {
    const vm = await withData();
    await run(
      vm,
      "mkfifo /run/in /run/go; (sh /run/freeze 0000:00:06.0 < /run/in > /run/out 2>&1; echo $? > /run/go) &",
    );
    await run(
      vm,
      "exec 3> /run/in; while ! grep -q frozen /run/out; do sleep 0.1; done; sleep 100 >&3 & echo $! > /run/pid",
    );
    expect(await isFrozen(vm)).toBe(true);
    await run(vm, "kill $(cat /run/pid)");
    expect(await run(vm, "cat /run/go")).toBe("0");
    expect(await run(vm, "cat /run/out")).toBe("frozen\nthawed");
    expect(await isThawed(vm)).toBe("after");

    await run(
      vm,
      "rm /run/out; (sleep 100 | sh -c 'echo $$ > /run/pid; exec sh /run/freeze 0000:00:06.0' > /run/out 2>&1) &",
    );
    await run(vm, "while ! grep -q frozen /run/out; do sleep 0.1; done; kill $(cat /run/pid)");
    expect(await isThawed(vm)).toBe("after");
  });

  it("ends by itself when the program is killed", async () => {
    const vm = await withData();
    // The real limit would only make the test longer.
    await run(
      vm,
      "sed -i 's/sleep 15/sleep 3/' /run/freeze; (sleep 100 | sh -c 'echo $$ > /run/pid; exec sh /run/freeze 0000:00:06.0' > /run/out 2>&1) &",
    );
    await run(vm, "while ! grep -q frozen /run/out; do sleep 0.1; done; kill -9 $(cat /run/pid)");
    expect(await isThawed(vm)).toBe("after");
  });

  it("leaves nothing frozen when one of several cannot be", async () => {
    const vm = await withData();
    await run(vm, "fsfreeze --freeze /mnt");
    const { exitCode, stderr } = await vm.exec("sh /run/freeze 0000:00:05.0 0000:00:06.0 < /dev/null");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("/mnt: cannot be frozen");
    // The root goes on; who froze the other one thaws it.
    await run(vm, "echo alive > /root/alive && sync /root/alive");
    expect(await isFrozen(vm)).toBe(true);
    await run(vm, "fsfreeze --unfreeze /mnt");
    expect(await isThawed(vm)).toBe("after");
  });

  it("of the root and another disk lets both go on", async () => {
    const vm = await withData();
    const { exitCode, stdout } = await vm.exec("sh /run/freeze 0000:00:05.0 0000:00:06.0 < /dev/null");
    expect([exitCode, stdout]).toEqual([0, "frozen\nthawed\n"]);
    expect(await isThawed(vm)).toBe("after");
    await run(vm, "echo alive > /root/alive && sync /root/alive");
  });
});
