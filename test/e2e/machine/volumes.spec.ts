import type { AttachVolumeRequest, CreateVolumeRequest, DetachVolumeRequest } from "../../../src/api/types.ts";
import { type CloudPage, expect, test } from "./fixtures.ts";

const GIB = 2 ** 30;

const create = (cloud: CloudPage, request: CreateVolumeRequest) =>
  cloud.page.evaluate(async (wanted) => (await tabvisor.volumes.create(wanted)).id, request);

const attach = (cloud: CloudPage, request: AttachVolumeRequest) =>
  cloud.page.evaluate(async (wanted) => (await tabvisor.volumes.attach(wanted)).attachment, request);

const detach = (cloud: CloudPage, request: DetachVolumeRequest) =>
  cloud.page.evaluate(async (wanted) => (await tabvisor.volumes.detach(wanted)).state, request);

const snapshot = (cloud: CloudPage, volumeId: string, freeze = false) =>
  cloud.page.evaluate(async ([id, frozen]) => (await tabvisor.snapshots.create({ volumeId: id, freeze: frozen })).id, [
    volumeId,
    freeze,
  ] as const);

const facts = (cloud: CloudPage, volumeId: string) =>
  cloud.page.evaluate((id) => {
    const { state, attachment, sizeBytes } = tabvisor.volumes.get(id);
    return { state, attached: attachment?.state ?? null, sizeBytes };
  }, volumeId);

