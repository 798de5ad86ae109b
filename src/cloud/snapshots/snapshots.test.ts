import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";

const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;
let volumeId: string;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
  volumeId = (await cloud.volumes.create({ sizeGiB: 1 })).id;
});

const running = (...devices: string[]) =>
  launched(cloud, { blockDevices: devices.map((device) => ({ device, ebs: { sizeGiB: 1 } })) });

describe("F49 taking a snapshot", () => {
  it("goes from pending to completed, and holds the volume as it was", async () => {
    const states: unknown[] = [];
    cloud.snapshots.onChange(() =>
      states.push(...cloud.snapshots.list().map(({ state, progress }) => [state, progress])),
    );
    lab.blocks.volume(volumeId).content = "then";
    const snapshot = await cloud.snapshots.create({ volumeId, description: "before the upgrade", name: "daily" });
    lab.blocks.volume(volumeId).content = "now";
    expect(states).toEqual([
      ["pending", 0],
      ["completed", 100],
    ]);
    expect(snapshot).toMatchObject({
      volumeId,
      sizeBytes: GIB,
      description: "before the upgrade",
      name: "daily",
      state: "completed",
      progress: 100,
      imageIds: [],
    });
    expect(snapshot.id).toMatch(/^snap-[0-9a-f]{17}$/);
    expect(lab.blocks.snapshot(snapshot.id).content).toBe("then");
    expect(await cloud.snapshots.usage(snapshot.id)).toEqual({ sizeBytes: GIB, storedBytes: 4, ownBytes: 0 });
  });

  it("is taken by the machine of a running instance, frozen when asked for", async () => {
    const vm = await running();
    await cloud.snapshots.create({ volumeId: vm.rootVolumeId });
    await cloud.snapshots.create({ volumeId: vm.rootVolumeId, freeze: true });
    expect(lab.machines.last.calls).toEqual(["snapshotVolumes 1", "snapshotVolumes 1 freeze"]);
    expect(lab.blocks.count("snapshotVolume")).toBe(0);
    await vm.stop();
    await cloud.snapshots.create({ volumeId: vm.rootVolumeId });
    expect(lab.blocks.count("snapshotVolume")).toBe(1);
    expect(lab.blocks.snapshots.size).toBe(3);
  });

  it("F39 restores to a new volume, of its size or larger", async () => {
    lab.blocks.volume(volumeId).content = "then";
    const { id } = await cloud.snapshots.create({ volumeId });
    await cloud.volumes.delete(volumeId);
    const volume = await cloud.volumes.create({ snapshotId: id });
    expect(volume).toMatchObject({ sizeBytes: GIB, snapshotId: id, state: "available" });
    expect(lab.blocks.volume(volume.id).content).toBe("then");
    expect((await cloud.volumes.create({ snapshotId: id, sizeGiB: 5 })).sizeBytes).toBe(5 * GIB);
  });

  it("F39 refuses a volume that is smaller than the snapshot", async () => {
    const large = await cloud.volumes.create({ sizeGiB: 2 });
    const { id } = await cloud.snapshots.create({ volumeId: large.id });
    await rejects(cloud.volumes.create({ snapshotId: id, sizeGiB: 1 }), "InvalidParameterValue");
  });

  it("refuses ids that are none, are unknown, or are of a volume that is on its way", async () => {
    await rejects(cloud.snapshots.create({ volumeId: "nonsense" }), "InvalidVolumeID.Malformed");
    await rejects(cloud.snapshots.create({ volumeId: "vol-00000000000000000" }), "InvalidVolume.NotFound");
    await rejects(cloud.snapshots.create({ volumeId, description: "x".repeat(256) }), "InvalidParameterValue");
    lab.blocks.hold("createVolume");
    void cloud.volumes.create({ sizeGiB: 1 });
    await settle();
    const creating = cloud.volumes.list().find(({ state }) => state === "creating");
    await rejects(cloud.snapshots.create({ volumeId: creating?.id ?? "" }), "IncorrectState");
  });

  it("F49 allows five pending ones of a volume, one of st1 and sc1", async () => {
    const release = lab.blocks.hold("snapshotVolume");
    const five = Array.from({ length: 5 }, () => cloud.snapshots.create({ volumeId }));
    await settle();
    await rejects(cloud.snapshots.create({ volumeId }), "ConcurrentSnapshotLimitExceeded");
    release();
    await Promise.all(five);
    const cold = await cloud.volumes.create({ sizeGiB: 125, type: "sc1" });
    const second = lab.blocks.hold("snapshotVolume");
    const one = cloud.snapshots.create({ volumeId: cold.id });
    await settle();
    await rejects(cloud.snapshots.create({ volumeId: cold.id }), "ConcurrentSnapshotLimitExceeded");
    second();
    await one;
    expect(cloud.snapshots.list().every(({ state }) => state === "completed")).toBe(true);
  });

  it("is in error, with the reason, when it cannot be taken", async () => {
    lab.blocks.failNext("snapshotVolume", new CloudError("Store.QuotaExceeded", "full"));
    await rejects(cloud.snapshots.create({ volumeId }), "Store.QuotaExceeded");
    const [snapshot] = cloud.snapshots.list();
    expect(snapshot).toMatchObject({ state: "error", stateReason: { code: "Store.QuotaExceeded" }, progress: 0 });
    await rejects(cloud.volumes.create({ snapshotId: snapshot?.id ?? "" }), "IncorrectState");
    await cloud.snapshots.delete(snapshot?.id ?? "");
    expect(cloud.snapshots.list()).toEqual([]);
  });

  it("is in error when the machine goes down meanwhile", async () => {
    const vm = await running();
    lab.machines.last.hold = new Promise(() => {});
    const taking = cloud.snapshots.create({ volumeId: vm.rootVolumeId });
    await settle();
    await vm.stop({ force: true });
    await rejects(taking, "IncorrectInstanceState");
    expect(cloud.snapshots.list()).toMatchObject([{ state: "error" }]);
  });
});

