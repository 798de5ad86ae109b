import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import type { CloudResources } from "./assembly.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  cloud = await lab.open();
});

const add = (tags: Record<string, string>) => (old: Readonly<Record<string, string>>) => ({ ...old, ...tags });

async function oneOfEach() {
  const [instance] = await cloud.instances.launch({ image: "tiny", name: "web", volumeTags: { disk: "root" } });
  await settle();
  const volume = await cloud.volumes.create({ sizeGiB: 1 });
  const snapshot = await cloud.snapshots.create({ volumeId: volume.id });
  const image = await cloud.images.createFromInstance({ instanceId: instance?.id ?? "", name: "mine", noReboot: true });
  return { instance: instance?.id ?? "", volume: volume.id, snapshot: snapshot.id, image: image.id };
}

describe("F77 tags", () => {
  it("are changed on everything at once, and survive a reload", async () => {
    const ids = await oneOfEach();
    await cloud.tags.change(Object.values(ids), add({ project: "x" }));
    const check = () => {
      const tags = new Map(cloud.tags.list().map(({ id, type, tags }) => [id, { type, tags }]));
      expect(tags.get(ids.instance)).toEqual({ type: "instance", tags: { Name: "web", project: "x" } });
      expect(tags.get(ids.volume)).toEqual({ type: "volume", tags: { project: "x" } });
      expect(tags.get(ids.snapshot)).toEqual({ type: "snapshot", tags: { project: "x" } });
      expect(tags.get(ids.image)).toEqual({ type: "image", tags: { project: "x" } });
    };
    check();
    expect(cloud.instances.get(ids.instance).name).toBe("web");
    expect(cloud.volumes.list().filter(({ tags }) => tags.disk === "root")).toHaveLength(1);
    cloud = await lab.open();
    check();
  });

  it("are changed on nothing when one cannot be", async () => {
    const { instance, volume } = await oneOfEach();
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, ""]));
    await cloud.volumes.setTags(volume, many);
    await expect(cloud.tags.change([instance, volume], add({ more: "" }))).rejects.toMatchObject({
      code: "TagLimitExceeded",
    });
    expect(cloud.instances.get(instance).tags).toEqual({ Name: "web" });
  });

  it("stay as they were when they cannot be stored", async () => {
    const ids = await oneOfEach();
    const before = cloud.tags.list();
    lab.disk.database("cloud").quotaBytes = 0;
    await expect(cloud.tags.change(Object.values(ids), add({ a: "b" }))).rejects.toMatchObject({
      code: "Store.QuotaExceeded",
    });
    expect(cloud.tags.list()).toEqual(before);
  });

  it.each([
    ["nonsense", "InvalidID"],
    ["__proto__-1", "InvalidID"],
    ["i-00000000000000000", "InvalidInstanceID.NotFound"],
    ["vol-00000000000000000", "InvalidVolume.NotFound"],
    ["snap-00000000000000000", "InvalidSnapshot.NotFound"],
    ["ami-00000000000000000", "InvalidAMIID.NotFound"],
    ["i-x", "InvalidInstanceID.Malformed"],
  ])("of %s are %s", async (id, code) => {
    await expect(cloud.tags.change([id], add({ a: "b" }))).rejects.toMatchObject({ code });
  });

  it("of an image that comes with the page cannot be changed", async () => {
    const { id } = await cloud.images.get("tiny");
    await expect(cloud.tags.change([id], add({ a: "b" }))).rejects.toMatchObject({ code: "AuthFailure" });
  });
});
