import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import type { CloudResources } from "./assembly.ts";
import type { BlockDeviceMapping } from "./launch-block-devices.ts";

const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;
let snapshotId: string;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
  const volume = await cloud.volumes.create({ sizeGiB: 2 });
  lab.blocks.volume(volume.id).content = "data";
  snapshotId = (await cloud.snapshots.create({ volumeId: volume.id })).id;
  await cloud.volumes.delete(volume.id);
});

const launch = async (...blockDevices: BlockDeviceMapping[]) => {
  const [vm] = await cloud.instances.launch({ image: "tiny", blockDevices });
  await settle();
  return vm;
};
const volumesOf = () => cloud.volumes.list().map(({ attachment, ...volume }) => ({ ...volume, ...attachment }));

describe("F45 block device mappings at launch", () => {
  it("gives each instance its root, and volumes blank and from a snapshot", async () => {
    await launch(
      { device: "/dev/xvdc", ebs: { snapshotId } },
      { device: "/dev/sdb", ebs: { sizeGiB: 4, type: "io2", iops: 200, deleteOnTermination: true } },
    );
    expect(lab.machines.last.spec.volumes.map(({ device }) => device)).toEqual(["vda", "vdb", "vdc"]);
    const byDevice = new Map(cloud.volumes.list().map((volume) => [volume.attachment?.device, volume]));
    expect(byDevice.get("/dev/sdb")).toMatchObject({ sizeBytes: 4 * GIB, type: "io2", iops: 200, state: "in-use" });
    expect(byDevice.get("/dev/xvdc")).toMatchObject({ sizeBytes: 2 * GIB, snapshotId });
    expect(lab.blocks.volume(byDevice.get("/dev/xvdc")?.id ?? "").content).toBe("data");
    expect(lab.blocks.volume(byDevice.get("/dev/vda")?.id ?? "").content).toBe("tiny");
  });

  it("F43 keeps volumes at termination unless told not to, and the other way round for the root", async () => {
    const vm = await launch(
      { device: "/dev/sdb", ebs: { sizeGiB: 1 } },
      { device: "/dev/sdc", ebs: { sizeGiB: 1, deleteOnTermination: true } },
      { device: "/dev/sda1", ebs: { deleteOnTermination: false } },
    );
    const keeps = volumesOf().map(({ device, deleteOnTermination }) => [device, deleteOnTermination]);
    expect(Object.fromEntries(keeps)).toEqual({ "/dev/vda": false, "/dev/sdb": false, "/dev/sdc": true });
    await vm?.terminate();
    expect(cloud.volumes.list()).toHaveLength(2);
  });

  it("F38 F47 changes size and type of the root", async () => {
    const vm = await launch({ device: "/dev/xvda", ebs: { sizeGiB: 3, type: "gp2" } });
    expect(vm?.rootVolumeBytes).toBe(3 * GIB);
    expect(cloud.volumes.get(vm?.rootVolumeId ?? "")).toMatchObject({ type: "gp2", throughputMiBps: 128 });
  });

  it("F03 gives every instance of a launch volumes of its own", async () => {
    await cloud.instances.launch({
      image: "tiny",
      count: 2,
      blockDevices: [{ device: "/dev/sdb", ebs: { snapshotId } }],
    });
    await settle();
    expect(new Set(cloud.volumes.list().map(({ id }) => id)).size).toBe(4);
    expect(new Set(cloud.volumes.list().map(({ instanceId }) => instanceId)).size).toBe(2);
  });

  const ebs = { sizeGiB: 1 };
  it.each<[string, BlockDeviceMapping[], string]>([
    ["no ebs", [{ device: "/dev/sdb" }], "MissingParameter"],
    ["ebs without size", [{ device: "/dev/sdb", ebs: {} }], "MissingParameter"],
    ["a device that is none", [{ device: "/dev/foo", ebs }], "InvalidBlockDeviceMapping"],
    [
      "a device twice",
      [
        { device: "/dev/sdb", ebs },
        { device: "/dev/xvdb", ebs },
      ],
      "InvalidBlockDeviceMapping",
    ],
    ["ebs and noDevice", [{ device: "/dev/sdb", ebs, noDevice: true }], "InvalidBlockDeviceMapping"],
    ["no root device", [{ device: "/dev/vda", noDevice: true }], "InvalidBlockDeviceMapping"],
    ["an instance store as root", [{ device: "/dev/vda", virtualName: "ephemeral0" }], "InvalidBlockDeviceMapping"],
    [
      "another snapshot for the root",
      [{ device: "/dev/vda", ebs: { snapshotId: "snap-0" } }],
      "InvalidBlockDeviceMapping",
    ],
    ["ephemeral4", [{ device: "/dev/sdb", virtualName: "ephemeral4" }], "InvalidBlockDeviceMapping"],
    ["ephemeralX", [{ device: "/dev/sdb", virtualName: "ephemeralX" }], "InvalidBlockDeviceMapping"],
    ["an unknown snapshot", [{ device: "/dev/sdb", ebs: { snapshotId: "snap-00000000" } }], "InvalidSnapshot.NotFound"],
    ["a type that is none", [{ device: "/dev/sdb", ebs: { sizeGiB: 1, type: "x" as "gp2" } }], "InvalidParameterValue"],
    ["IOPS for gp2", [{ device: "/dev/sdb", ebs: { sizeGiB: 1, iops: 9 } }], "InvalidParameterDependency"],
  ])("refuses %s with EC2's code, and launches nothing", async (_, blockDevices, code) => {
    const launched = cloud.instances.launch({ image: "tiny", blockDevices });
    await expect(launched).rejects.toMatchObject({ name: "CloudError", code });
    expect(cloud.instances.list()).toEqual([]);
    expect(cloud.volumes.list()).toEqual([]);
  });

  it("refuses a volume that is smaller than its snapshot, and the root's size said twice", async () => {
    await expect(launch({ device: "/dev/sdb", ebs: { snapshotId, sizeGiB: 1 } })).rejects.toMatchObject({
      code: "InvalidBlockDeviceMapping",
    });
    const request = { image: "tiny", rootVolumeGiB: 1, blockDevices: [{ device: "/dev/sda1", ebs }] };
    await expect(cloud.instances.launch(request)).rejects.toMatchObject({ code: "InvalidParameterCombination" });
  });
});

