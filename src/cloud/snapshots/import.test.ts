import { beforeEach, describe, expect, it } from "vitest";
import { rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

describe("F30 importing a disk's file", () => {
  it("makes a snapshot of it, with progress, that an image can be registered of", async () => {
    const told: unknown[] = [];
    const release = lab.blocks.hold("importSnapshot");
    const importing = cloud.snapshots.import({
      source: new Blob(["disk"]),
      name: "mine",
      onProgress: (progress) => told.push(progress),
    });
    await settle();
    expect(cloud.snapshots.list()).toMatchObject([{ state: "pending", progress: 25, name: "mine" }]);
    expect(told).toEqual([{ doneBytes: 1, totalBytes: 4 }]);
    release();
    const snapshot = await importing;
    expect(snapshot).toMatchObject({ state: "completed", progress: 100, sizeBytes: 4 * 512, volumeId: "vol-ffffffff" });
    await cloud.images.register({ snapshotId: snapshot.id, name: "imported" });
    const [vm] = await cloud.instances.launch({ image: "imported" });
    await settle();
    expect(lab.blocks.volume(vm?.rootVolumeId ?? "").content).toBe("disk");
  });

  it("takes the URL of a file", async () => {
    const { id } = await cloud.snapshots.import({ source: "https://example.test/disk.qcow2" });
    expect(lab.blocks.snapshot(id).content).toBe("https://example.test/disk.qcow2");
  });

  it.each([["disk.img"], ["file:///disk.img"], ["javascript:0"], [42], [undefined]])(
    "refuses %j as a source",
    async (source) => {
      await rejects(cloud.snapshots.import({ source: source as string }), "InvalidParameterValue");
      expect(cloud.snapshots.list()).toEqual([]);
    },
  );

  it("is in error, with the reason, when the file is none", async () => {
    lab.blocks.failNext("importSnapshot", new CloudError("Image.Malformed", "bad header"));
    await rejects(cloud.snapshots.import({ source: new Blob(["?"]) }), "Image.Malformed");
    expect(cloud.snapshots.list()).toMatchObject([{ state: "error", stateReason: { code: "Image.Malformed" } }]);
    expect(lab.blocks.volumes.size).toBe(0);
  });

  it("leaves nothing when it is cancelled, before or on its way", async () => {
    await rejects(cloud.snapshots.import({ source: new Blob(), signal: AbortSignal.abort() }), "Image.Cancelled");
    lab.blocks.hold("importSnapshot");
    const abort = new AbortController();
    const importing = cloud.snapshots.import({ source: new Blob(["disk"]), signal: abort.signal });
    importing.catch(() => {});
    await settle();
    abort.abort();
    await rejects(importing, "Image.Cancelled");
    expect(cloud.snapshots.list()).toEqual([]);
    expect(lab.blocks.snapshots.size + lab.blocks.volumes.size).toBe(0);
    expect((await lab.open()).snapshots.list()).toEqual([]);
  });

  it("is undone when the page went away in the middle, and has its size when it went away at the end", async () => {
    lab.blocks.hold("importSnapshot");
    void cloud.snapshots.import({ source: new Blob(["disk"]), name: "half" });
    void cloud.snapshots.import({ source: new Blob(["disk"]), name: "whole" });
    await settle();
    const whole = cloud.snapshots.list().find(({ name }) => name === "whole");
    lab.blocks.snapshots.set(whole?.id ?? "", { sizeBytes: 8192, content: "disk" });
    const later = await lab.open();
    await settle();
    expect(later.snapshots.list()).toMatchObject([
      { name: "half", state: "error" },
      { name: "whole", state: "completed", sizeBytes: 8192 },
    ]);
    expect(lab.blocks.volumes.size).toBe(0);
  });

  it("is exported again", async () => {
    const { id } = await cloud.snapshots.import({ source: new Blob(["disk"]) });
    expect(await new Response(await cloud.snapshots.export(id)).text()).toBe("disk");
    await rejects(cloud.snapshots.export("snap-00000000000000000"), "InvalidSnapshot.NotFound");
  });
});