test.describe("volumes of a running instance", () => {
  test("F39 F40 F41 F46 a new volume is plugged in, formatted, unplugged, and is whole at another instance", async ({
    cloud,
  }) => {
    await cloud.open();
    const [first = "", second = ""] = await cloud.launch({ count: 2 });
    const volumeId = await create(cloud, { sizeGiB: 1 });
    expect(await attach(cloud, { volumeId, instanceId: first, device: "/dev/sdf" })).toMatchObject({
      device: "/dev/sdf",
      guestDevice: "/dev/vdb",
      state: "attached",
    });
    await cloud.run(first, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && echo kept > /mnt/note");

    const problem = await cloud.page.evaluate(async (id) => {
      try {
        await tabvisor.volumes.detach({ volumeId: id });
        return null;
      } catch (error) {
        const { code, details } = error as { code: string; details: { mountPoints: string[] } };
        return { code, mountPoints: details.mountPoints };
      }
    }, volumeId);
    expect(problem).toEqual({ code: "VolumeInUse", mountPoints: ["/mnt"] });
    expect(await facts(cloud, volumeId)).toEqual({ state: "in-use", attached: "busy", sizeBytes: GIB });

    await cloud.run(first, "umount /mnt");
    expect(await detach(cloud, { volumeId })).toBe("available");
    expect(await cloud.run(first, "ls /sys/block | grep -c ^vd")).toBe("1");
    await attach(cloud, { volumeId, instanceId: second });
    expect(await cloud.run(second, "mount /dev/vdb /mnt && cat /mnt/note")).toBe("kept");
    const root = await cloud.page.evaluate((id) => tabvisor.instances.get(id).rootVolumeId, second);
    expect(await cloud.codeOf(`await tabvisor.volumes.detach({ volumeId: "${root}", force: true })`)).toBe(
      "OperationNotPermitted",
    );
  });

  test("F41 a mounted volume can be taken by force, and the guest lives on", async ({ cloud }) => {
    await cloud.open();
    const instanceId = await cloud.launchOne();
    const volumeId = await create(cloud, { sizeGiB: 1 });
    await attach(cloud, { volumeId, instanceId });
    await cloud.run(instanceId, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && echo before > /mnt/note && sync");
    expect(await detach(cloud, { volumeId, force: true })).toBe("available");
    expect((await cloud.exec(instanceId, "echo after > /mnt/new && sync /mnt/new")).exitCode).not.toBe(0);
    expect(await cloud.run(instanceId, "umount -l /mnt; echo alive")).toBe("alive");
    const { guestDevice } = (await attach(cloud, { volumeId, instanceId })) ?? {};
    expect(await cloud.run(instanceId, `mount ${guestDevice} /mnt && cat /mnt/note`)).toBe("before");
  });

  test("F40 F43 F46 attachments stay over stop, start and a reload of the page", async ({ cloud }) => {
    await cloud.open();
    const instanceId = await cloud.launchOne();
    const volumeId = await create(cloud, { sizeGiB: 1 });
    await attach(cloud, { volumeId, instanceId });
    await cloud.run(instanceId, "echo kept | dd of=/dev/vdb conv=fsync 2>/dev/null");
    await cloud.act(instanceId, "stop");
    await cloud.waitUntil(instanceId, "stopped");
    await cloud.reload();
    await cloud.act(instanceId, "start");
    await cloud.ready(instanceId);
    expect(await cloud.run(instanceId, "head -n 1 /dev/vdb")).toBe("kept");
    await cloud.act(instanceId, "terminate");
    await cloud.waitUntil(instanceId, "terminated");
    expect(await facts(cloud, volumeId)).toMatchObject({ state: "available", attached: null });
  });

  test("F42 a volume grows under a mounted file system, root and data", async ({ cloud }) => {
    await cloud.open();
    const instanceId = await cloud.launchOne();
    const root = await cloud.page.evaluate((id) => tabvisor.instances.get(id).rootVolumeId, instanceId);
    const volumeId = await create(cloud, { sizeGiB: 1 });
    await attach(cloud, { volumeId, instanceId });
    await cloud.run(instanceId, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && echo kept > /mnt/note");
    for (const [id, disk, path] of [
      [volumeId, "vdb", "/mnt"],
      [root, "vda", "/"],
    ] as const) {
      await cloud.page.evaluate((volume) => tabvisor.volumes.modify({ volumeId: volume, sizeGiB: 3 }), id);
      expect(await cloud.run(instanceId, `cat /sys/block/${disk}/size`)).toBe(String((3 * GIB) / 512));
      await cloud.page.evaluate((volume) => tabvisor.volumes.growFileSystem(volume), id);
      const kib = Number(await cloud.run(instanceId, `df -k ${path} | awk 'NR == 2 { print $2 }'`));
      expect(kib).toBeGreaterThan(2.5 * 2 ** 20);
    }
    expect(await cloud.run(instanceId, "cat /mnt/note")).toBe("kept");
  });

  test("F49 F50 snapshots of a guest that writes: frozen, restored to a new volume, and all of an instance", async ({
    cloud,
  }) => {
    await cloud.open();
    const instanceId = await cloud.launchOne();
    const volumeId = await create(cloud, { sizeGiB: 1 });
    await attach(cloud, { volumeId, instanceId });
    await cloud.run(instanceId, "mke2fs -q /dev/vdb && mount /dev/vdb /mnt && sync && echo then > /mnt/note");
    const snapshotId = await snapshot(cloud, volumeId, true);
    await cloud.run(instanceId, "echo later > /mnt/note && sync");
    const copy = await create(cloud, { snapshotId });
    const { guestDevice } = (await attach(cloud, { volumeId: copy, instanceId })) ?? {};
    expect(await cloud.run(instanceId, `mkdir /run/copy && mount ${guestDevice} /run/copy && cat /run/copy/note`)).toBe(
      "then",
    );
    const made = await cloud.page.evaluate(async (id) => {
      const all = await tabvisor.snapshots.createMany({ instanceId: id, freeze: true });
      return all.map(({ state, volumeId: of }) => [state, of]);
    }, instanceId);
    expect(made).toHaveLength(3);
    expect(made).toContainEqual(["completed", volumeId]);
    expect(await cloud.run(instanceId, "echo on > /mnt/note && sync && cat /mnt/note")).toBe("on");
  });

  test("F44 F45 instance-store disks and volumes named at launch are there, and go as they should", async ({
    cloud,
  }) => {
    await cloud.open();
    const instanceId = await cloud.launchOne({
      blockDevices: [
        { device: "/dev/sdb", virtualName: "ephemeral0" },
        { device: "/dev/sdc", ebs: { sizeGiB: 1 } },
      ],
    });
    await cloud.run(instanceId, "for d in b c; do echo vd$d | dd of=/dev/vd$d conv=fsync 2>/dev/null; done");
    await cloud.act(instanceId, "reboot");
    await cloud.ready(instanceId);
    expect(await cloud.run(instanceId, "head -qn 1 /dev/vdb /dev/vdc")).toBe("vdb\nvdc");
    await cloud.act(instanceId, "stop");
    await cloud.waitUntil(instanceId, "stopped");
    await cloud.act(instanceId, "start");
    await cloud.ready(instanceId);
    expect(await cloud.run(instanceId, "head -c 4 /dev/vdb | tr -d '\\0'; head -n 1 /dev/vdc")).toBe("vdc");
  });
});
