import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import type { CloudResources } from "../assembly.ts";
import { GIB } from "../volumes/volume-types.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

/** A snapshot of a disk on which the BIOS would find that. */
async function snapshotOf(content: string): Promise<string> {
  const volume = await cloud.volumes.create({ sizeGiB: 1 });
  lab.blocks.volume(volume.id).content = content;
  return (await cloud.snapshots.create({ volumeId: volume.id })).id;
}

const launch = (request: object) => launched(cloud, { image: "my image", ...request });

const places = () =>
  lab.machines.last.spec.volumes.map(({ device, ...disk }) => [device, "readOnly" in disk && disk.readOnly]);

describe("F30 M13 how an image of a snapshot boots", () => {
  it.each([
    ["boot-sector", {}, "legacy-bios"],
    ["a bare file system", {}, "kernel"],
    ["boot-sector", { bootMode: "kernel" }, "kernel"],
    ["boot-sector", { kernelImage: "tiny" }, "kernel"],
    ["boot-sector", { commandLine: "root=/dev/vda1" }, "kernel"],
    ["a bare file system", { bootMode: "legacy-bios" }, "legacy-bios"],
  ] as const)("a disk with %s and %j: %s", async (content, asked, bootMode) => {
    const snapshotId = await snapshotOf(content);
    const image = await cloud.images.register({ name: "my image", snapshotId, ...asked });
    expect(image.bootMode).toBe(bootMode);
    await launch({});
    expect(lab.machines.last.spec.image.bootMode ?? "kernel").toBe(bootMode);
    expect(places()).toEqual([["vda", false]]);
  });

  it("a disk that stands on an image which comes with the page: with that one's kernel", async () => {
    const vm = await launch({ image: "tiny" });
    const { id: snapshotId } = await cloud.snapshots.create({ volumeId: vm.rootVolumeId });
    expect(await cloud.images.register({ name: "my image", snapshotId })).toMatchObject({ bootMode: "kernel" });
    expect(lab.blocks.count("findBootLoader")).toBe(0);
  });

  it("is remembered by the image, its instances and images of these, over a reload", async () => {
    const snapshotId = await snapshotOf("boot-sector");
    await cloud.images.register({ name: "my image", snapshotId });
    const vm = await launch({});
    await cloud.images.createFromInstance({ instanceId: vm.id, name: "another", noReboot: true });
    cloud = await lab.open();
    for (const name of ["my image", "another"]) {
      expect(await cloud.images.get(name)).toMatchObject({ bootMode: "legacy-bios", commandLine: "", defaultUser: "" });
    }
    const again = cloud.instances.get(vm.id);
    await again.start();
    expect(lab.machines.last.spec.image.bootMode).toBe("legacy-bios");
  });

  it("refuses what contradicts itself", async () => {
    const snapshotId = await snapshotOf("boot-sector");
    const name = "my image";
    const bootMode = "legacy-bios";
    await rejects(
      cloud.images.register({ name, snapshotId, bootMode, kernelImage: "tiny" }),
      "InvalidParameterCombination",
    );
    await rejects(
      cloud.images.register({ name, snapshotId, bootMode, commandLine: "x" }),
      "InvalidParameterCombination",
    );
    await rejects(cloud.images.register({ name, snapshotId, bootMode: "uefi" as never }), "InvalidParameterValue");
  });

  it("F24 can be changed to another image's while stopped; a boot loader's command line is its own", async () => {
    const snapshotId = await snapshotOf("boot-sector");
    await cloud.images.register({ name: "my image", snapshotId });
    const vm = await launch({});
    await vm.stop();
    await rejects(vm.modify({ commandLine: "single" }), "InvalidParameterCombination");
    await vm.modify({ kernelImage: "tiny", commandLine: "single" });
    await vm.start();
    expect(lab.machines.last.spec.image).toMatchObject({ manifest: { commandLine: "single" } });
    expect(lab.machines.last.spec.image.bootMode).toBeUndefined();
    await vm.stop();
    await vm.modify({ kernelImage: "my image" });
    await vm.start();
    expect(lab.machines.last.spec.image.bootMode).toBe("legacy-bios");
  });
});

