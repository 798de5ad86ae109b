import { type CloudPage, expect, test } from "./fixtures.ts";

/** An image whose root is an instance store, of a guest with a file in it. */
async function storeImage(cloud: CloudPage): Promise<void> {
  const id = await cloud.launchOne();
  await cloud.run(id, "echo from the image > /root/file; sync");
  await cloud.act(id, "stop");
  await cloud.page.evaluate(async (instanceId) => {
    const { rootVolumeId } = tabvisor.instances.get(instanceId);
    const { id: snapshotId } = await tabvisor.snapshots.create({ volumeId: rootVolumeId });
    await tabvisor.images.register({ snapshotId, name: "store", rootDeviceType: "instance-store" });
  }, id);
}

test("F22 F31 F32 a root on an instance store: over a reboot, never stopped, gone with the page", async ({ cloud }) => {
  await cloud.open();
  await storeImage(cloud);
  const id = await cloud.launchOne({ image: "store" });
  expect(await cloud.run(id, "cat /root/file")).toBe("from the image");
  await cloud.run(id, "head -c 5000000 /dev/urandom > /root/data; sync; echo 3 > /proc/sys/vm/drop_caches");
  const hash = await cloud.run(id, "sha256sum /root/data");
  await cloud.act(id, "reboot");
  await cloud.ready(id);
  expect(await cloud.run(id, "sha256sum /root/data")).toBe(hash);
  expect(await cloud.codeOf(`await tabvisor.instances.get("${id}").stop()`)).toBe("UnsupportedOperation");
  expect((await cloud.facts(id)).state).toBe("running");
  const volumes = () => cloud.page.evaluate(() => tabvisor.volumes.list().map(({ name, state }) => [name, state]));
  await cloud.page.evaluate(async (instanceId) => {
    const { id: volumeId } = await tabvisor.volumes.create({ sizeGiB: 1, name: "data" });
    await tabvisor.volumes.attach({ volumeId, instanceId });
  }, id);
  await cloud.run(id, "echo kept > /dev/vdb; sync");
  // What an instance writes is its own: another one has the image's content.
  const other = await cloud.launchOne({ image: "store" });
  expect(await cloud.run(other, "cat /root/file; ls /root/data 2>/dev/null | wc -l")).toBe("from the image\n0");
  await cloud.run(other, "(sleep 1; poweroff) > /dev/null 2>&1 &");
  await cloud.waitUntil(other, "terminated");
  expect((await cloud.facts(other)).reason).toBe("Client.InstanceInitiatedShutdown");

  await cloud.reload();
  await cloud.waitUntil(id, "terminated");
  expect(await cloud.facts(id)).toMatchObject({ reason: "Server.PageClosed" });
  expect(await volumes()).toContainEqual(["data", "available"]);
});
