import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";
import { accountView } from "../scope.ts";

const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

const launch = (request: object = {}) => launched(cloud, request);

describe("F35 F79 an image in another region", () => {
  it("is launched where it is, and so are volumes of a snapshot made", async () => {
    const account = cloud.seenBy(accountView("123456789012"));
    const image = await account.images.copy({ image: "tiny", name: "far", region: "eu-west-1" });
    const [vm] = await account.instances.launch({ image: image.id });
    expect(vm).toMatchObject({ region: "eu-west-1", availabilityZone: "eu-west-1a" });
    const snapshotId = image.blockDevices[0]?.snapshotId ?? "";
    expect(await account.volumes.create({ snapshotId, sizeGiB: 1 })).toMatchObject({ availabilityZone: "eu-west-1a" });
    await rejects(account.images.copy({ image: "tiny", name: "nowhere", region: "moon-1" }), "InvalidParameterValue");
  });
});

describe("F29 an image of an instance", () => {
  const devices = [{ device: "/dev/sdf", ebs: { sizeGiB: 2, type: "gp3" as const, deleteOnTermination: true } }];

  it("reboots a running one, takes all its volumes at one point, and is launched with all of them", async () => {
    const vm = await launch({ rootVolumeGiB: 1, blockDevices: devices });
    const states: string[] = [];
    cloud.images.onChange(() => void cloud.images.list().then((all) => states.push(all.at(-1)?.state ?? "")));
    for (const volume of cloud.volumes.list())
      lab.blocks.volume(volume.id).content = `${volume.attachment?.device} then`;
    const image = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web (1)", description: "d" });
    await settle();
    expect(lab.machines.last.calls).toEqual(["reboot", "snapshotVolumes 2"]);
    expect(states[0]).toBe("pending");
    expect(image).toMatchObject({
      name: "web (1)",
      description: "d",
      kind: "own",
      state: "available",
      sourceInstanceId: vm.id,
      diskBytes: GIB,
      blockDevices: [
        { device: "/dev/vda", sizeBytes: GIB, deleteOnTermination: true },
        { device: "/dev/sdf", sizeBytes: 2 * GIB, type: "gp3", deleteOnTermination: true },
      ],
    });
    expect(cloud.snapshots.list().map(({ description }) => description)).toEqual([
      `Created by CreateImage(${vm.id}) for ${image.id}`,
      `Created by CreateImage(${vm.id}) for ${image.id}`,
    ]);
    const copy = await launch({ image: image.id });
    expect(copy).toMatchObject({ state: "running", imageName: "web (1)", rootVolumeBytes: GIB });
    const mine = cloud.volumes.list().filter(({ instanceId }) => instanceId === copy.id);
    const contents = mine.map(({ id, attachment }) => [attachment?.device, lab.blocks.volume(id).content]);
    expect(Object.fromEntries(contents)).toEqual({ "/dev/vda": "/dev/vda then", "/dev/sdf": "/dev/sdf then" });
    expect(lab.machines.last.spec.image.manifest.commandLine).toBe("quiet root=/dev/vda");
  });

  it("leaves a running one alone when told not to reboot it", async () => {
    const vm = await launch();
    await cloud.images.createFromInstance({ instanceId: vm.id, name: "web", noReboot: true });
    expect(lab.machines.last.calls).toEqual(["snapshotVolumes 1"]);
  });

  it("is made of a stopped one without its machine; F44 instance stores are no part of it", async () => {
    const vm = await launch({ blockDevices: [{ device: "/dev/sdb", virtualName: "ephemeral0" }] });
    await vm.stop();
    const image = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
    expect(image.blockDevices).toHaveLength(1);
    expect(lab.blocks.count("snapshotVolume")).toBe(1);
  });

  it("F24 boots with the kernel command line that the instance had", async () => {
    const vm = await launch();
    await vm.stop();
    await vm.modify({ commandLine: "single" });
    const image = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
    expect(image.commandLine).toBe("single");
    await launch({ image: "web" });
    expect(lab.machines.last.spec.image.manifest.commandLine).toBe("single");
  });

  it.each(["ab", "x".repeat(129), "a:bc", "naïve", "", "abc\n"])("refuses the name %j", async (name) => {
    const vm = await launch();
    await rejects(cloud.images.createFromInstance({ instanceId: vm.id, name }), "InvalidAMIName.Malformed");
  });

  it("refuses a name that another image has, also while that one is being made", async () => {
    const vm = await launch();
    const instanceId = vm.id;
    const [first, second] = await Promise.allSettled([
      cloud.images.createFromInstance({ instanceId, name: "web" }),
      cloud.images.createFromInstance({ instanceId, name: "web" }),
    ]);
    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ status: "rejected", reason: { code: "InvalidAMIName.Duplicate" } });
    await rejects(cloud.images.createFromInstance({ instanceId, name: "tiny" }), "InvalidAMIName.Duplicate");
  });

  it("refuses an unknown instance, one that is on its way, and one without a root", async () => {
    const name = "web";
    await rejects(
      cloud.images.createFromInstance({ instanceId: "i-00000000000000000", name }),
      "InvalidInstanceID.NotFound",
    );
    const vm = await launch();
    await vm.stop();
    await cloud.volumes.detach({ volumeId: vm.rootVolumeId });
    await rejects(cloud.images.createFromInstance({ instanceId: vm.id, name }), "InvalidParameterValue");
    await vm.terminate();
    await rejects(cloud.images.createFromInstance({ instanceId: vm.id, name }), "IncorrectInstanceState");
  });

  it("is failed, with the reason, when the snapshots cannot be taken, and can be deregistered", async () => {
    const vm = await launch();
    lab.machines.last.volumeError = new CloudError("Store.QuotaExceeded", "full");
    await rejects(cloud.images.createFromInstance({ instanceId: vm.id, name: "web" }), "Store.QuotaExceeded");
    const image = (await cloud.images.list()).at(-1);
    expect(image).toMatchObject({ state: "failed", stateReason: { code: "Store.QuotaExceeded" } });
    await rejects(launch({ image: image?.id }), "InvalidAMIID.Unavailable");
    await cloud.images.deregister(image?.id ?? "");
    expect(await cloud.images.list()).toHaveLength(1);
  });

  it("is available after a reload when its snapshots are, and failed when they are not", async () => {
    const vm = await launch();
    await vm.stop();
    lab.blocks.hold("snapshotVolume");
    void cloud.images.createFromInstance({ instanceId: vm.id, name: "taken" });
    await settle();
    lab.blocks.takeSnapshot(vm.rootVolumeId, cloud.snapshots.list()[0]?.id ?? "");
    void cloud.images.createFromInstance({ instanceId: vm.id, name: "lost" });
    await settle();
    lab.blocks.hold("snapshotVolume")();
    const later = await lab.open();
    await settle();
    const own = (await later.images.list()).filter(({ kind }) => kind === "own");
    expect(Object.fromEntries(own.map(({ name, state }) => [name, state]))).toEqual({
      taken: "available",
      lost: "failed",
    });
  });
});