describe("F30 M15 an image of a CD", () => {
  let snapshotId: string;

  beforeEach(async () => {
    snapshotId = await snapshotOf("el-torito");
    await cloud.images.register({ name: "my image", snapshotId });
  });

  it("is in the drive of its instances, beside a blank root volume of any size", async () => {
    expect(await cloud.images.get("my image")).toMatchObject({
      bootMode: "legacy-bios",
      diskBytes: 8 * GIB,
      blockDevices: [
        { device: "/dev/vda", snapshotId: null, sizeBytes: 8 * GIB },
        { device: "/dev/sr0", snapshotId, sizeBytes: GIB },
      ],
    });
    const vm = await launch({ rootVolumeGiB: 2 });
    expect(places()).toEqual([
      ["vda", false],
      ["sr0", true],
    ]);
    expect(vm.rootVolumeBytes).toBe(2 * GIB);
    expect(lab.blocks.volume(vm.rootVolumeId).content).toBe("");
    const cd = cloud.volumes.list().find(({ attachment }) => attachment?.device === "/dev/sr0");
    expect(cd?.attachment).toMatchObject({ guestDevice: "/dev/sr0" });
    await launch({ blockDevices: [{ device: "/dev/vda", ebs: { sizeGiB: 1 } }] });
    expect(places()).toHaveLength(2);
  });

  it("can be left out, and taken out and put in while the instance is stopped", async () => {
    await launch({ blockDevices: [{ device: "/dev/sr0", noDevice: true }] });
    expect(places()).toEqual([["vda", false]]);
    const vm = await launch({});
    await vm.stop();
    const cd = cloud.volumes
      .list()
      .find(({ instanceId, attachment }) => instanceId === vm.id && attachment?.device === "/dev/sr0");
    const volumeId = cd?.id ?? "";
    await cloud.volumes.detach({ volumeId });
    await vm.start();
    expect(places()).toEqual([["vda", false]]);
    await vm.stop();
    await cloud.volumes.attach({ volumeId, instanceId: vm.id, device: "/dev/sr0" });
    await vm.start();
    expect(places()).toHaveLength(2);
  });

  it("is no part of an image of its instance", async () => {
    const vm = await launch({});
    const image = await cloud.images.createFromInstance({ instanceId: vm.id, name: "installed", noReboot: true });
    expect(image.blockDevices.map(({ device }) => device)).toEqual(["/dev/vda"]);
    expect(image.bootMode).toBe("legacy-bios");
  });

  it("F50 is left out of snapshots of all volumes", async () => {
    const vm = await launch({});
    const taken = await cloud.snapshots.createMany({ instanceId: vm.id });
    expect(taken.map(({ volumeId }) => volumeId)).toEqual([vm.rootVolumeId]);
  });

  it("cannot be copied or exported: it is not a disk", async () => {
    await rejects(cloud.images.copy({ image: "my image", name: "copy" }), "UnsupportedOperation");
  });

  it("needs a drive, which what boots by its kernel does not have", async () => {
    const ebs = { snapshotId };
    await rejects(launch({ image: "tiny", blockDevices: [{ device: "/dev/sr0", ebs }] }), "InvalidBlockDeviceMapping");
    await rejects(
      launch({ blockDevices: [{ device: "/dev/sr0", virtualName: "ephemeral0" }] }),
      "InvalidBlockDeviceMapping",
    );
    const vm = await launch({ image: "tiny" });
    await vm.stop();
    const { id: volumeId } = await cloud.volumes.create({ snapshotId });
    await rejects(cloud.volumes.attach({ volumeId, instanceId: vm.id, device: "/dev/sr0" }), "InvalidParameterValue");
  });

  it("is refused when a BIOS cannot boot it", async () => {
    const other = await snapshotOf("iso9660");
    await rejects(cloud.images.register({ name: "other", snapshotId: other }), "InvalidParameterValue");
    await rejects(
      cloud.images.register({ name: "other", snapshotId: other, bootMode: "legacy-bios" }),
      "InvalidParameterValue",
    );
  });
});

describe("F20 L15 an instance of an image that is not known to have an agent", () => {
  it("is ok when it is being booted, impaired when there is nothing to boot, and never waits to be ready", async () => {
    const snapshotId = await snapshotOf("boot-sector");
    await cloud.images.register({ name: "my image", snapshotId });
    lab.machines.readyAtOnce = false;
    const vm = await launch({});
    await rejects(vm.ready(), "Agent.Unavailable");
    expect(vm.status.state).toBe("initializing");
    lab.machines.last.hear({ type: "phase", phase: "kernel", atEpochMs: 0 });
    expect(vm.status).toMatchObject({ state: "ok", reason: null });
    lab.machines.last.hear({ type: "not-bootable" });
    expect(vm.status).toMatchObject({ state: "impaired", reason: { code: "Client.NoBootableDevice" } });
    expect(vm.state).toBe("running");
    await vm.stop();
    expect(lab.machines.last.calls).toEqual(["powerOff"]);
  });
});
