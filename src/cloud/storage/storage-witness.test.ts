import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import type { CloudResources } from "../assembly.ts";

let lab: CloudLab;

beforeEach(() => {
  lab = new CloudLab();
});

async function open(): Promise<CloudResources> {
  const cloud = await lab.open();
  await settle();
  return cloud;
}

async function reopen(cloud: CloudResources): Promise<CloudResources> {
  cloud.dispose();
  return await open();
}

const lostSince = (cloud: CloudResources) => cloud.storage.state.lostSince;

describe("a database that the browser has deleted", () => {
  it("is told of, from when there was something in it, until it is dismissed", async () => {
    let cloud = await open();
    const made = new Date(lab.clock.now());
    await cloud.volumes.create({ sizeGiB: 1 });
    await lab.clock.advance(60_000);
    await cloud.volumes.create({ sizeGiB: 1 });
    cloud.dispose();
    lab.disk.destroy("cloud");
    cloud = await open();
    expect(cloud.volumes.list()).toEqual([]);
    expect(lostSince(cloud)).toEqual(made);
    cloud = await reopen(cloud);
    expect(lostSince(cloud)).toEqual(made);
    let told = 0;
    cloud.storage.onChange(() => told++);
    await cloud.storage.dismissLoss();
    expect([lostSince(cloud), told]).toEqual([null, 1]);
    expect(lostSince(await reopen(cloud))).toBeNull();
  });

  it("is told of though something new was made since", async () => {
    const first = await open();
    await first.volumes.create({ sizeGiB: 1 });
    first.dispose();
    lab.disk.destroy("cloud");
    let cloud = await open();
    await cloud.volumes.create({ sizeGiB: 1 });
    cloud = await reopen(cloud);
    expect(lostSince(cloud)).not.toBeNull();
    await cloud.storage.dismissLoss();
    cloud = await reopen(cloud);
    expect(lostSince(cloud)).toBeNull();
    cloud.dispose();
    lab.disk.destroy("cloud");
    expect(lostSince(await open())).not.toBeNull();
  });

  it("is no loss when nothing was in it, or when all of the site's data has been cleared", async () => {
    let cloud = await open();
    cloud.dispose();
    lab.disk.destroy("cloud");
    cloud = await open();
    expect(lostSince(cloud)).toBeNull();
    await cloud.volumes.create({ sizeGiB: 1 });
    cloud.dispose();
    lab.disk.destroy("cloud");
    lab.browser.folder.files.clear();
    expect(lostSince(await open())).toBeNull();
  });

  it("is noticed of a cloud that was made before there was a witness", async () => {
    lab.silentBrowser = true;
    let cloud = await open();
    await cloud.volumes.create({ sizeGiB: 1 });
    lab.silentBrowser = false;
    cloud = await reopen(cloud);
    expect(lostSince(cloud)).toBeNull();
    cloud.dispose();
    lab.disk.destroy("cloud");
    expect(lostSince(await open())).not.toBeNull();
  });

  it("is not made up from a witness that a crash left half written", async () => {
    let cloud = await open();
    await cloud.volumes.create({ sizeGiB: 1 });
    lab.browser.folder.files.set("cloud.witness.json", new TextEncoder().encode('{"id":'));
    cloud = await reopen(cloud);
    expect(lostSince(cloud)).toBeNull();
    cloud.dispose();
    lab.disk.destroy("cloud");
    expect(lostSince(await open())).not.toBeNull();
  });
});