describe("F30 an image of a snapshot", () => {
  it("boots with another image's kernel, and the command line given", async () => {
    const { id: volumeId } = await cloud.volumes.create({ sizeGiB: 2 });
    lab.blocks.volume(volumeId).content = "mine";
    const snapshot = await cloud.snapshots.create({ volumeId });
    const image = await cloud.images.register({
      snapshotId: snapshot.id,
      name: "mine",
      commandLine: "root=/dev/vda rw",
    });
    expect(image).toMatchObject({ state: "available", diskBytes: 2 * GIB, commandLine: "root=/dev/vda rw" });
    const vm = await launch({ image: "mine" });
    expect(lab.blocks.volume(vm.rootVolumeId)).toEqual({ content: "mine", sizeBytes: 2 * GIB });
    await rejects(launch({ image: "mine", rootVolumeGiB: 1 }), "InvalidBlockDeviceMapping");
    expect((await launch({ image: "mine", rootVolumeGiB: 3 })).rootVolumeBytes).toBe(3 * GIB);
  });

  it("refuses what is no completed snapshot, and a kernel that does not exist", async () => {
    const name = "mine";
    await rejects(cloud.images.register({ snapshotId: "snap-00000000000000000", name }), "InvalidSnapshot.NotFound");
    const { id: volumeId } = await cloud.volumes.create({ sizeGiB: 1 });
    const { id: snapshotId } = await cloud.snapshots.create({ volumeId });
    await rejects(cloud.images.register({ snapshotId, name, kernelImage: "nope" }), "InvalidAMIID.NotFound");
  });
});

