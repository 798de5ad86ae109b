import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import type { CloudResources } from "../assembly.ts";
import { INSTANCE_TYPES } from "../instance-types.ts";
import { VOLUME_TYPES } from "../volumes/volume-types.ts";
import { DEFAULT_PRICES } from "./prices.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  cloud = await lab.open();
});

const wait = (ms: number) => lab.clock.advance(ms);
/** A reload: what ran in the page before is not told to stop. */
const reopen = async () => {
  cloud = await lab.open();
};
const secondsOf = async (resourceId: string) => {
  const rows = await cloud.billing.usage({ service: "instance", resourceId });
  return rows.reduce((sum, row) => sum + row.instanceSeconds, 0);
};
const rowsOf = async (resourceId: string) =>
  (await cloud.billing.usage({ resourceId })).map(({ usageType, amount, unit, cost }) => ({
    usageType,
    amount: Number(amount?.toFixed(9)),
    unit,
    cost: Number(cost.toFixed(9)),
  }));

describe("F66 instances are paid for by the second, one minute at least from each start", () => {
  it.each([
    ["20 seconds are 60", 20, 60],
    ["3 minutes 40 are 220 seconds", 220, 220],
    ["59.2 seconds are 60", 59.2, 60],
    ["100.3 seconds are 101", 100.3, 101],
  ])("%s", async (_, ran, billed) => {
    const vm = await launched(cloud);
    await wait(ran * SECOND);
    await vm.stop();
    await wait(HOUR);
    expect(await secondsOf(vm.id)).toBe(billed);
    expect((await cloud.billing.cost({ resourceId: vm.id })).cost).toBeCloseTo((0.0104 * billed) / 3600, 12);
  });

  it("two starts within a minute are two minutes, those of one millisecond too", async () => {
    const vm = await launched(cloud);
    await wait(10 * SECOND);
    await vm.stop();
    await vm.start();
    await wait(5 * SECOND);
    await vm.stop();
    expect(await secondsOf(vm.id)).toBe(120);
    await vm.start();
    await vm.stop();
    await vm.start();
    await vm.stop();
    expect(await secondsOf(vm.id)).toBe(240);
  });

  it("a reboot begins no new minute", async () => {
    const vm = await launched(cloud);
    await wait(10 * SECOND);
    await vm.reboot();
    await wait(10 * SECOND);
    await vm.stop();
    expect(await secondsOf(vm.id)).toBe(60);
  });
});

describe("F65 an instance is paid for while it runs", () => {
  it("not while pending, stopping, stopped or terminated; its root volume is, until it is deleted", async () => {
    let go = () => {};
    lab.machines.hold = new Promise((resolve) => {
      go = resolve;
    });
    const [vm] = await cloud.instances.launch({ image: "tiny", rootVolumeGiB: 1 });
    if (vm === undefined) throw new Error("one instance expected");
    await wait(HOUR);
    expect(vm.state).toBe("pending");
    expect(await secondsOf(vm.id)).toBe(0);
    go();
    lab.machines.hold = undefined;
    await wait(100 * SECOND);
    lab.machines.last.obeys = false;
    const stopped = vm.stop();
    await wait(10 * SECOND);
    expect(vm.state).toBe("stopping");
    await wait(HOUR);
    await stopped;
    expect(await secondsOf(vm.id)).toBe(100);
    const { rootVolumeId } = vm;
    await wait(DAY);
    await vm.terminate();
    const elapsed = HOUR + 100 * SECOND + 10 * SECOND + HOUR + DAY;
    await wait(DAY);
    expect(await secondsOf(vm.id)).toBe(100);
    expect(await rowsOf(rootVolumeId)).toEqual([
      {
        usageType: "EBS:VolumeUsage.gp3",
        amount: Number((elapsed / (30 * DAY)).toFixed(9)),
        unit: "GB-Mo",
        cost: Number(((0.08 * elapsed) / (30 * DAY)).toFixed(9)),
      },
    ]);
  });
});

it("F67 a type that is changed while stopped costs the new rate after the start, and the old one before it", async () => {
  const vm = await launched(cloud, { type: "v1.micro" });
  await wait(HOUR);
  await vm.stop();
  await vm.modify({ type: "v1.small" });
  await wait(HOUR);
  await vm.start();
  await wait(2 * HOUR);
  await vm.stop();
  expect(await rowsOf(vm.id)).toEqual([
    { usageType: "BoxUsage:v1.micro", amount: 1, unit: "Hrs", cost: 0.0104 },
    { usageType: "BoxUsage:v1.small", amount: 2, unit: "Hrs", cost: 0.0416 },
  ]);
});

