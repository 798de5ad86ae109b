import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";

const GIB = 2 ** 30;
const NOBODY = "vol-00000000000000000";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

const running = () => launched(cloud);

describe("F39 creating volumes", () => {
  it("makes a blank one of the size and type asked for, and tells it while it goes on", async () => {
    const states: string[] = [];
    cloud.volumes.onChange(() => states.push(...cloud.volumes.list().map(({ state }) => state)));
    const volume = await cloud.volumes.create({ sizeGiB: 8, type: "gp3", name: "data", tags: { team: "x" } });
    expect(volume).toMatchObject({
      name: "data",
      tags: { Name: "data", team: "x" },
      sizeBytes: 8 * GIB,
      type: "gp3",
      iops: 3000,
      throughputMiBps: 125,
      state: "available",
      attachment: null,
      snapshotId: null,
    });
    expect(volume.id).toMatch(/^vol-[0-9a-f]{17}$/);
    expect(states).toEqual(["creating", "available"]);
    expect(lab.blocks.volume(volume.id).sizeBytes).toBe(8 * GIB);
    expect(cloud.volumes.get(volume.id)).toEqual(volume);
  });

  it("makes one of an image: of an embedded one's files, of an own one's root snapshot", async () => {
    const embedded = await cloud.volumes.create({ image: "tiny" });
    const [root] = (await cloud.images.get("tiny")).blockDevices;
    expect(embedded).toMatchObject({ sizeBytes: root?.sizeBytes, snapshotId: null, state: "available" });
    expect(embedded.imageId).toBe((await cloud.images.get("tiny")).id);
    const instance = await running();
    const image = await cloud.images.createFromInstance({ instanceId: instance.id, name: "mine", noReboot: true });
    const own = await cloud.volumes.create({ image: image.id, sizeGiB: 3 });
    expect(own).toMatchObject({ sizeBytes: 3 * GIB, snapshotId: image.blockDevices[0]?.snapshotId });
    await cloud.images.deregister(image.id);
    await rejects(cloud.volumes.create({ image: image.id }), "InvalidAMIID.Unavailable");
  });

  it.each<[string, object, string]>([
    ["neither size nor snapshot", {}, "MissingParameter"],
    ["an unknown image", { image: "ami-00000000000000000" }, "InvalidAMIID.NotFound"],
    ["an image and a snapshot", { image: "tiny", snapshotId: "snap-00000000000000000" }, "InvalidParameterCombination"],
    ["a type that is none", { sizeGiB: 1, type: "gp9" }, "InvalidParameterValue"],
    ["a size below the type's", { sizeGiB: 1, type: "st1" }, "InvalidParameterValue"],
    ["half a GiB", { sizeGiB: 0.5 }, "InvalidParameterValue"],
    ["more than 2 TiB", { sizeGiB: 2049 }, "InvalidParameterValue"],
    ["IOPS for a type without", { sizeGiB: 1, iops: 100 }, "InvalidParameterDependency"],
    ["a type with IOPS without them", { sizeGiB: 4, type: "io2" }, "MissingParameter"],
    ["an unknown snapshot", { snapshotId: "snap-00000000000000000" }, "InvalidSnapshot.NotFound"],
    ["no snapshot id", { snapshotId: "nonsense" }, "InvalidSnapshotID.Malformed"],
    ["F77 a tag that is too long", { sizeGiB: 1, tags: { x: "y".repeat(257) } }, "InvalidParameterValue"],
    ["F77 a reserved tag", { sizeGiB: 1, tags: { "aws:x": "y" } }, "InvalidParameterValue"],
  ])("refuses %s, and makes nothing", async (_, request, code) => {
    await rejects(cloud.volumes.create(request as never), code);
    expect(cloud.volumes.list()).toEqual([]);
    expect(lab.blocks.calls).toEqual([]);
  });

  it("F77 refuses more than 50 tags", async () => {
    const tags = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ""]));
    await rejects(cloud.volumes.create({ sizeGiB: 1, tags }), "TagLimitExceeded");
  });

  it("is in error, with the reason, when it cannot be made, and can be deleted", async () => {
    lab.blocks.failNext("createVolume", new CloudError("Store.QuotaExceeded", "full"));
    await rejects(cloud.volumes.create({ sizeGiB: 1 }), "Store.QuotaExceeded");
    const [volume] = cloud.volumes.list();
    expect(volume).toMatchObject({ state: "error", stateReason: { code: "Store.QuotaExceeded" } });
    await cloud.volumes.delete(volume?.id ?? "");
    expect(cloud.volumes.list()).toEqual([]);
  });

  it("makes nothing when it cannot be stored", async () => {
    lab.disk.database("cloud").quotaBytes = 0;
    await rejects(cloud.volumes.create({ sizeGiB: 1 }), "Store.QuotaExceeded");
    expect(cloud.volumes.list()).toEqual([]);
    expect(lab.blocks.calls).toEqual([]);
  });
});

