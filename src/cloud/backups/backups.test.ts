import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";

const HOUR = 3_600_000;

let lab: CloudLab;
let cloud: CloudResources;
let volumeId: string;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  cloud = await lab.open();
  volumeId = (await cloud.volumes.create({ sizeGiB: 1 })).id;
});

const rejects = async (call: Promise<unknown>, code: string) =>
  await expect(call).rejects.toMatchObject({ name: "CloudError", code });
const policy = () => cloud.backups.list()[0];
const write = (content: string) => {
  lab.blocks.volume(volumeId).content = content;
};
const kept = () => cloud.snapshots.list().map(({ id }) => lab.blocks.snapshot(id).content);

describe("F51 backups by the clock", () => {
  it("are made every so many hours, and the last ones are kept", async () => {
    const { id } = await cloud.backups.create({ volumeId, everyHours: 6, keep: 2 });
    expect(id).toMatch(/^policy-[0-9a-f]{17}$/);
    for (const content of ["one", "two", "three"]) {
      write(content);
      await lab.clock.advance(6 * HOUR - 1);
      await lab.clock.advance(1);
    }
    expect(kept()).toEqual(["two", "three"]);
    expect(policy()).toMatchObject({ lastError: null, lastTime: new Date(lab.clock.now()) });
    expect(policy()?.snapshotIds).toEqual(cloud.snapshots.list().map((snapshot) => snapshot.id));
    expect(policy()?.nextTime).toEqual(new Date(lab.clock.now() + 6 * HOUR));
  });

  it("of an instance are of all its volumes at one point, and count as one", async () => {
    const blockDevices = [{ device: "/dev/sdb", ebs: { sizeGiB: 1 } }];
    const [vm] = await cloud.instances.launch({ image: "tiny", blockDevices });
    await settle();
    await cloud.backups.create({ instanceId: vm?.id ?? "", everyHours: 1, keep: 1, freeze: true });
    await lab.clock.advance(2 * HOUR);
    expect(cloud.snapshots.list()).toHaveLength(2);
    expect(lab.machines.last.calls).toEqual(["snapshotVolumes 2 freeze", "snapshotVolumes 2 freeze"]);
  });

  it("do without freezing where the guest cannot", async () => {
    const [vm] = await cloud.instances.launch({ image: "tiny" });
    await settle();
    const { id } = await cloud.backups.create({ instanceId: vm?.id ?? "", everyHours: 1, keep: 3, freeze: true });
    lab.machines.last.volumeError = new CloudError("Agent.Unavailable", "no agent");
    await cloud.backups.run(id);
    expect(lab.machines.last.calls).toEqual(["snapshotVolumes 1 freeze", "snapshotVolumes 1"]);
    // What could not be taken is not left lying about.
    expect(cloud.snapshots.list().map(({ state }) => state)).toEqual(["completed"]);
  });

  it("catch up once after the page was closed", async () => {
    await cloud.backups.create({ volumeId, everyHours: 1, keep: 9 });
    cloud.dispose();
    await lab.clock.advance(5 * HOUR);
    expect(lab.blocks.snapshots.size).toBe(0);
    cloud = await lab.open();
    await lab.clock.advance(10_000);
    expect(cloud.snapshots.list()).toHaveLength(1);
    await lab.clock.advance(HOUR);
    expect(cloud.snapshots.list()).toHaveLength(2);
  });

  it("that fail say why, and are tried again within a quarter of an hour", async () => {
    await cloud.backups.create({ volumeId, everyHours: 24, keep: 2 });
    lab.blocks.failNext("snapshotVolume", new CloudError("Store.QuotaExceeded", "full"));
    await lab.clock.advance(24 * HOUR);
    expect(policy()).toMatchObject({ lastTime: null, lastError: { code: "Store.QuotaExceeded" } });
    await lab.clock.advance(900_000);
    expect(policy()?.lastError).toBeNull();
    expect(cloud.snapshots.list().map(({ state }) => state)).toEqual(["completed"]);
  });

  it("keep what an image uses", async () => {
    const { id } = await cloud.backups.create({ volumeId, everyHours: 1, keep: 1 });
    const [first] = await cloud.backups.run(id);
    await cloud.images.register({ snapshotId: first?.id ?? "", name: "used" });
    await lab.clock.advance(2 * HOUR);
    expect(cloud.snapshots.list().map((snapshot) => snapshot.id)).toContain(first?.id);
    expect(cloud.snapshots.list()).toHaveLength(2);
  });

  it("end with their policy, whose snapshots stay", async () => {
    const { id } = await cloud.backups.create({ volumeId, everyHours: 1, keep: 1 });
    await cloud.backups.run(id);
    await cloud.backups.delete(id);
    await lab.clock.advance(3 * HOUR);
    expect(cloud.snapshots.list()).toHaveLength(1);
    await rejects(cloud.backups.delete(id), "ResourceNotFoundException");
    await rejects(cloud.backups.run(id), "ResourceNotFoundException");
  });

  it("tell that their volume is gone", async () => {
    await cloud.backups.create({ volumeId, everyHours: 1, keep: 1 });
    await cloud.volumes.delete(volumeId);
    await lab.clock.advance(HOUR);
    expect(policy()?.lastError?.code).toBe("InvalidVolume.NotFound");
  });

  it.each<[string, object, string]>([
    ["neither volume nor instance", { volumeId: undefined }, "InvalidParameterCombination"],
    ["both", { instanceId: "i-00000000000000000" }, "InvalidParameterCombination"],
    ["an unknown volume", { volumeId: "vol-00000000000000000" }, "InvalidVolume.NotFound"],
    ["every 0 hours", { everyHours: 0 }, "InvalidParameterValue"],
    ["every half hour", { everyHours: 0.5 }, "InvalidParameterValue"],
    ["more than a year", { everyHours: 8761 }, "InvalidParameterValue"],
    ["keeping none", { keep: 0 }, "InvalidParameterValue"],
    ["keeping 1001", { keep: 1001 }, "InvalidParameterValue"],
  ])("refuse %s", async (_, change, code) => {
    await rejects(cloud.backups.create({ volumeId, everyHours: 1, keep: 1, ...change }), code);
    expect(cloud.backups.list()).toEqual([]);
  });
});