describe("F68 disks", () => {
  it("volumes are paid for by size and time from creating to deleted, with what was provisioned, after changes as they are", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 30, type: "gp3", iops: 4000, throughputMiBps: 225 });
    await wait(15 * DAY);
    await cloud.volumes.modify({ volumeId: id, sizeGiB: 60, type: "io2", iops: 1000 });
    await wait(3 * DAY);
    await cloud.volumes.delete(id);
    await wait(10 * DAY);
    expect(await rowsOf(id)).toEqual([
      { usageType: "EBS:VolumeP-IOPS.gp3", amount: 500, unit: "IOPS-Mo", cost: 2.5 },
      { usageType: "EBS:VolumeP-IOPS.io2", amount: 100, unit: "IOPS-Mo", cost: 6.5 },
      { usageType: "EBS:VolumeP-Throughput.gp3", amount: 50, unit: "MiBps-Mo", cost: 2 },
      { usageType: "EBS:VolumeUsage.gp3", amount: 15, unit: "GB-Mo", cost: 1.2 },
      { usageType: "EBS:VolumeUsage.io2", amount: 6, unit: "GB-Mo", cost: 0.75 },
    ]);
  });

  it("snapshots by what each holds, from their start until they are deleted", async () => {
    const { id: volumeId } = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(volumeId).content = "x".repeat(1024);
    const first = await cloud.snapshots.create({ volumeId });
    await wait(3 * DAY);
    await cloud.snapshots.delete(first.id);
    await wait(3 * DAY);
    const [row] = await cloud.billing.usage({ service: "snapshot" });
    expect(row).toMatchObject({ usageType: "EBS:SnapshotUsage", resourceId: first.id });
    expect(row?.amount).toBeCloseTo((1024 / GIB) * 0.1, 15);
  });

  it("F36 an image's storage is that of its snapshots, and ends with them", async () => {
    const vm = await launched(cloud);
    lab.blocks.volume(vm.rootVolumeId).content = "y".repeat(4096);
    const image = await cloud.images.createFromInstance({ instanceId: vm.id, name: "mine" });
    await wait(DAY);
    const snapshotId = image.blockDevices[0]?.snapshotId ?? "";
    expect((await cloud.billing.usage({ service: "snapshot" })).map((row) => row.resourceId)).toEqual([snapshotId]);
    await cloud.images.deregister(image.id, { deleteAssociatedSnapshots: true });
    const before = await cloud.billing.cost({ resourceId: snapshotId });
    expect(before.cost).toBeGreaterThan(0);
    await wait(DAY);
    expect(await cloud.billing.cost({ resourceId: snapshotId })).toEqual(before);
  });

  it("a launch, a type and a volume have a price before they are there", async () => {
    const launch = {
      image: "tiny",
      type: "v1.small",
      count: 2,
      rootVolumeGiB: 10,
      blockDevices: [{ device: "/dev/sdb", ebs: { sizeGiB: 100, type: "gp2" as const } }],
    };
    const estimate = await cloud.billing.estimate({ launch });
    expect(estimate).toMatchObject({ currency: "USD", perHour: 0.0416 });
    expect(estimate.perMonth).toBeCloseTo(2 * (10 * 0.08 + 100 * 0.1), 9);
    expect(await cloud.billing.estimate({ instanceType: "v1.large" })).toMatchObject({ perHour: 0.0832, perMonth: 0 });
    const io2 = await cloud.billing.estimate({ volume: { sizeGiB: 100, type: "io2", iops: 1000 } });
    expect(io2.perMonth).toBeCloseTo(12.5 + 65, 9);
    await rejects(cloud.billing.estimate({ launch: { image: "nope" } }), "InvalidAMIID.NotFound");
    await rejects(cloud.billing.estimate({ volume: { sizeGiB: 100, type: "io2" } }), "MissingParameter");
    await rejects(cloud.billing.estimate({} as never), "MissingParameter");
  });
});

describe("what is written survives", () => {
  it("F65 a page that is killed: what ran is paid for until it was last known to be there, and not while it was away", async () => {
    lab = new CloudLab();
    cloud = await lab.open();
    const vm = await launched(cloud);
    await wait(95 * SECOND);
    await reopen();
    // Half a minute is the longest that the page was not heard of.
    expect(await secondsOf(vm.id)).toBe(90);
    await wait(600 * SECOND);
    expect(await secondsOf(vm.id)).toBe(90);
    await cloud.instances.get(vm.id).start();
    await wait(10 * SECOND);
    await cloud.instances.get(vm.id).stop();
    expect(await secondsOf(vm.id)).toBe(150);
  });

  it("F68 a volume is paid for while no page is open, once, however often one is opened", async () => {
    const { id } = await cloud.volumes.create({ sizeGiB: 30, type: "gp2" });
    for (let i = 0; i < 3; i++) {
      await wait(5 * DAY);
      await reopen();
    }
    expect(await rowsOf(id)).toEqual([{ usageType: "EBS:VolumeUsage.gp2", amount: 15, unit: "GB-Mo", cost: 1.5 }]);
  });

  it("a computer that slept ran nothing meanwhile, and pays its minute once", async () => {
    lab = new CloudLab();
    cloud = await lab.open();
    const vm = await launched(cloud);
    await wait(40 * SECOND);
    // The timers of a computer that sleeps do not fire.
    lab.clock.sleep(8 * HOUR);
    await wait(30 * SECOND);
    await vm.stop();
    expect(await secondsOf(vm.id)).toBe(60);
  });
});

