import { type CloudPage, expect, test } from "./fixtures.ts";

/** A blank volume, attached, with a file system on it that is mounted; gives its id and what the guest calls it. */
async function dataVolume(cloud: CloudPage, instanceId: string, directory: string) {
  const volume = await cloud.page.evaluate(async (id) => {
    const { id: volumeId } = await tabvisor.volumes.create({ sizeGiB: 1, type: "gp3", name: "data" });
    const { attachment } = await tabvisor.volumes.attach({ volumeId, instanceId: id });
    return { id: volumeId, device: attachment?.guestDevice ?? "" };
  }, instanceId);
  await cloud.run(
    instanceId,
    `mke2fs -q ${volume.device} >&2; mkdir -p ${directory}; mount ${volume.device} ${directory}`,
  );
  return volume;
}

test.describe("disks, with real guests", () => {
  test("F39 F40 F41 F42 F49 F50 a volume is attached, snapshotted, grown, detached and restored", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    const volume = await dataVolume(cloud, id, "/mnt");
    await cloud.run(id, "echo then > /mnt/file; sync");
    const volumeId = volume.id;
    expect(await cloud.codeOf(`await tabvisor.volumes.detach({ volumeId: "${volumeId}" })`)).toBe("VolumeInUse");
    expect(await cloud.page.evaluate((v) => tabvisor.volumes.get(v).attachment?.state, volumeId)).toBe("busy");
    const snapshotId = await cloud.page.evaluate(async (v) => {
      return (await tabvisor.snapshots.create({ volumeId: v, freeze: true })).id;
    }, volumeId);
    await cloud.run(id, "echo now > /mnt/file; sync");
    const grown = await cloud.page.evaluate(async (v) => {
      await tabvisor.volumes.modify({ volumeId: v, sizeGiB: 2 });
      return await tabvisor.volumes.growFileSystem(v);
    }, volumeId);
    expect(grown).toMatchObject([{ mountPoint: "/mnt" }]);
    expect(Number(await cloud.run(id, "df -k /mnt | awk 'END {print $2}'"))).toBeGreaterThan(1_900_000);
    await cloud.run(id, "umount /mnt");
    const restored = await cloud.page.evaluate(
      async ([instanceId, v, snapshot]) => {
        await tabvisor.volumes.detach({ volumeId: v });
        const { id: again } = await tabvisor.volumes.create({ snapshotId: snapshot });
        const { attachment } = await tabvisor.volumes.attach({ volumeId: again, instanceId });
        return attachment?.guestDevice;
      },
      [id, volumeId, snapshotId] as const,
    );
    expect(await cloud.run(id, `mount ${restored} /mnt && cat /mnt/file`)).toBe("then");
    await cloud.run(id, "umount /mnt");
    const rolledBack = await cloud.page.evaluate(
      async ([instanceId, v, snapshot]) => {
        await tabvisor.volumes.rollback({ volumeId: v, snapshotId: snapshot });
        return (await tabvisor.volumes.attach({ volumeId: v, instanceId })).attachment?.guestDevice;
      },
      [id, volumeId, snapshotId] as const,
    );
    expect(await cloud.run(id, `mount ${rolledBack} /mnt && cat /mnt/file`)).toBe("then");
    const ofImage = await cloud.page.evaluate(async (instanceId) => {
      const { id: volumeId } = await tabvisor.volumes.create({ image: "tiny" });
      return (await tabvisor.volumes.attach({ volumeId, instanceId })).attachment?.guestDevice;
    }, id);
    const same = `mkdir /tmp/image && mount ${ofImage} /tmp/image && cmp /tmp/image/bin/busybox /bin/busybox && echo same`;
    expect(await cloud.run(id, same)).toBe("same");
  });

  test("F43 F44 F45 F46 disks named at launch, over reboot, stop, a reload of the page and termination", async ({
    cloud,
  }) => {
    await cloud.open();
    const id = await cloud.launchOne({
      blockDevices: [
        { device: "/dev/sdb", ebs: { sizeGiB: 1 } },
        { device: "/dev/sdc", virtualName: "ephemeral0" },
      ],
    });
    const write = (device: string, text: string) => cloud.run(id, `echo ${text} > ${device}; sync`);
    const read = (device: string) => cloud.run(id, `head -c 4 ${device} | tr -d '\\0'`);
    await write("/dev/vdb", "kept");
    await write("/dev/vdc", "temp");
    await cloud.act(id, "reboot");
    await cloud.ready(id);
    expect([await read("/dev/vdb"), await read("/dev/vdc")]).toEqual(["kept", "temp"]);
    await cloud.act(id, "stop");
    await cloud.reload();
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect([await read("/dev/vdb"), await read("/dev/vdc")]).toEqual(["kept", ""]);
    await cloud.act(id, "terminate");
    const left = await cloud.page.evaluate(() =>
      tabvisor.volumes.list().map(({ sizeBytes, state }) => [sizeBytes, state]),
    );
    expect(left).toEqual([[2 ** 30, "available"]]);
  });

  test("F37 the root of a stopped instance is mended in another one", async ({ cloud }) => {
    await cloud.open();
    const [broken, helper] = (await cloud.launch({ count: 2 })) as [string, string];
    await cloud.run(broken, "echo broken > /root/file; sync");
    const root = await cloud.page.evaluate((id) => tabvisor.instances.get(id).rootVolumeId, broken);
    expect(await cloud.codeOf(`await tabvisor.volumes.detach({ volumeId: "${root}", force: true })`)).toBe(
      "OperationNotPermitted",
    );
    await cloud.act(broken, "stop");
    const device = await cloud.page.evaluate(
      async ([volumeId, instanceId]) => {
        await tabvisor.volumes.detach({ volumeId });
        return (await tabvisor.volumes.attach({ volumeId, instanceId })).attachment?.guestDevice;
      },
      [root, helper] as const,
    );
    expect(await cloud.codeOf(`await tabvisor.instances.get("${broken}").start()`)).toBe("InvalidParameterValue");
    await cloud.run(helper, `mount ${device} /mnt && echo mended > /mnt/root/file && umount /mnt`);
    await cloud.page.evaluate(
      async ([volumeId, instanceId]) => {
        await tabvisor.volumes.detach({ volumeId });
        await tabvisor.volumes.attach({ volumeId, instanceId, device: "/dev/sda1" });
      },
      [root, broken] as const,
    );
    await cloud.act(broken, "start");
    await cloud.ready(broken);
    expect(await cloud.run(broken, "cat /root/file")).toBe("mended");
  });

  test("F29 F33 F35 F04 an image of a running instance, its copy, and what is left without them", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await dataVolume(cloud, id, "/mnt");
    await cloud.run(id, "echo root > /root/file; echo data > /mnt/file; sync");
    const made = await cloud.page.evaluate(async (instanceId) => {
      const image = await tabvisor.images.createFromInstance({ instanceId, name: "web" });
      const copy = await tabvisor.images.copy({ image: "web", name: "web copy" });
      return { id: image.id, copy: copy.id, snapshots: image.blockDevices.map(({ snapshotId }) => snapshotId ?? "") };
    }, id);
    await cloud.ready(id);
    await cloud.run(id, "echo later > /root/file; sync");
    const first = await cloud.launchOne({ image: "web" });
    expect(await cloud.run(first, "mount /dev/vdb /mnt; cat /root/file /mnt/file")).toBe("root\ndata");
    const [snapshot] = made.snapshots;
    expect(await cloud.codeOf(`await tabvisor.snapshots.delete("${snapshot}")`)).toBe("InvalidSnapshot.InUse");
    await cloud.page.evaluate(async ({ id: imageId, snapshots }) => {
      await tabvisor.images.deregister(imageId);
      for (const each of snapshots) await tabvisor.snapshots.delete(each);
    }, made);
    expect(await cloud.codeOf(`await tabvisor.instances.launch({ image: "${made.id}" })`)).toBe(
      "InvalidAMIID.Unavailable",
    );
    await cloud.act(first, "stop");
    await cloud.act(first, "start");
    await cloud.ready(first);
    expect(await cloud.run(first, "cat /root/file")).toBe("root");
    const second = await cloud.launchOne({ image: made.copy });
    expect(await cloud.run(second, "mount /dev/vdb /mnt; cat /root/file /mnt/file")).toBe("root\ndata");
  });

  test("F30 what is exported as qcow2 and zstd is imported, and boots", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "echo carried > /root/file; sync");
    await cloud.act(id, "stop");
    for (const format of ["qcow2", "raw.zst"] as const) {
      const imported = await cloud.page.evaluate(
        async ([instanceId, wanted]) => {
          const { rootVolumeId } = tabvisor.instances.get(instanceId);
          const file = await new Response(await tabvisor.volumes.export(rootVolumeId, { format: wanted })).blob();
          const snapshot = await tabvisor.snapshots.import({ source: file, name: wanted });
          await tabvisor.images.register({ snapshotId: snapshot.id, name: `from ${wanted}` });
          return snapshot;
        },
        [id, format] as const,
      );
      expect(imported).toMatchObject({ state: "completed", sizeBytes: 64 * 2 ** 20 });
      const again = await cloud.launchOne({ image: `from ${format}` });
      expect(await cloud.run(again, "cat /root/file")).toBe("carried");
    }
  });
});