describe("F46 volumes over a reload", () => {
  it("are there again as they were", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, name: "kept" });
    expect((await lab.open()).volumes.list()).toEqual([volume]);
  });

  it("are made when the page went away in between", async () => {
    lab.blocks.hold("createVolume");
    void cloud.volumes.create({ sizeGiB: 1 });
    await settle();
    expect(lab.blocks.volumes.size).toBe(0);
    lab.blocks.hold("createVolume")();
    const later = await lab.open();
    await settle();
    const [volume] = later.volumes.list();
    expect(volume?.state).toBe("available");
    expect(lab.blocks.volumes.has(volume?.id ?? "")).toBe(true);
  });

  it("become available when they had been made already", async () => {
    lab.blocks.hold("createVolume");
    void cloud.volumes.create({ sizeGiB: 1 });
    await settle();
    const id = cloud.volumes.list()[0]?.id ?? "";
    lab.blocks.hold("createVolume")();
    await lab.blocks.client.createVolume({ database: "cloud", volumeId: id, sizeBytes: GIB, image: null });
    const later = await lab.open();
    await settle();
    expect(later.volumes.get(id).state).toBe("available");
  });

  it("are deleted to the end", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.hold("deleteVolume");
    void cloud.volumes.delete(id);
    await settle();
    expect(cloud.volumes.get(id).state).toBe("deleting");
    lab.blocks.hold("deleteVolume")();
    const later = await lab.open();
    await settle();
    expect(later.volumes.list()).toEqual([]);
    expect(lab.blocks.volumes.size).toBe(0);
  });
});

describe("F41 deleting volumes", () => {
  it("deletes an available one, and has the space given back after a while", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    await cloud.volumes.delete(id);
    expect(lab.blocks.volumes.size).toBe(0);
    expect(() => cloud.volumes.get(id)).toThrow(expect.objectContaining({ code: "InvalidVolume.NotFound" }));
    await lab.clock.advance(5_000);
    expect(lab.blocks.count("collectGarbage")).toBe(1);
  });

  it("refuses an attached one with EC2's text", async () => {
    const vm = await running();
    await expect(cloud.volumes.delete(vm.rootVolumeId)).rejects.toMatchObject({
      code: "VolumeInUse",
      message: `Volume ${vm.rootVolumeId} is currently attached to ${vm.id}`,
    });
  });

  it("tells malformed from unknown", async () => {
    await rejects(cloud.volumes.delete("nonsense"), "InvalidVolumeID.Malformed");
    await rejects(cloud.volumes.delete(NOBODY), "InvalidVolume.NotFound");
    await rejects(cloud.volumes.delete("snap-00000000000000000"), "InvalidVolumeID.Malformed");
  });

  it("stays where it is when the block store cannot delete it, and can be deleted again", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.failNext("deleteVolume", new CloudError("Store.Failed", "no"));
    await rejects(cloud.volumes.delete(id), "Store.Failed");
    expect(cloud.volumes.get(id).state).toBe("deleting");
    await cloud.volumes.delete(id);
    expect(cloud.volumes.list()).toEqual([]);
  });
});