describe("prices", () => {
  it("there is one for each instance type and volume type", () => {
    const { prices } = DEFAULT_PRICES;
    for (const { name } of INSTANCE_TYPES) expect(prices).toHaveProperty([`BoxUsage:${name}`]);
    for (const type of VOLUME_TYPES) expect(prices).toHaveProperty([`EBS:VolumeUsage.${type}`]);
  });

  it("F67 that are set count from then on, are kept, and begin no new minute", async () => {
    const vm = await launched(cloud);
    await wait(HOUR);
    await cloud.billing.setPrices({ "BoxUsage:v1.micro": 1 });
    await wait(HOUR);
    await vm.stop();
    expect((await cloud.billing.cost({ resourceId: vm.id })).cost).toBeCloseTo(1.0104, 9);
    await vm.start();
    await wait(20 * SECOND);
    await cloud.billing.setPrices({ "BoxUsage:v1.micro": 2 });
    await vm.stop();
    expect(await secondsOf(vm.id)).toBe(2 * 3600 + 60);
    await reopen();
    expect(cloud.billing.prices).toMatchObject({
      currency: "USD",
      prices: { "BoxUsage:v1.micro": 2, "BoxUsage:v1.nano": 0.0052 },
    });
  });

  it.each<[string, Record<string, number>]>([
    ["an unknown usage type", { "BoxUsage:m1.small": 1 }],
    ["a negative price", { "BoxUsage:v1.micro": -1 }],
    ["no number", { "BoxUsage:v1.micro": Number.NaN }],
  ])("%s is refused, and nothing changes", async (_, prices) => {
    await rejects(cloud.billing.setPrices(prices), "InvalidParameterValue");
    expect(cloud.billing.prices).toEqual(DEFAULT_PRICES);
  });
});

describe("queries", () => {
  it("by day, by account, of a time; days are of UTC", async () => {
    const vm = await launched(cloud);
    await wait(36 * HOUR);
    await vm.stop();
    const days = await cloud.billing.usage({ groupBy: ["day"], service: "instance" });
    expect(days.map(({ day, amount, unit }) => [day, amount, unit])).toEqual([
      ["2026-01-01", 24, "Hrs"],
      ["2026-01-02", 12, "Hrs"],
    ]);
    const [all] = await cloud.billing.usage({ groupBy: ["accountId", "region"] });
    expect(all).toMatchObject({ accountId: "123456789012", region: "us-east-1", unit: null, amount: null });
    const from = new Date("2026-01-01T06:00Z");
    const to = new Date("2026-01-01T09:00Z");
    expect((await cloud.billing.usage({ from, to, service: "instance" }))[0]?.amount).toBe(3);
  });

  it("CSV has a header, and no name is taken for a formula", async () => {
    const [vm] = await cloud.instances.launch({ image: "tiny", name: '=HYPERLINK("x"),1' });
    await settle();
    await wait(20 * SECOND);
    await vm?.stop();
    const csv = await cloud.billing.exportCsv({ service: "instance" });
    expect(csv.split("\r\n")).toEqual([
      "Day,Account,Region,Service,UsageType,ResourceId,Name,Amount,Unit,InstanceSeconds,CostUSD",
      `,,,instance,BoxUsage:v1.micro,${vm?.id},"'=HYPERLINK(""x""),1",0.0166666667,Hrs,60,0.0001733333`,
      "",
    ]);
  });

  it.each([
    ["an unknown parameter", { since: new Date() }, "UnknownParameter"],
    ["an unknown dimension", { groupBy: ["color"] }, "InvalidParameterValue"],
    ["an unknown service", { service: "lambda" }, "InvalidParameterValue"],
    ["an end before the beginning", { from: new Date(2), to: new Date(1) }, "InvalidParameterValue"],
    ["no date", { from: new Date(Number.NaN) }, "InvalidParameterValue"],
  ])("%s is refused", async (_, query, code) => {
    await rejects(cloud.billing.usage(query as never), code);
  });
});

it("after 90 days periods become daily sums, which are the same and stay for 400 days", async () => {
  const vm = await launched(cloud);
  await wait(36 * HOUR);
  await vm.stop();
  await cloud.volumes.delete((await cloud.volumes.create({ sizeGiB: 1 })).id);
  const query = { from: new Date(0), groupBy: ["day", "usageType"] as const, service: "instance" as const };
  const before = await cloud.billing.usage(query);
  await wait(92 * DAY);
  expect(await secondsOf(vm.id)).toBe(0);
  expect(await cloud.billing.usage(query)).toEqual(before);
  await reopen();
  expect(await cloud.billing.usage(query)).toEqual(before);
  expect((await cloud.billing.usage({ from: new Date(0), service: "instance" }))[0]).toMatchObject({
    resourceId: "",
    instanceSeconds: 36 * 3600,
  });
  await wait(310 * DAY);
  expect(await cloud.billing.usage(query)).toEqual([]);
}, 60_000);