describe("F14 F43 a launch whose machine cannot be had", () => {
  it("takes its volumes with it as a termination does", async () => {
    lab.machines.failWith = new CloudError("Image.ChunkCorrupt", "bad chunk");
    const vm = await launch({ device: "/dev/sdb", ebs: { sizeGiB: 1 } });
    expect(vm).toMatchObject({ state: "terminated", stateReason: { code: "Image.ChunkCorrupt" }, rootVolumeId: "" });
    expect(cloud.volumes.list()).toMatchObject([{ state: "available", attachment: null, sizeBytes: GIB }]);
    expect([...lab.blocks.volumes.keys()]).toEqual(cloud.volumes.list().map(({ id }) => id));
  });

  it("takes them with it too when they could not be made", async () => {
    lab.blocks.failNext("createVolume", new CloudError("Store.QuotaExceeded", "full"));
    const vm = await launch();
    expect(vm).toMatchObject({ state: "terminated", stateReason: { code: "Store.QuotaExceeded" } });
    expect(cloud.volumes.list()).toEqual([]);
    expect(lab.machines.started).toEqual([]);
  });

  it("leaves everything as it was at a later start", async () => {
    const vm = await launch({ device: "/dev/sdb", ebs: { sizeGiB: 1 } });
    await vm?.stop();
    const before = cloud.volumes.list();
    lab.machines.failWith = new CloudError("Image.ChunkCorrupt", "bad chunk");
    await expect(vm?.start()).rejects.toMatchObject({ code: "Image.ChunkCorrupt" });
    expect(vm?.state).toBe("stopped");
    await settle();
    expect(cloud.volumes.list()).toEqual(before);
  });
});

describe("F44 instance-store volumes", () => {
  it("are disks of the machine's memory, with no volume of their own", async () => {
    const vm = await launch(
      { device: "/dev/sdc", virtualName: "ephemeral0" },
      { device: "/dev/sdb", ebs: { sizeGiB: 1 } },
    );
    expect(lab.machines.last.spec.volumes[2]).toEqual({
      kind: "instance-store",
      volumeId: "ephemeral0",
      device: "vdc",
      sizeBytes: 128 * 2 ** 20,
    });
    expect(vm?.instanceStores).toEqual([
      { virtualName: "ephemeral0", device: "/dev/sdc", guestDevice: "/dev/vdc", sizeBytes: 128 * 2 ** 20 },
    ]);
    expect(cloud.volumes.list()).toHaveLength(2);
    await vm?.stop();
    expect(vm?.instanceStores[0]?.guestDevice).toBeNull();
    await vm?.start();
    expect(lab.machines.last.spec.volumes).toHaveLength(3);
  });

  it("F40 keep their device from being taken", async () => {
    const vm = await launch({ device: "/dev/sdc", virtualName: "ephemeral0" });
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    const attached = cloud.volumes.attach({ volumeId: id, instanceId: vm?.id ?? "", device: "/dev/xvdc" });
    await expect(attached).rejects.toMatchObject({ code: "InvalidParameterValue" });
  });

  it("F70 count as memory, at launch and at start", async () => {
    const four = Array.from({ length: 4 }, (_, i) => ({ device: `/dev/sd${"bcde"[i]}`, virtualName: `ephemeral${i}` }));
    const vm = await launch(...four);
    const next = cloud.instances.launch({ image: "tiny", type: "v1.medium" });
    await expect(next).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
    await vm?.stop();
    await cloud.instances.launch({ image: "tiny", type: "v1.medium" });
    await expect(vm?.start()).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
  });
});

describe("F24 changing a stopped instance", () => {
  it("gives it another type and command line at its next start", async () => {
    const vm = await launch();
    await expect(vm?.modify({ type: "v1.small" })).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    await vm?.stop();
    await vm?.modify({ type: "v1.small", commandLine: "single" });
    expect(vm).toMatchObject({ type: { name: "v1.small" }, kernel: { imageId: vm?.imageId, commandLine: "single" } });
    await vm?.start();
    expect(lab.machines.last.spec).toMatchObject({ memoryMiB: 256, image: { manifest: { commandLine: "single" } } });
    const later = (await lab.open()).instances.get(vm?.id ?? "");
    expect(later).toMatchObject({ type: { name: "v1.small" }, kernel: { commandLine: "single" } });
  });

  it("refuses a type or an image that does not exist", async () => {
    const vm = await launch();
    await vm?.stop();
    await expect(vm?.modify({ type: "m1.small" })).rejects.toMatchObject({ code: "InvalidParameterValue" });
    await expect(vm?.modify({ kernelImage: "nope" })).rejects.toMatchObject({ code: "InvalidAMIID.NotFound" });
    expect(vm?.kernel).toBeNull();
  });
});