describe("F33 deregistering", () => {
  it("ends launches, and leaves instances and snapshots alone", async () => {
    const vm = await launch();
    const { id } = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
    const copy = await launch({ image: id });
    await cloud.images.deregister(id);
    await rejects(launch({ image: id }), "InvalidAMIID.Unavailable");
    await rejects(launch({ image: "web" }), "InvalidAMIID.NotFound");
    await rejects(cloud.images.deregister(id), "InvalidAMIID.Unavailable");
    await rejects(cloud.images.get(id), "InvalidAMIID.Unavailable");
    expect(cloud.snapshots.list()).toHaveLength(1);
    await copy.stop();
    await copy.start();
    expect(copy).toMatchObject({ state: "running", imageName: "web" });
    await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
  });

  it("frees its snapshots, which could not be deleted before", async () => {
    const vm = await launch();
    const { id } = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
    const [snapshot] = cloud.snapshots.list();
    expect(snapshot?.imageIds).toEqual([id]);
    await expect(cloud.snapshots.delete(snapshot?.id ?? "")).rejects.toMatchObject({
      code: "InvalidSnapshot.InUse",
      message: `The snapshot ${snapshot?.id} is currently in use by ${id}`,
    });
    await cloud.images.deregister(id);
    await cloud.snapshots.delete(snapshot?.id ?? "");
    expect(cloud.snapshots.list()).toEqual([]);
  });

  it("refuses an embedded image, unknown and malformed ids", async () => {
    const [tiny] = await cloud.images.list();
    await rejects(cloud.images.deregister(tiny?.id ?? ""), "AuthFailure");
    await rejects(cloud.images.deregister("ami-00000000000000000"), "InvalidAMIID.NotFound");
    await rejects(cloud.images.deregister("nonsense"), "InvalidAMIID.Malformed");
  });

  it("is remembered over a reload", async () => {
    const vm = await launch();
    const { id } = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
    await cloud.images.deregister(id);
    cloud = await lab.open();
    await rejects(launch({ image: id }), "InvalidAMIID.Unavailable");
  });
});

describe("F35 copying", () => {
  it("makes snapshots of its own, which outlive the original's", async () => {
    const vm = await launch();
    lab.blocks.volume(vm.rootVolumeId).content = "then";
    const original = await cloud.images.createFromInstance({ instanceId: vm.id, name: "web" });
    const copy = await cloud.images.copy({ image: original.id, name: "web copy" });
    expect(copy.blockDevices[0]?.snapshotId).not.toBe(original.blockDevices[0]?.snapshotId);
    await cloud.images.deregister(original.id);
    await cloud.snapshots.delete(original.blockDevices[0]?.snapshotId ?? "");
    const again = await launch({ image: "web copy" });
    expect(lab.blocks.volume(again.rootVolumeId).content).toBe("then");
    // What the copy passed through is gone.
    expect(lab.blocks.volumes.size).toBe(cloud.volumes.list().length);
  });

  it("copies an embedded image too, which then needs no other", async () => {
    const copy = await cloud.images.copy({ image: "tiny", name: "my tiny" });
    expect(copy).toMatchObject({ kind: "own", state: "available", diskBytes: 1 << 20 });
    const vm = await launch({ image: "my tiny" });
    expect(lab.blocks.volume(vm.rootVolumeId).content).toBe("tiny");
  });

  it("refuses an unknown image", async () => {
    await rejects(cloud.images.copy({ image: "ami-00000000000000000", name: "web" }), "InvalidAMIID.NotFound");
  });

  it("leaves nothing behind when it fails, or when the page goes away", async () => {
    lab.blocks.failNext("snapshotVolume", new CloudError("Store.Failed", "no"));
    await rejects(cloud.images.copy({ image: "tiny", name: "first" }), "Store.Failed");
    expect(lab.blocks.volumes.size).toBe(0);
    lab.blocks.hold("snapshotVolume");
    void cloud.images.copy({ image: "tiny", name: "second" });
    await settle();
    expect(lab.blocks.volumes.size).toBe(1);
    lab.blocks.hold("snapshotVolume")();
    const later = await lab.open();
    await settle();
    expect(lab.blocks.volumes.size).toBe(0);
    expect((await later.images.list()).map(({ state }) => state)).toEqual(["available", "failed", "failed"]);
  });
});

describe("F77 tags of an image", () => {
  it("are replaced, but not an embedded image's", async () => {
    const copy = await cloud.images.copy({ image: "tiny", name: "mine", tags: { a: "1" } });
    expect(copy.tags).toEqual({ a: "1" });
    expect((await cloud.images.setTags(copy.id, { b: "2" })).tags).toEqual({ b: "2" });
    const [tiny] = await cloud.images.list();
    await rejects(cloud.images.setTags(tiny?.id ?? "", {}), "AuthFailure");
  });
});
