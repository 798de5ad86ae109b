import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../test/support/cloud-calls.ts";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import type { CloudResources } from "./assembly.ts";

const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;
let snapshotId: string;

const launch = (request: object = {}) => launched(cloud, { image: "store", ...request });

/** An image of a snapshot of 128 MiB whose root is an instance store. */
beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
  const source = new Blob(["x".repeat(2 ** 18)]);
  snapshotId = (await cloud.snapshots.import({ source })).id;
  await cloud.images.register({ snapshotId, name: "store", rootDeviceType: "instance-store" });
});

describe("F31 an image whose root is an instance store", () => {
  it("says so, and so do its copies and its instances", async () => {
    expect(await cloud.images.get("store")).toMatchObject({ rootDeviceType: "instance-store", rootDevice: "/dev/vda" });
    expect(await cloud.images.get("tiny")).toMatchObject({ rootDeviceType: "ebs" });
    expect(await cloud.images.copy({ image: "store", name: "copy" })).toMatchObject({
      rootDeviceType: "instance-store",
    });
    const vm = await launch();
    expect(vm).toMatchObject({ rootDeviceType: "instance-store", rootVolumeId: "", rootVolumeBytes: 2 ** 27 });
    expect(vm.instanceStores).toEqual([]);
    expect(await launched(cloud)).toMatchObject({ rootDeviceType: "ebs" });
  });

  it("F32 has at most 10 GiB, and no other type", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 11 });
    const large = await cloud.snapshots.create({ volumeId: id });
    const rootDeviceType = "instance-store";
    await rejects(
      cloud.images.register({ snapshotId: large.id, name: "large", rootDeviceType }),
      "InvalidParameterValue",
    );
    await rejects(
      cloud.images.register({ snapshotId, name: "odd", rootDeviceType: "tape" as "ebs" }),
      "InvalidParameterValue",
    );
    // The kernel's image says nothing of the root.
    await cloud.images.register({ snapshotId, name: "plain", kernelImage: "store" });
    expect(await cloud.images.get("plain")).toMatchObject({ rootDeviceType: "ebs" });
  });
});

describe("F22 F32 an instance whose root is an instance store", () => {
  it("boots over the snapshot, without a volume; the root counts as memory", async () => {
    const vm = await launch({ type: "v1.small" });
    expect(lab.machines.last.spec.volumes).toEqual([
      { kind: "instance-store", volumeId: "root", device: "vda", sizeBytes: 2 ** 27, base: { snapshotId } },
    ]);
    expect(cloud.volumes.list()).toEqual([]);
    lab.limits = { maxInstances: 20, maxMemoryMiB: 2 * vm.type.memoryMiB + 128 };
    cloud = await lab.open();
    await launch({ type: "v1.small" });
    await rejects(launch({ type: "v1.small" }), "InsufficientInstanceCapacity");
  });

  it("has no volumes made at launch, and gets them while it runs", async () => {
    const text = "EBS block device mappings not supported for instance-store AMIs.";
    const sdf = [{ device: "/dev/sdf", ebs: { sizeGiB: 1 } }];
    await rejects(launch({ blockDevices: sdf }), "InvalidBlockDeviceMapping", text);
    await rejects(launch({ rootVolumeGiB: 1 }), "InvalidBlockDeviceMapping", text);
    const vm = await launch({ blockDevices: [{ device: "/dev/sdb", virtualName: "ephemeral0" }] });
    expect(vm.instanceStores).toMatchObject([{ virtualName: "ephemeral0", device: "/dev/sdb" }]);
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    await rejects(
      cloud.volumes.attach({ volumeId: id, instanceId: vm.id, device: "/dev/sda1" }),
      "InvalidParameterValue",
    );
    await cloud.volumes.attach({ volumeId: id, instanceId: vm.id });
    await cloud.snapshots.createMany({ instanceId: vm.id });
    expect(cloud.snapshots.list().map(({ volumeId }) => volumeId)).toContain(id);
    await vm.terminate();
    expect(cloud.volumes.get(id).state).toBe("available");
  });

  it("is rebooted, but neither stopped, changed nor made an image of", async () => {
    const vm = await launch();
    const text = `The instance '${vm.id}' does not have an 'ebs' root device type and cannot be stopped.`;
    await rejects(vm.stop(), "UnsupportedOperation", text);
    await rejects(vm.stop({ force: true }), "UnsupportedOperation", text);
    await rejects(vm.modify({ type: "v1.small" }), "IncorrectInstanceState");
    await rejects(cloud.images.createFromInstance({ instanceId: vm.id, name: "web" }), "UnsupportedOperation");
    await vm.reboot();
    expect(vm.state).toBe("running");
    expect(lab.machines.started).toHaveLength(1);
  });

  it("F33 F36 keeps its snapshot from being deleted", async () => {
    const vm = await launch();
    await cloud.images.deregister((await cloud.images.get("store")).id, { deleteAssociatedSnapshots: true });
    await rejects(cloud.snapshots.delete(snapshotId), "InvalidSnapshot.InUse", vm.id);
    await vm.terminate();
    await cloud.snapshots.delete(snapshotId);
    expect(cloud.snapshots.list()).toEqual([]);
  });

  it("L14 terminates when its guest powers off, its machine fails, or the page goes; its volumes stay", async () => {
    const guest = await launch();
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    await cloud.volumes.attach({ volumeId: id, instanceId: guest.id });
    lab.machines.last.hear({ type: "powered-off" });
    await settle();
    expect(guest).toMatchObject({ state: "terminated", stateReason: { code: "Client.InstanceInitiatedShutdown" } });
    expect(cloud.volumes.get(id)).toMatchObject({ state: "available", attachment: null });

    const broken = await launch();
    lab.machines.last.hear({ type: "failed", error: { code: "Worker.Gone", message: "gone", details: {} } });
    await settle();
    expect(broken).toMatchObject({ state: "terminated", stateReason: { code: "Worker.Gone" } });

    const reloaded = await launch();
    await cloud.volumes.attach({ volumeId: id, instanceId: reloaded.id });
    cloud = await lab.open();
    await settle();
    expect(cloud.instances.get(reloaded.id)).toMatchObject({
      state: "terminated",
      stateReason: { code: "Server.PageClosed", message: expect.stringContaining("instance store") },
    });
    expect(cloud.volumes.get(id)).toMatchObject({ state: "available", attachment: null });
    expect(cloud.volumes.get(id).sizeBytes).toBe(GIB);
  });

  it("L14 says so when the cloud is closed", async () => {
    const vm = await launch();
    await cloud.instances.shutOff({ code: "Server.PageClosed", message: "closed" });
    expect(vm).toMatchObject({ state: "terminated", stateReason: { code: "Server.PageClosed" } });
  });
});
