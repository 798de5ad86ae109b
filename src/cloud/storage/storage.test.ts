import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import type { CloudResources } from "../assembly.ts";

const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
  await settle();
});

describe("keeping what is stored", () => {
  it("asks the browser once, when the first volume is made", async () => {
    expect(lab.browser.asked).toBe(0);
    await cloud.volumes.create({ sizeGiB: 1 });
    await cloud.volumes.create({ sizeGiB: 1 });
    await settle();
    expect(lab.browser.asked).toBe(1);
    expect(cloud.storage.state.persistent).toBe(true);
  });

  it("asks at the first launch", async () => {
    await cloud.instances.launch({ image: "tiny" });
    await settle();
    expect(lab.browser.asked).toBe(1);
  });

  it("asks again when the user wants it to", async () => {
    expect(await cloud.storage.persist()).toBe(true);
    expect(lab.browser.asked).toBe(1);
  });
});

describe("how much room there is", () => {
  it.each<[string, number, number, string]>([
    ["plenty", 1 * GIB, 16 * GIB, "ok"],
    ["a tenth and a bit", 14 * GIB, 16 * GIB, "ok"],
    ["less than a tenth", 14.5 * GIB, 16 * GIB, "low"],
    ["less than a fiftieth", 15.8 * GIB, 16 * GIB, "critical"],
    ["less than 64 MiB of a small quota", 0.2 * GIB, 0.25 * GIB, "critical"],
    ["none", 16 * GIB, 16 * GIB, "critical"],
  ])("%s", async (_, usage, quota, level) => {
    Object.assign(lab.browser, { usage, quota });
    expect((await cloud.storage.look()).level).toBe(level);
  });

  it("warns within half a minute, once, and tells when it is over", async () => {
    const levels: string[] = [];
    cloud.storage.onChange(() => levels.push(cloud.storage.state.level));
    lab.browser.usage = 15 * GIB;
    await lab.clock.advance(30_000);
    await lab.clock.advance(30_000);
    expect(levels).toEqual(["low"]);
    lab.browser.usage = 0;
    await lab.clock.advance(30_000);
    expect(levels).toEqual(["low", "ok"]);
  });

  it("is unknown where the browser does not say, and then nobody keeps asking", async () => {
    lab.silentBrowser = true;
    cloud.dispose();
    cloud = await lab.open();
    await settle();
    expect(cloud.storage.state).toEqual({
      level: "unknown",
      usedBytes: null,
      quotaBytes: null,
      persistent: false,
      lostSince: null,
    });
    cloud.dispose();
    expect(await cloud.storage.persist()).toBe(false);
    expect(lab.clock.pendingTimers).toBe(0);
  });

  it("looks no more once the cloud is gone", async () => {
    cloud.dispose();
    lab.browser.usage = 15 * GIB;
    await lab.clock.advance(120_000);
    expect(cloud.storage.state.level).toBe("ok");
    expect(lab.clock.pendingTimers).toBe(0);
  });
});

describe("who takes it", () => {
  it("is told by volume, snapshot and cache of images, which can be evicted", async () => {
    lab.browser.usage = 5;
    lab.blocks.cachedImageBytes = 1000;
    const { id } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(id).content = "1234";
    const snapshot = await cloud.snapshots.create({ volumeId: id });
    expect(await cloud.storage.usage()).toEqual({
      level: "ok",
      usedBytes: 5,
      quotaBytes: 16 * GIB,
      persistent: true,
      lostSince: null,
      volumes: [{ id, sizeBytes: GIB, storedBytes: 4 }],
      snapshots: [{ id: snapshot.id, sizeBytes: GIB, storedBytes: 4 }],
      garbageBytes: 0,
      imageCacheBytes: 1000,
    });
    await cloud.storage.evictImageCache();
    expect((await cloud.storage.usage()).imageCacheBytes).toBe(0);
  });
});
