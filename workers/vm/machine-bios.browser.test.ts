import { describe, expect, it } from "vitest";
import { createVolume, openVolume } from "../../src/blockstore/index.ts";
import type { MachineSpec } from "../../src/protocol/vm-contract.ts";
import { bootDisk, bootIso } from "../../test/support/boot-disk.ts";
import { LIMIT_MS, owned } from "./testing/machines.ts";
import { TestVm, type TestVmOptions } from "./testing/test-vm.ts";

const MIB = 2 ** 20;

interface Disks {
  readonly root?: Uint8Array<ArrayBuffer>;
  readonly cd?: Uint8Array<ArrayBuffer>;
}

async function boot({ root, cd }: Disks, options: TestVmOptions = {}): Promise<TestVm> {
  const database = `bios-${crypto.randomUUID()}`;
  const put = async (volumeId: string, content: Uint8Array<ArrayBuffer> | undefined) => {
    await createVolume({ database, volumeId, sizeBytes: content?.byteLength ?? MIB, image: null });
    if (content === undefined) return;
    const volume = await openVolume({ database, volumeId });
    await volume.write(0, content);
    await volume.close();
  };
  await put("vol-root", root);
  if (cd !== undefined) await put("vol-cd", cd);
  const change = (spec: MachineSpec): MachineSpec => ({
    ...spec,
    image: { ...spec.image, bootMode: "legacy-bios" },
    volumes: [
      { volumeId: "vol-root", device: "vda", readOnly: false },
      ...(cd === undefined ? [] : [{ volumeId: "vol-cd", device: "sr0", readOnly: true }]),
    ],
  });
  return owned(await TestVm.boot({ ...options, database, volumeId: "vol-root", change }));
}

describe("M13 M14 a machine that boots by a BIOS", { timeout: LIMIT_MS }, () => {
  it("shows the boot loader's screen as its console, and types into it", async () => {
    const vm = await boot({ root: bootDisk({ message: "hello from the disk\r\n" }) });
    const text = await vm.shows(/ready/);
    expect(text).toMatch(/Booting from Hard Disk\.\.\.[\s\S]*hello from the disk[\s\S]*boot a/);
    await vm.type("q");
    await vm.shows(/key q/);
    expect(vm.events.flatMap((event) => (event.type === "phase" ? [event.phase] : []))).toEqual([
      "download",
      "bios",
      "kernel",
    ]);
  });

  it("keeps what was written by INT 13h when the machine is gone without a word", async () => {
    const vm = await boot({ root: bootDisk({ message: "hello\r\n" }) });
    await vm.shows(/boot a[\s\S]*ready/);
    vm.dispose();
    const again = owned(await TestVm.boot({ volumeId: "vol-root", change: () => vm.spec }));
    await again.shows(/boot b[\s\S]*ready/);
    const before = again.output.length;
    await again.type("r");
    await again.event("restarted");
    await again.shows(/boot c[\s\S]*ready/, before);
    await again.type("p");
    await again.event("powered-off");
  });

  it("shows the serial port from when the guest writes to it", async () => {
    const vm = await boot({ root: bootDisk({ message: "hello by serial\r\n", serial: true }) });
    const text = await vm.shows(/ready/);
    expect(text).toMatch(/hello by serial\r\nboot a\r\nready/);
  });

  it("M15 boots a CD, which stays where it is while the machine runs", async () => {
    const vm = await boot({ cd: bootIso({ message: "hello from the CD\r\n" }) });
    await vm.shows(/Booting from DVD[\s\S]*hello from the CD[\s\S]*ready/);
    for (const call of [
      vm.client.detachVolume({ volumeId: "vol-cd", force: true }),
      vm.client.resizeVolume({ volumeId: "vol-cd", sizeBytes: 4 * MIB }),
      vm.client.snapshotVolumes({ volumes: [{ volumeId: "vol-cd", snapshotId: "snap-1" }], freeze: false }),
      vm.client.attachVolume({ volumeId: "vol-other", device: "sr0", readOnly: true }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: "OperationNotPermitted" });
    }
  });

  it("goes on, and says so, when nothing is bootable", async () => {
    const vm = await boot({});
    await vm.event("not-bootable");
    await vm.shows(/No bootable device\./);
  });

  it("is saved and goes on where it is restored, with its screen and what is typed into it", async () => {
    const vm = await boot({ root: bootDisk({ message: "hello\r\n" }), cd: bootIso({ message: "unused\r\n" }) });
    await vm.shows(/ready/);
    const state = structuredClone(await vm.client.save());
    vm.dispose();
    const again = owned(await TestVm.restore(vm.spec, state));
    await again.type("q");
    const text = await again.shows(/key q/);
    expect(text).toContain("hello");
    const kernel = { ...vm.spec, image: { ...vm.spec.image, bootMode: "kernel" as const } };
    await expect(TestVm.restore(kernel, state)).rejects.toBeDefined();
  });
});