describe("F42 modifying volumes", () => {
  it("grows a detached one through the volume worker", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    const volume = await cloud.volumes.modify({ volumeId: id, sizeGiB: 3 });
    expect(volume).toMatchObject({ sizeBytes: 3 * GIB, modification: { state: "completed" } });
    expect(lab.blocks.volume(id).sizeBytes).toBe(3 * GIB);
  });

  it("F47 grows one in use through its machine, and gives the machine its new limits", async () => {
    const vm = await running();
    const { id } = await cloud.volumes.create({ sizeGiB: 4 });
    await cloud.volumes.attach({ volumeId: id, instanceId: vm.id });
    await cloud.volumes.modify({ volumeId: id, sizeGiB: 8, type: "io2", iops: 400 });
    expect(lab.machines.last.calls.slice(-2)).toEqual([`resizeVolume ${id}`, `setVolumeLimits ${id}`]);
    expect(lab.machines.last.limits.get(id)).toEqual({ iops: 400, bytesPerSecond: 100 * 2 ** 20 });
    expect(cloud.volumes.get(id)).toMatchObject({ sizeBytes: 8 * GIB, type: "io2", iops: 400 });
    await cloud.volumes.growFileSystem(id);
    expect(lab.machines.last.calls.at(-1)).toBe(`growFileSystem ${id}`);
  });

  it.each<[string, object, string]>([
    ["shrinking", { sizeGiB: 3 }, "InvalidParameterValue"],
    ["a size of a fraction", { sizeGiB: 4.5 }, "InvalidParameterValue"],
    ["a type that is too large for it", { type: "st1" }, "InvalidParameterValue"],
    ["IOPS that the type has not", { iops: 300 }, "InvalidParameterDependency"],
    ["a type that needs IOPS", { type: "io1" }, "MissingParameter"],
  ])("refuses %s, and changes nothing", async (_, request, code) => {
    const before = await cloud.volumes.create({ sizeGiB: 4 });
    await rejects(cloud.volumes.modify({ volumeId: before.id, ...request } as never), code);
    expect(cloud.volumes.get(before.id)).toEqual(before);
    expect(lab.blocks.count("resizeVolume")).toBe(0);
  });

  it("tells a modification that failed, and keeps the old size", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.failNext("resizeVolume", new CloudError("Store.Failed", "no room"));
    await rejects(cloud.volumes.modify({ volumeId: id, sizeGiB: 2 }), "Store.Failed");
    expect(cloud.volumes.get(id)).toMatchObject({
      sizeBytes: GIB,
      modification: { state: "failed", message: "no room" },
    });
  });

  it("F42 is refused within 6 hours of the one before, over a reload too", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    await cloud.volumes.modify({ volumeId: id, sizeGiB: 2 });
    const refused = {
      code: "VolumeModificationRateExceeded",
      message:
        "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume.",
      details: { volumeId: id, nextAt: new Date(lab.clock.now() + 6 * 3_600_000).toISOString() },
    };
    await expect(cloud.volumes.modify({ volumeId: id, sizeGiB: 3 })).rejects.toMatchObject(refused);
    lab.clock.sleep(6 * 3_600_000 - 1);
    cloud = await lab.open();
    await expect(cloud.volumes.modify({ volumeId: id, sizeGiB: 3 })).rejects.toMatchObject(refused);
    expect(cloud.volumes.get(id)).toMatchObject({ sizeBytes: 2 * GIB, modification: { state: "completed" } });
    lab.clock.sleep(1);
    await cloud.volumes.modify({ volumeId: id, sizeGiB: 3 });
    expect(cloud.volumes.get(id).sizeBytes).toBe(3 * GIB);
  });

  it("F42 may be tried again at once when it has failed, and other volumes may be", async () => {
    const [{ id }, other] = [await cloud.volumes.create({ sizeGiB: 1 }), await cloud.volumes.create({ sizeGiB: 1 })];
    lab.blocks.failNext("resizeVolume", new CloudError("Store.Failed", "no room"));
    await rejects(cloud.volumes.modify({ volumeId: id, sizeGiB: 2 }), "Store.Failed");
    await cloud.volumes.modify({ volumeId: id, sizeGiB: 2 });
    await cloud.volumes.modify({ volumeId: other.id, sizeGiB: 2 });
    expect(cloud.volumes.list().map(({ sizeBytes }) => sizeBytes)).toEqual([2 * GIB, 2 * GIB]);
  });

  it("is finished after a reload", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.hold("resizeVolume");
    void cloud.volumes.modify({ volumeId: id, sizeGiB: 2 });
    await settle();
    expect(cloud.volumes.get(id).modification?.state).toBe("modifying");
    lab.blocks.hold("resizeVolume")();
    const later = await lab.open();
    await settle();
    expect(later.volumes.get(id)).toMatchObject({ sizeBytes: 2 * GIB, modification: { state: "completed" } });
    expect(lab.blocks.volume(id).sizeBytes).toBe(2 * GIB);
  });

  it("refuses to grow the file system of what no guest runs with", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    await rejects(cloud.volumes.growFileSystem(id), "IncorrectState");
  });
});