describe("F50 several volumes at one point in time", () => {
  it("asks the machine once for all of them", async () => {
    const vm = await running("/dev/sdb", "/dev/sdc");
    const snapshots = await cloud.snapshots.createMany({ instanceId: vm.id, freeze: true, tags: { set: "1" } });
    expect(snapshots).toHaveLength(3);
    expect(snapshots.every(({ tags }) => tags.set === "1")).toBe(true);
    expect(lab.machines.last.calls).toEqual(["snapshotVolumes 3 freeze"]);
    expect(await cloud.snapshots.createMany({ instanceId: vm.id, excludeBootVolume: true })).toHaveLength(2);
  });

  it("takes them of a stopped instance before it can start again", async () => {
    const vm = await running("/dev/sdb");
    await vm.stop();
    const release = lab.blocks.hold("snapshotVolume");
    const taking = cloud.snapshots.createMany({ instanceId: vm.id });
    await settle();
    const starting = vm.start();
    await settle();
    expect(vm.state).toBe("pending");
    release();
    expect(await taking).toHaveLength(2);
    await starting;
    expect(vm.state).toBe("running");
  });

  it("has all of them in error when one cannot be taken, and leaves none behind", async () => {
    const vm = await running("/dev/sdb");
    await vm.stop();
    lab.blocks.failNext("snapshotVolume", new CloudError("Store.Failed", "no"));
    await rejects(cloud.snapshots.createMany({ instanceId: vm.id }), "Store.Failed");
    expect(cloud.snapshots.list().map(({ state }) => state)).toEqual(["error", "error"]);
    expect(lab.blocks.snapshots.size).toBe(0);
  });

  it("refuses an instance without volumes: a terminated one, or one with nothing but its root", async () => {
    const vm = await running();
    await rejects(cloud.snapshots.createMany({ instanceId: vm.id, excludeBootVolume: true }), "IncorrectState");
    await vm.terminate();
    await rejects(cloud.snapshots.createMany({ instanceId: vm.id }), "IncorrectState");
  });

  it("refuses an unknown instance", async () => {
    await rejects(cloud.snapshots.createMany({ instanceId: "i-00000000000000000" }), "InvalidInstanceID.NotFound");
  });
});

describe("F49 deleting a snapshot", () => {
  it("leaves others and volumes alone, and has the space given back", async () => {
    const first = await cloud.snapshots.create({ volumeId });
    const second = await cloud.snapshots.create({ volumeId });
    const restored = await cloud.volumes.create({ snapshotId: first.id });
    await cloud.snapshots.delete(first.id);
    expect(cloud.snapshots.list().map(({ id }) => id)).toEqual([second.id]);
    expect(cloud.volumes.get(restored.id).state).toBe("available");
    expect([...lab.blocks.snapshots.keys()]).toEqual([second.id]);
    await lab.clock.advance(5_000);
    expect(lab.blocks.count("collectGarbage")).toBe(1);
  });

  it("refuses one that a volume is being made from", async () => {
    const { id } = await cloud.snapshots.create({ volumeId });
    const release = lab.blocks.hold("createVolume");
    const making = cloud.volumes.create({ snapshotId: id });
    await settle();
    await rejects(cloud.snapshots.delete(id), "IncorrectState");
    release();
    await making;
    await cloud.snapshots.delete(id);
  });

  it("refuses unknown ids, and one that is being taken", async () => {
    await rejects(cloud.snapshots.delete("nonsense"), "InvalidSnapshotID.Malformed");
    await rejects(cloud.snapshots.delete("snap-00000000000000000"), "InvalidSnapshot.NotFound");
    const release = lab.blocks.hold("snapshotVolume");
    const taking = cloud.snapshots.create({ volumeId });
    await settle();
    await rejects(cloud.snapshots.delete(cloud.snapshots.list()[0]?.id ?? ""), "IncorrectState");
    release();
    await taking;
  });
});

describe("F49 snapshots over a reload", () => {
  it("are there again as they were", async () => {
    const snapshot = await cloud.snapshots.create({ volumeId, name: "kept" });
    expect((await lab.open()).snapshots.list()).toEqual([snapshot]);
  });

  it("are completed when the block store has them, and in error when it has not", async () => {
    lab.blocks.hold("snapshotVolume");
    void cloud.snapshots.create({ volumeId, name: "taken" });
    await settle();
    const [taken] = cloud.snapshots.list();
    lab.blocks.takeSnapshot(volumeId, taken?.id ?? "");
    void cloud.snapshots.create({ volumeId, name: "lost" });
    await settle();
    lab.blocks.hold("snapshotVolume")();
    const later = await lab.open();
    await settle();
    const states = later.snapshots.list().map(({ name, state }) => [name, state]);
    expect(Object.fromEntries(states)).toEqual({ taken: "completed", lost: "error" });
  });

  it("are deleted to the end", async () => {
    const { id } = await cloud.snapshots.create({ volumeId });
    lab.blocks.hold("deleteSnapshot");
    void cloud.snapshots.delete(id);
    await settle();
    expect(cloud.snapshots.list()).toEqual([]);
    lab.blocks.hold("deleteSnapshot")();
    const later = await lab.open();
    await settle();
    expect(later.snapshots.list()).toEqual([]);
    expect(lab.blocks.snapshots.size).toBe(0);
  });
});
