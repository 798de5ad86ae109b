import { describe, expect, it } from "vitest";
import { createVolume, openVolume } from "../../src/blockstore/index.ts";
import type { InstanceStore, MachineSpec } from "../../src/protocol/vm-contract.ts";
import { boot, LIMIT_MS, owned } from "./testing/machines.ts";
import { TestVm } from "./testing/test-vm.ts";

const MIB = 1 << 20;

/** Creates a blank volume beside the machine's own. */
async function blank({ spec }: TestVm, volumeId: string, sizeBytes = 16 * MIB): Promise<void> {
  await createVolume({ database: spec.database, volumeId, sizeBytes, image: null });
}

async function attached(vm: TestVm, volumeId: string, device: string, sizeBytes?: number): Promise<string> {
  await blank(vm, volumeId, sizeBytes);
  const { guestDevice } = await vm.client.attachVolume({ volumeId, device, readOnly: false });
  if (guestDevice === null) throw new Error("the guest does not see the disk");
  return guestDevice;
}

async function run(vm: TestVm, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await vm.exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode}: ${stderr}`);
  return stdout.trim();
}

/** What is left of the volume when nobody has it open. */
async function contentOf({ spec }: TestVm, volumeId: string, offset: number, length: number): Promise<string> {
  const volume = await openVolume({ database: spec.database, volumeId, readOnly: true });
  try {
    return new TextDecoder().decode(await volume.read(offset, length)).replaceAll("\0", "");
  } finally {
    await volume.close();
  }
}

describe("volumes of a running machine", { timeout: LIMIT_MS }, () => {
  it("M2 M4 M6 F40 F41 come and go while the guest runs; what it wrote is in them", async () => {
    const vm = await boot();
    await vm.event("ready");
    const name = await attached(vm, "vol-data", "vdf");
    expect(name).toBe("vdb");
    expect(await run(vm, "cat /sys/block/vdb/size")).toBe(String((16 * MIB) / 512));
    await run(
      vm,
      "mke2fs -q /dev/vdb && mkdir -p '/mnt/a b' && mount /dev/vdb '/mnt/a b' && echo kept > '/mnt/a b/note'",
    );

    await expect(vm.client.detachVolume({ volumeId: "vol-data", force: false })).rejects.toMatchObject({
      code: "VolumeInUse",
      details: { volumeId: "vol-data", mountPoints: ["/mnt/a b"] },
    });
    expect(await run(vm, "cat '/mnt/a b/note'")).toBe("kept");
    await run(vm, "umount '/mnt/a b'");
    await vm.client.detachVolume({ volumeId: "vol-data", force: false });
    expect(await run(vm, "ls /sys/block | grep vd")).toBe("vda");

    const again = await vm.client.attachVolume({ volumeId: "vol-data", device: "vdf", readOnly: false });
    await run(vm, `mount /dev/${again.guestDevice} /mnt`);
    expect(await run(vm, "cat /mnt/note")).toBe("kept");
    await expect(
      vm.client.attachVolume({ volumeId: "vol-data", device: "vdg", readOnly: false }),
    ).rejects.toMatchObject({ code: "VolumeInUse" });
    await expect(
      vm.client.detachVolume({ volumeId: vm.spec.volumes[0]?.volumeId ?? "", force: true }),
    ).rejects.toMatchObject({ code: "OperationNotPermitted" });
  });

  it("M4 F41 are busy while swapped on, held by a loop device, open in a process, or mounted out of sight", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdb");
    const busy = async (details: object) =>
      expect(vm.client.detachVolume({ volumeId: "vol-data", force: false })).rejects.toMatchObject({
        code: "VolumeInUse",
        details,
      });
    await run(vm, "mkswap /dev/vdb && swapon /dev/vdb");
    await busy({ swaps: ["/dev/vdb"] });
    await run(vm, "swapoff /dev/vdb && losetup -f /dev/vdb");
    await busy({ holders: ["loop0"] });
    await run(vm, "losetup -d /dev/loop0; sleep 100 < /dev/vdb > /dev/null 2>&1 & echo $! > /run/holder");
    await busy({ processes: [await run(vm, "cat /run/holder")] });
    await run(vm, "kill $(cat /run/holder); while [ -e /proc/$(cat /run/holder) ]; do sleep 0.1; done");
    await run(
      vm,
      "mke2fs -q /dev/vdb && (unshare -m sh -c 'mount /dev/vdb /mnt && echo $$ > /run/hidden && exec sleep 100' > /dev/null 2>&1 &)",
    );
    await run(vm, "while [ ! -s /run/hidden ]; do sleep 0.1; done; ! grep vdb /proc/mounts");
    await busy({ holders: ["kernel"] });
    await run(vm, "kill $(cat /run/hidden); while [ -e /proc/$(cat /run/hidden) ]; do sleep 0.1; done");
    await vm.client.detachVolume({ volumeId: "vol-data", force: false });
  });

  it("M5 F41 are taken away by force from a guest that uses them; the machine goes on", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdb");
    await run(vm, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && echo before > /mnt/note && sync");
    await vm.client.detachVolume({ volumeId: "vol-data", force: true });
    expect((await vm.exec("echo after > /mnt/other && sync /mnt/other")).exitCode).not.toBe(0);
    expect(await run(vm, "echo alive")).toBe("alive");
    await run(vm, "umount -l /mnt");
    const again = await vm.client.attachVolume({ volumeId: "vol-data", device: "vdc", readOnly: true });
    await run(vm, `mount -o ro /dev/${again.guestDevice} /mnt`);
    expect(await run(vm, "cat /mnt/note")).toBe("before");
  });

  it("M5 F41 are taken away by force from a guest that does not answer: it gets I/O errors, nothing hangs", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdb");
    await run(vm, "killall tabvisor-agent; :").catch(() => {});
    await vm.event("agent-lost");
    // Init starts the agent anew; what asks it meanwhile waits or is refused, and by force goes on.
    await vm.prompt();
    await vm.client.detachVolume({ volumeId: "vol-data", force: true });
    expect(await vm.shell("sudo dd if=/dev/vdb of=/dev/null bs=4k count=1 iflag=direct; echo status $?")).toContain(
      "status 1",
    );
  });

  it("M1 F40 are at least 16, on four shared interrupts, all busy at once, and survive a reboot", async () => {
    const vm = await boot();
    await vm.event("ready");
    const letters = [..."bcdefghijklmnopqrs"];
    for (const letter of letters) expect(await attached(vm, `vol-${letter}`, `vd${letter}`, MIB)).toBe(`vd${letter}`);
    const everywhere = (what: string) =>
      `for d in ${letters.map((letter) => `vd${letter}`).join(" ")}; do ${what} & done; wait`;
    await run(
      vm,
      everywhere("(yes $d | head -c 65536 > /run/$d; dd if=/run/$d of=/dev/$d bs=4k conv=fsync 2>/dev/null)"),
    );
    await run(vm, "echo 3 > /proc/sys/vm/drop_caches");
    await run(vm, everywhere("(head -c 65536 /dev/$d | cmp - /run/$d || touch /run/differs)"));
    await run(vm, "[ ! -e /run/differs ]");
    const from = vm.events.filter(({ type }) => type === "ready").length;
    await vm.client.reboot();
    await vm.event("ready", from + 1);
    expect(await run(vm, "ls /sys/block | grep -c '^vd'")).toBe(String(letters.length + 1));
    expect(Object.values((await vm.event("disks")).names).sort()).toEqual(["vda", ...letters.map((l) => `vd${l}`)]);
    expect(await run(vm, "for d in b m s; do head -n 1 /dev/vd$d; done")).toBe("vdb\nvdm\nvds");
    for (const letter of "bms") await vm.client.detachVolume({ volumeId: `vol-${letter}`, force: false });
    expect(await run(vm, "ls /sys/block | grep -c '^vd'")).toBe(String(letters.length - 2));
    expect(await contentOf(vm, "vol-m", 0, 512)).toMatch(/^(vdm\n)+$/);
  });

  it("M2 F40 are waited for while the guest boots", async () => {
    const vm = await boot();
    await blank(vm, "vol-data");
    expect(await vm.client.attachVolume({ volumeId: "vol-data", device: "vdb", readOnly: false })).toEqual({
      guestDevice: "vdb",
    });
  });

  it("M7 F42 grow: the guest sees the capacity, and its file system fills it", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdb", 16 * MIB);
    await expect(vm.client.growFileSystem({ volumeId: "vol-data" })).rejects.toMatchObject({
      code: "Volume.NotMounted",
    });
    await run(
      vm,
      "mke2fs -q -b 4096 /dev/vdb && mount /dev/vdb /mnt && yes record | head -c 100000 > /mnt/file && sync",
    );
    await vm.client.resizeVolume({ volumeId: "vol-data", sizeBytes: 64 * MIB });
    expect(await run(vm, "cat /sys/block/vdb/size")).toBe(String((64 * MIB) / 512));
    const { fileSystems } = await vm.client.growFileSystem({ volumeId: "vol-data" });
    expect(fileSystems).toHaveLength(1);
    expect(fileSystems[0]).toMatchObject({ mountPoint: "/mnt", type: "ext2" });
    expect(fileSystems[0]?.beforeBytes).toBeLessThan(16 * MIB);
    expect(fileSystems[0]?.afterBytes).toBeGreaterThan(56 * MIB);
    await run(vm, "dd if=/dev/zero of=/mnt/large bs=1M count=24 conv=fsync 2>/dev/null");
    expect(await run(vm, "yes record | head -c 100000 | cmp - /mnt/file && wc -c < /mnt/large")).toBe(String(24 * MIB));
    await expect(vm.client.resizeVolume({ volumeId: "vol-data", sizeBytes: MIB })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
  });

  it("M8 F49 F50 are snapshotted at one point in time while the guest writes", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-1", "vdb", MIB);
    await attached(vm, "vol-2", "vdc", MIB);
    // Each number is on the first disk before it goes to the second one.
    const write = (disk: string) => `dd if=/run/record of=/dev/${disk} bs=512 oflag=direct conv=notrunc 2>/dev/null`;
    await run(
      vm,
      `(i=0; while :; do i=$((i+1)); printf %-512s $i > /run/record; ${write("vdb")}; ${write("vdc")}; echo $i > /run/count; done) > /dev/null 2>&1 &`,
    );
    const count = async () => Number(await run(vm, "cat /run/count"));
    await run(vm, "while [ ! -s /run/count ]; do sleep 0.1; done");
    const { database } = vm.spec;
    const kept: [number, number][] = [];
    for (const round of [1, 2, 3, 4, 5]) {
      const before = await count();
      const volumes = [1, 2].map((n) => ({ volumeId: `vol-${n}`, snapshotId: `snap-${round}-${n}` }));
      await vm.client.snapshotVolumes({ volumes, freeze: false });
      const after = await count();
      const numbers: number[] = [];
      for (const { snapshotId } of volumes) {
        await createVolume({ database, volumeId: `of-${snapshotId}`, sizeBytes: MIB, image: null, snapshotId });
        numbers.push(Number(await contentOf(vm, `of-${snapshotId}`, 0, 512)));
      }
      const [first = 0, second = 0] = numbers;
      expect(second).toBeGreaterThanOrEqual(before);
      expect(first).toBeLessThanOrEqual(after + 1);
      expect([0, 1]).toContain(first - second);
      kept.push([first, second]);
      await run(vm, `while [ $(cat /run/count) -le ${after} ]; do sleep 0.1; done`);
    }
    expect(new Set(kept.map(String)).size).toBe(5);
  });

  it("M9 F49 are snapshotted with whole file systems when asked to, and the guest goes on", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdb");
    await run(
      vm,
      "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && sync && echo unsynced > /mnt/note && echo r > /root/note",
    );
    const root = vm.spec.volumes[0]?.volumeId ?? "";
    await vm.client.snapshotVolumes({
      volumes: [
        { volumeId: root, snapshotId: "snap-root" },
        { volumeId: "vol-data", snapshotId: "snap-data" },
      ],
      freeze: true,
    });
    await run(vm, "echo later > /mnt/note && echo later > /root/note && sync");
    const { database } = vm.spec;
    const { bytes } = vm.spec.image.manifest.disk;
    await createVolume({ database, volumeId: "copy", sizeBytes: 16 * MIB, image: null, snapshotId: "snap-data" });
    await createVolume({ database, volumeId: "rootcopy", sizeBytes: bytes, image: null, snapshotId: "snap-root" });
    const copy = await vm.client.attachVolume({ volumeId: "copy", device: "vdc", readOnly: true });
    const rootCopy = await vm.client.attachVolume({ volumeId: "rootcopy", device: "vdd", readOnly: true });
    await run(vm, `mkdir /run/a /run/b && mount -o ro /dev/${copy.guestDevice} /run/a`);
    // Frozen, the root's journal is empty: it mounts without a replay, which a read-only disk would refuse.
    await run(vm, `mount -o ro /dev/${rootCopy.guestDevice} /run/b`);
    expect(await run(vm, "cat /run/a/note /run/b/root/note /mnt/note")).toBe("unsynced\nr\nlater");
  });

  it("M10 M12 F40 are in a saved machine, and go on where it is restored", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdf");
    await run(vm, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && echo before > /mnt/note");
    // Requests that wait for their turn when it is saved are served where it is restored, though nobody asks again.
    await vm.client.setVolumeLimits({ volumeId: "vol-data", iops: 1, bytesPerSecond: null });
    await run(
      vm,
      "(dd if=/dev/vdb of=/dev/null bs=4k count=200 iflag=direct; echo $? > /run/status) > /dev/null 2>&1 &",
    );
    await run(vm, "while read -r reads writes < /sys/block/vdb/inflight; [ $reads = 0 ]; do sleep 0.1; done");
    const state = structuredClone(await vm.client.save());
    expect(state.header.devices).toHaveLength(4);
    vm.dispose();
    await expect(TestVm.restore(vm.spec, state)).rejects.toMatchObject({ details: { field: "devices" } });
    const spec: MachineSpec = {
      ...vm.spec,
      volumes: [...vm.spec.volumes, { volumeId: "vol-data", device: "vdf", readOnly: false }],
    };
    const again = owned(await TestVm.restore(spec, state));
    await again.event("ready");
    expect(await run(again, "while [ ! -s /run/status ]; do sleep 0.1; done; cat /run/status")).toBe("0");
    expect(await run(again, "cat /mnt/note")).toBe("before");
    expect((await again.event("disks")).names).toMatchObject({ "vol-data": "vdb" });
    await run(again, "echo after > /mnt/note && umount /mnt");
    await again.client.detachVolume({ volumeId: "vol-data", force: false });
    await attached(again, "vol-more", "vdg");
    expect(await run(again, "ls /sys/block | grep -c '^vd'")).toBe("2");
  });

  it("M11 F44 F22 in memory survive a reboot and are gone with the machine; a saved machine has them", async () => {
    const scratch: InstanceStore = {
      kind: "instance-store",
      volumeId: "ephemeral0",
      device: "vdb",
      sizeBytes: 2 ** 40,
    };
    const vm = await boot({ change: (spec) => ({ ...spec, volumes: [...spec.volumes, scratch] }) });
    await vm.event("ready");
    expect(await run(vm, "cat /sys/block/vdb/size")).toBe(String(2 ** 40 / 512));
    await run(vm, "echo scratch | dd of=/dev/vdb conv=fsync 2>/dev/null");
    const from = vm.events.filter(({ type }) => type === "ready").length;
    await vm.client.reboot();
    await vm.event("ready", from + 1);
    expect(await run(vm, "head -n 1 /dev/vdb")).toBe("scratch");
    await expect(vm.client.detachVolume({ volumeId: "ephemeral0", force: true })).rejects.toMatchObject({
      code: "OperationNotPermitted",
    });
    const state = structuredClone(await vm.client.save());
    vm.dispose();
    const again = owned(await TestVm.restore(vm.spec, state));
    await again.event("ready");
    await run(again, "echo 3 > /proc/sys/vm/drop_caches");
    expect(await run(again, "head -n 1 /dev/vdb")).toBe("scratch");
    await again.client.powerOff();
    // An instance has one worker at a time.
    again.dispose();
    const fresh = await boot({ volumeId: vm.spec.volumes[0]?.volumeId ?? "", change: () => vm.spec });
    await fresh.event("ready");
    expect(await run(fresh, "head -c 512 /dev/vdb | tr -d '\\0' | wc -c")).toBe("0");
  });

  it("M10 F39 F47 serve no faster than their limits, and no request fails", async () => {
    const vm = await boot();
    await vm.event("ready");
    await attached(vm, "vol-data", "vdb");
    await vm.client.setVolumeLimits({ volumeId: "vol-data", iops: 50, bytesPerSecond: null });
    const seconds = async (command: string) => {
      const start = performance.now();
      await run(vm, command);
      return (performance.now() - start) / 1000;
    };
    // 200 requests at 50 a second; a slow machine takes longer, never less.
    expect(await seconds("dd if=/dev/vdb of=/dev/null bs=4k count=200 iflag=direct 2>/dev/null")).toBeGreaterThan(3.5);
    await vm.client.setVolumeLimits({ volumeId: "vol-data", iops: null, bytesPerSecond: 2 * MIB });
    expect(await seconds("dd if=/dev/zero of=/dev/vdb bs=64k count=128 oflag=direct 2>/dev/null")).toBeGreaterThan(3.5);
  });
});