describe("F50 rolling back in place", () => {
  it("gives a detached volume its old content, and keeps its size", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(id).content = "before";
    const snapshot = await cloud.snapshots.create({ volumeId: id });
    lab.blocks.volume(id).content = "after";
    await cloud.volumes.modify({ volumeId: id, sizeGiB: 2 });
    const volume = await cloud.volumes.rollback({ volumeId: id, snapshotId: snapshot.id });
    expect(volume.sizeBytes).toBe(2 * GIB);
    expect(lab.blocks.volume(id).content).toBe("before");
  });

  it("is refused while the instance runs, and works when it has stopped", async () => {
    const vm = await running();
    const request = { volumeId: vm.rootVolumeId, snapshotId: "" };
    request.snapshotId = (await cloud.snapshots.create({ volumeId: vm.rootVolumeId })).id;
    await rejects(cloud.volumes.rollback(request), "IncorrectState");
    await vm.stop();
    await cloud.volumes.rollback(request);
    expect(lab.blocks.count("rollbackVolume")).toBe(1);
  });

  it("refuses a snapshot that is larger than the volume", async () => {
    const large = await cloud.volumes.create({ sizeGiB: 2 });
    const small = await cloud.volumes.create({ sizeGiB: 1 });
    const snapshot = await cloud.snapshots.create({ volumeId: large.id });
    await rejects(cloud.volumes.rollback({ volumeId: small.id, snapshotId: snapshot.id }), "InvalidParameterValue");
  });
});

describe("reading volumes", () => {
  it("refuses to export what a guest may be writing to", async () => {
    const vm = await running();
    await rejects(cloud.volumes.export(vm.rootVolumeId), "VolumeInUse");
    await rejects(cloud.volumes.export(NOBODY), "InvalidVolume.NotFound");
  });

  it("ends an export with an error when the worker dies that writes it", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.failNext("exportDisk", new CloudError("Worker.Gone", "gone"));
    await rejects(new Response(await cloud.volumes.export(id)).text(), "Worker.Gone");
  });

  it("exports what is detached, or whose instance has stopped", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(id).content = "all of it";
    expect(await new Response(await cloud.volumes.export(id, { format: "qcow2" })).text()).toBe("all of it");
    const vm = await running();
    await vm.stop();
    expect(await new Response(await cloud.volumes.export(vm.rootVolumeId)).text()).toBe("tiny");
    await rejects(cloud.volumes.export(id, { format: "vhd" as "raw" }), "InvalidParameterValue");
  });

  it("tells stored bytes and layers", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(id).content = "1234";
    expect(await cloud.volumes.storedBytes(id)).toBe(4);
    expect(await cloud.volumes.chain(id)).toMatchObject({ layers: [{ id: "layer-1", storedBytes: 4 }] });
  });

  it("F77 replaces tags", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 1, name: "a" });
    expect(await cloud.volumes.setTags(id, { Name: "b" })).toMatchObject({ name: "b", tags: { Name: "b" } });
  });
});
