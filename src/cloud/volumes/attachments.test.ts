import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";
import type { CloudInstance } from "../instance.ts";

let lab: CloudLab;
let cloud: CloudResources;
let vm: CloudInstance;
let volumeId: string;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
  vm = await launched(cloud);
  volumeId = (await cloud.volumes.create({ sizeGiB: 1 })).id;
});

const attach = (device?: string) =>
  cloud.volumes.attach({ volumeId, instanceId: vm.id, ...(device === undefined ? {} : { device }) });
const detach = (more: object = {}) => cloud.volumes.detach({ volumeId, ...more });
const attachmentOf = (id: string) => cloud.volumes.get(id).attachment;

describe("F40 attaching", () => {
  it("plugs a volume into a running guest, and tells what the guest calls it", async () => {
    const states: (string | undefined)[] = [];
    cloud.volumes.onChange(() => states.push(attachmentOf(volumeId)?.state));
    const volume = await attach("/dev/sdf");
    expect(volume).toMatchObject({
      state: "in-use",
      instanceId: vm.id,
      attachment: { device: "/dev/sdf", guestDevice: "/dev/vdb", state: "attached", deleteOnTermination: false },
    });
    expect(states).toEqual(["attaching", "attaching", "attached"]);
    expect(lab.machines.last.disks.get(volumeId)).toBe("vdf");
    expect(lab.machines.last.limits.get(volumeId)).toEqual({ iops: 3000, bytesPerSecond: 128 * 2 ** 20 });
  });

  it("attaches to a stopped instance, whose next start finds it", async () => {
    await vm.stop();
    await attach("/dev/xvdc");
    expect(attachmentOf(volumeId)).toMatchObject({ state: "attached", guestDevice: null });
    await vm.start();
    expect(lab.machines.last.spec.volumes).toMatchObject([
      { volumeId: vm.rootVolumeId, device: "vda" },
      { volumeId, device: "vdc" },
    ]);
    expect(attachmentOf(volumeId)).toMatchObject({ guestDevice: "/dev/vdb" });
  });

  it("tells what the guest calls its disks when it has said so", async () => {
    await attach("/dev/sdf");
    lab.machines.last.hear({ type: "disks", names: { [vm.rootVolumeId]: "vda", [volumeId]: "vdc" } });
    expect(attachmentOf(volumeId)?.guestDevice).toBe("/dev/vdc");
    expect(attachmentOf(vm.rootVolumeId)?.guestDevice).toBe("/dev/vda");
  });

  it("chooses a name where none is given: f to z, then b to e, and no more than 25", async () => {
    const devices: (string | undefined)[] = [];
    for (let i = 0; i < 25; i++) {
      const { id } = await cloud.volumes.create({ sizeGiB: 1 });
      devices.push((await cloud.volumes.attach({ volumeId: id, instanceId: vm.id })).attachment?.device);
    }
    expect(devices.map((device) => device?.at(-1)).join("")).toBe("fghijklmnopqrstuvwxyzbcde");
    await rejects(attach(), "AttachmentLimitExceeded");
  });

  it.each(["/dev/vda", "/dev/sda1", "/dev/xvda"])("refuses %s, where the root is", async (device) => {
    await rejects(attach(device), "InvalidParameterValue");
  });

  it.each(["sdf", "/dev/hda", "/dev/sd", "/dev/sdaa", "/dev/sdf1", "", "/dev/nvme1n1"])(
    "refuses %j, which is no device name",
    async (device) => await rejects(attach(device), "InvalidParameterValue"),
  );

  it.each(["/dev/sdg", "/dev/xvdg", "/dev/vdg"])("refuses %s when another volume is there", async (device) => {
    const other = await cloud.volumes.create({ sizeGiB: 1 });
    await cloud.volumes.attach({ volumeId: other.id, instanceId: vm.id, device: "/dev/xvdg" });
    await rejects(attach(device), "InvalidParameterValue");
    expect(cloud.volumes.get(volumeId).state).toBe("available");
  });

  it("refuses a volume that is attached, to the same instance or another", async () => {
    await attach();
    const [other] = await cloud.instances.launch({ image: "tiny" });
    await settle();
    await rejects(attach(), "VolumeInUse");
    await rejects(cloud.volumes.attach({ volumeId, instanceId: other?.id ?? "" }), "VolumeInUse");
  });

  it("gives a volume that two ask for at the same time to one of them", async () => {
    const results = await Promise.allSettled([attach("/dev/sdf"), attach("/dev/sdg")]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(attachmentOf(volumeId)?.device).toBe("/dev/sdf");
  });

  it("gives a device that two volumes ask for at the same time to one of them", async () => {
    const other = await cloud.volumes.create({ sizeGiB: 1 });
    const results = await Promise.allSettled([
      attach("/dev/sdf"),
      cloud.volumes.attach({ volumeId: other.id, instanceId: vm.id, device: "/dev/xvdf" }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("refuses unknown and malformed ids", async () => {
    const instanceId = vm.id;
    await rejects(cloud.volumes.attach({ volumeId: "vol-00000000000000000", instanceId }), "InvalidVolume.NotFound");
    await rejects(cloud.volumes.attach({ volumeId: "nonsense", instanceId }), "InvalidVolumeID.Malformed");
    await rejects(cloud.volumes.attach({ volumeId, instanceId: "i-00000000000000000" }), "InvalidInstanceID.NotFound");
    await rejects(cloud.volumes.attach({ volumeId, instanceId: "nonsense" }), "InvalidInstanceID.Malformed");
  });

  it("refuses an instance that is neither running nor stopped", async () => {
    lab.machines.hold = new Promise(() => {});
    const [pending] = await cloud.instances.launch({ image: "tiny" });
    await rejects(cloud.volumes.attach({ volumeId, instanceId: pending?.id ?? "" }), "IncorrectInstanceState");
    await vm.terminate();
    await rejects(attach(), "IncorrectInstanceState");
    expect(cloud.volumes.get(volumeId).state).toBe("available");
  });

  it("is available again when the machine cannot take it", async () => {
    lab.machines.last.volumeError = new CloudError("Volume.ChainBroken", "broken");
    await rejects(attach(), "Volume.ChainBroken");
    expect(cloud.volumes.get(volumeId)).toMatchObject({ state: "available", attachment: null });
  });

  it("is available again when the machine goes down meanwhile", async () => {
    lab.machines.last.hold = new Promise(() => {});
    const attaching = attach();
    await settle();
    await vm.stop({ force: true });
    await rejects(attaching, "IncorrectInstanceState");
    expect(cloud.volumes.get(volumeId).state).toBe("available");
  });
});

describe("F41 detaching", () => {
  it("takes a volume from a running guest", async () => {
    await attach("/dev/sdf");
    const volume = await detach({ instanceId: vm.id, device: "/dev/sdf" });
    expect(volume).toMatchObject({ state: "available", attachment: null });
    expect(lab.machines.last.disks.has(volumeId)).toBe(false);
  });

  it("F41 by force does not wait behind an orderly detach that the guest holds up", async () => {
    await attach();
    await settle();
    lab.machines.last.hold = new Promise(() => {});
    const orderly = detach();
    await settle();
    lab.machines.last.hold = undefined;
    await Promise.all([detach({ force: true }), orderly]);
    expect(cloud.volumes.get(volumeId)).toMatchObject({ state: "available", attachment: null });
    await rejects(detach({ force: true }), "IncorrectState");
  });

  it("is busy while the guest has it mounted, and goes when it lets go or by force", async () => {
    await attach();
    lab.machines.last.mounted.add(volumeId);
    await expect(detach()).rejects.toMatchObject({ code: "VolumeInUse", details: { mountPoints: ["/mnt"] } });
    expect(cloud.volumes.get(volumeId)).toMatchObject({ state: "in-use", attachment: { state: "busy" } });
    await detach({ force: true });
    expect(cloud.volumes.get(volumeId).state).toBe("available");
    expect(lab.machines.last.calls.at(-1)).toBe(`detachVolume ${volumeId} force`);
  });

  it("is no longer busy when the instance has stopped", async () => {
    await attach();
    lab.machines.last.mounted.add(volumeId);
    await rejects(detach(), "VolumeInUse");
    await vm.stop();
    await settle();
    expect(attachmentOf(volumeId)?.state).toBe("attached");
    await detach();
    expect(cloud.volumes.get(volumeId).state).toBe("available");
  });

  it("is detached when the machine goes down meanwhile", async () => {
    await attach();
    lab.machines.last.hold = new Promise(() => {});
    const detaching = detach();
    await settle();
    await vm.stop({ force: true });
    await detaching;
    expect(cloud.volumes.get(volumeId).state).toBe("available");
  });

  it("stays attached when the machine cannot say whether it is in use", async () => {
    await attach();
    lab.machines.last.volumeError = new CloudError("Agent.Unavailable", "no agent");
    await rejects(detach(), "Agent.Unavailable");
    expect(attachmentOf(volumeId)?.state).toBe("attached");
  });

  it("refuses another instance, another device, and what is not attached", async () => {
    await rejects(detach(), "IncorrectState");
    await attach("/dev/sdf");
    await rejects(detach({ instanceId: "i-00000000000000000" }), "InvalidAttachment.NotFound");
    await rejects(detach({ device: "/dev/sdg" }), "InvalidAttachment.NotFound");
    expect(attachmentOf(volumeId)?.state).toBe("attached");
  });

  it("F37 takes the root only from a stopped instance, which then cannot start until it has one again", async () => {
    const root = vm.rootVolumeId;
    await rejects(cloud.volumes.detach({ volumeId: root }), "OperationNotPermitted");
    await rejects(cloud.volumes.detach({ volumeId: root, force: true }), "OperationNotPermitted");
    await vm.stop();
    await cloud.volumes.detach({ volumeId: root });
    expect(vm.rootVolumeId).toBe("");
    await rejects(vm.start(), "InvalidParameterValue");
    expect(vm.state).toBe("stopped");
    await cloud.volumes.attach({ volumeId: root, instanceId: vm.id, device: "/dev/sda1" });
    await vm.start();
    expect(lab.machines.last.spec.volumes).toMatchObject([{ volumeId: root, device: "vda" }]);
  });
});

describe("F46 attachments over stop and reload", () => {
  it("stay while the instance is stopped, and after a reload", async () => {
    await attach("/dev/sdf");
    await vm.stop();
    expect(attachmentOf(volumeId)).toMatchObject({ state: "attached", guestDevice: null });
    const later = await lab.open();
    expect(later.volumes.get(volumeId)).toMatchObject({ state: "in-use", attachment: { device: "/dev/sdf" } });
    await later.instances.get(vm.id).start();
    expect(lab.machines.last.spec.volumes).toHaveLength(2);
  });

  it("finish what was under way when the page went away", async () => {
    await attach();
    const other = (await cloud.volumes.create({ sizeGiB: 1 })).id;
    lab.machines.last.hold = new Promise(() => {});
    void detach();
    void cloud.volumes.attach({ volumeId: other, instanceId: vm.id });
    await settle();
    expect(attachmentOf(volumeId)?.state).toBe("detaching");
    expect(attachmentOf(other)?.state).toBe("attaching");
    const later = await lab.open();
    await settle();
    expect(later.volumes.get(volumeId)).toMatchObject({ state: "available", attachment: null });
    expect(later.volumes.get(other)).toMatchObject({ state: "in-use", attachment: { state: "attached" } });
  });
});

describe("F43 termination", () => {
  it("deletes the root, and gives the others back", async () => {
    const root = vm.rootVolumeId;
    await attach();
    await vm.terminate();
    expect(cloud.volumes.list()).toMatchObject([{ id: volumeId, state: "available", attachment: null }]);
    expect(lab.blocks.volumes.has(root)).toBe(false);
    expect(lab.blocks.volumes.has(volumeId)).toBe(true);
  });

  it("does what was set meanwhile", async () => {
    const root = vm.rootVolumeId;
    await attach();
    await cloud.volumes.setDeleteOnTermination(volumeId, true);
    await cloud.volumes.setDeleteOnTermination(root, false);
    await vm.terminate();
    expect(cloud.volumes.list()).toMatchObject([{ id: root, state: "available" }]);
    expect(lab.blocks.volumes.has(volumeId)).toBe(false);
    await rejects(cloud.volumes.setDeleteOnTermination(root, true), "IncorrectState");
  });

  it("is finished after a reload that came in between", async () => {
    const root = vm.rootVolumeId;
    await attach();
    lab.blocks.hold("deleteVolume");
    void vm.terminate();
    await settle();
    expect(vm.state).toBe("shutting-down");
    lab.blocks.hold("deleteVolume")();
    const later = await lab.open();
    await settle();
    expect(later.instances.get(vm.id).state).toBe("terminated");
    expect(later.volumes.list()).toMatchObject([{ id: volumeId, state: "available" }]);
    expect(lab.blocks.volumes.has(root)).toBe(false);
  });
});
