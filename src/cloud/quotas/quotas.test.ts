import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects, TEST_HOST } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import type { Principal } from "../../ec2/policy/index.ts";
import { recordStore } from "../../store/records.ts";
import type { CloudResources } from "../assembly.ts";
import type { CloudInstance } from "../instance.ts";
import { DEFAULT_SCOPE, ownedIn, viewOf } from "../scope.ts";
import { LocalBackend } from "../tabs/local-backend.ts";
import { TabCloud } from "../tabs/tab-cloud.ts";
import type { QuotaRequestInfo, RequestQuota } from "./quota-info.ts";
import { quotaRecord } from "./quota-records.ts";
import { QUOTA_CODES, type QuotaCode } from "./quota-table.ts";

const ACCOUNT = DEFAULT_SCOPE.accountId;
const OTHER = "210987654321";
const alice: Extract<Principal, { type: "user" }> = {
  type: "user",
  accountId: ACCOUNT,
  userName: "alice",
  userId: "AIDAALICE",
  path: "/",
  tags: {},
};

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  lab.limits = { maxInstances: 4, maxMemoryMiB: 100_000 };
  cloud = await lab.open();
});

const quota = async (code: string) => (await cloud.quotas.list()).find((one) => one.code === code);
/** As the root user has it raised. */
async function raise(request: RequestQuota, quotas = cloud.quotas): Promise<void> {
  const { id } = await quotas.request(request);
  await cloud.quotas.decide({ requestId: id, decision: "approve" });
}

describe("F69 running instances", () => {
  it("pending and running ones count, at run and at start, and none is launched beyond the limit", async () => {
    const [first] = await cloud.instances.launch({ image: "tiny", count: 3 });
    const text = "your current instance limit of 4 allows";
    await rejects(cloud.instances.launch({ image: "tiny", count: 2 }), "InstanceLimitExceeded", text);
    expect(cloud.instances.list()).toHaveLength(3);
    expect(await quota("running-instances")).toMatchObject({ value: 4, usage: 3, adjustable: true });
    await settle();
    await first?.stop();
    await cloud.instances.launch({ image: "tiny", count: 2 });
    await rejects(first?.start() ?? Promise.resolve(), "InstanceLimitExceeded");
    expect(first?.state).toBe("stopped");
  });

  it("as many as there is room for are launched, from minCount on; starting is all or none", async () => {
    await launched(cloud);
    const more = await cloud.instances.launch({ image: "tiny", count: 10, minCount: 2 });
    expect(more).toHaveLength(3);
    await settle();
    for (const vm of more) await vm.stop();
    await cloud.instances.launch({ image: "tiny", count: 2 });
    await settle();
    await rejects(
      cloud.instances.begin(
        "start",
        more.map(({ id }) => id),
      ),
      "InstanceLimitExceeded",
    );
    expect(more.map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
  });

  it("a count of any size is refused, or cut to what there is room for", async () => {
    await rejects(cloud.instances.launch({ image: "tiny", count: 10 ** 15 }), "InstanceLimitExceeded");
    expect(await cloud.instances.launch({ image: "tiny", count: 10 ** 15, minCount: 1 })).toHaveLength(4);
  });

  it("launches that come at once do not go beyond it together", async () => {
    const calls = Array.from({ length: 10 }, () => cloud.instances.launch({ image: "tiny" }));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
  });

  it("vCPUs have EC2's own error", async () => {
    await raise({ code: "running-instances", desiredValue: 100 });
    await rejects(
      cloud.instances.launch({ image: "tiny", count: 33 }),
      "VcpuLimitExceeded",
      "You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to. Please visit",
    );
    expect(await cloud.instances.launch({ image: "tiny", count: 40, minCount: 1 })).toHaveLength(32);
  });

  it("each account and region has its own", async () => {
    const elsewhere = cloud.seenBy(viewOf({ accountId: ACCOUNT, region: "eu-west-1" }));
    const other = cloud.seenBy(viewOf({ accountId: OTHER, region: "us-east-1" }));
    for (const { instances } of [cloud, elsewhere, other]) {
      expect(await instances.launch({ image: "tiny", count: 4 })).toHaveLength(4);
      await rejects(instances.launch({ image: "tiny" }), "InstanceLimitExceeded");
    }
    await raise({ code: "running-instances", desiredValue: 5 }, other.quotas);
    await other.instances.launch({ image: "tiny" });
    await rejects(elsewhere.instances.launch({ image: "tiny" }), "InstanceLimitExceeded");
  });
});

describe("F70 the page's memory", () => {
  it("is of all accounts; the machine, its disks and what goes down count", async () => {
    // A v1.micro with one disk: 128 MiB, 32 of the machine, 24 of the disk.
    lab.limits = { maxInstances: 100, maxMemoryMiB: 3 * 184 };
    cloud = await lab.open();
    const other = cloud.seenBy(viewOf({ accountId: OTHER, region: "us-east-1" }));
    const vm = await launched(cloud);
    expect(await other.instances.launch({ image: "tiny", count: 5, minCount: 1 })).toHaveLength(2);
    await settle();
    expect(await quota("page-memory")).toMatchObject({ usage: 552, value: 552, adjustable: false });
    await rejects(cloud.instances.launch({ image: "tiny" }), "InsufficientInstanceCapacity");
    const machine = lab.machines.started[0];
    if (machine === undefined) throw new Error("a machine expected");
    machine.obeys = false;
    const stopping = vm.stop();
    await settle();
    expect(vm.state).toBe("stopping");
    await rejects(cloud.instances.launch({ image: "tiny" }), "InsufficientInstanceCapacity");
    await lab.clock.advance(60_000);
    await stopping;
    await launched(cloud);
    await rejects(vm.start(), "InsufficientInstanceCapacity");
  });
});

it("F70 a volume is not attached while the page has no memory for it; to what is stopped it is", async () => {
  lab.limits = { maxInstances: 100, maxMemoryMiB: 190 };
  cloud = await lab.open();
  const vm = await launched(cloud);
  const { id: volumeId } = await cloud.volumes.create({ sizeGiB: 1 });
  await rejects(cloud.volumes.attach({ volumeId, instanceId: vm.id }), "InsufficientInstanceCapacity");
  expect(cloud.volumes.get(volumeId).state).toBe("available");
  await vm.stop();
  await cloud.volumes.attach({ volumeId, instanceId: vm.id });
  await rejects(vm.start(), "InsufficientInstanceCapacity");
});

describe("F71 other quotas have their own errors", () => {
  it("storage of volumes, when they are made, launched, and grown", async () => {
    const volumes = await Promise.all(
      Array.from({ length: 25 }, () => cloud.volumes.create({ sizeGiB: 2048, type: "gp3" })),
    );
    expect(await quota("volume-storage")).toMatchObject({ usage: 51_200, unit: "GiB" });
    const text = "maximum storage limit of 51200 GiB";
    await rejects(cloud.volumes.create({ sizeGiB: 1 }), "VolumeLimitExceeded", text);
    await rejects(cloud.instances.launch({ image: "tiny" }), "VolumeLimitExceeded", text);
    const [first] = volumes;
    if (first === undefined) throw new Error("a volume expected");
    await cloud.volumes.delete(first.id);
    const small = await cloud.volumes.create({ sizeGiB: 2000, type: "gp3" });
    await rejects(cloud.volumes.modify({ volumeId: small.id, sizeGiB: 2048 + 1 }), "InvalidParameterValue");
    await cloud.volumes.modify({ volumeId: small.id, sizeGiB: 2048 });
  });

  it("provisioned IOPS", async () => {
    for (let i = 0; i < 4; i++) await cloud.volumes.create({ sizeGiB: 1280, type: "io1", iops: 64_000 });
    await cloud.volumes.create({ sizeGiB: 1280, type: "io1", iops: 44_000 });
    const { id } = await cloud.volumes.create({ sizeGiB: 10, type: "gp3", iops: 4000 });
    await rejects(cloud.volumes.create({ sizeGiB: 4, type: "io2", iops: 100 }), "MaxIOPSLimitExceeded");
    await rejects(cloud.volumes.modify({ volumeId: id, type: "io2", iops: 100 }), "MaxIOPSLimitExceeded");
  });

  it.each<[QuotaCode, string, (vm: CloudInstance, i: number) => Promise<unknown>]>([
    ["volumes", "VolumeLimitExceeded", () => cloud.volumes.create({ sizeGiB: 1 })],
    ["snapshots", "SnapshotLimitExceeded", (vm) => cloud.snapshots.create({ volumeId: vm.rootVolumeId })],
    ["snapshots", "SnapshotLimitExceeded", (vm) => cloud.snapshots.createMany({ instanceId: vm.id })],
    [
      "images",
      "ResourceLimitExceeded",
      (vm, i) => cloud.images.createFromInstance({ instanceId: vm.id, name: `mine ${i}` }),
    ],
    ["images", "ResourceLimitExceeded", (_, i) => cloud.images.copy({ image: "tiny", name: `a copy ${i}` })],
    ["key-pairs", "KeyPairLimitExceeded", (_, i) => cloud.keyPairs.create({ name: `key ${i}`, type: "ed25519" })],
  ])("%s: %s", async (code, error, make) => {
    const records = recordStore(await lab.disk.open("cloud"));
    const value = { ...ownedIn(DEFAULT_SCOPE), code, value: 3 };
    await records.commit([records.put(quotaRecord, `${ACCOUNT} us-east-1 ${code}`, value)]);
    cloud = await lab.open();
    const vm = await launched(cloud);
    const usage = async () => (await quota(code))?.usage;
    for (let i = 0; (await usage()) !== 3; i++) await make(vm, i);
    await rejects(make(vm, 3), error);
    expect(await usage()).toBe(3);
  });

  it("each kind is counted", async () => {
    const vm = await launched(cloud);
    await cloud.snapshots.create({ volumeId: vm.rootVolumeId });
    await cloud.images.createFromInstance({ instanceId: vm.id, name: "mine" });
    await cloud.keyPairs.create({ name: "mine", type: "ed25519" });
    const usage = Object.fromEntries((await cloud.quotas.list()).map((one) => [one.code, one.usage]));
    expect(usage).toMatchObject({ volumes: 1, snapshots: 2, images: 1, "key-pairs": 1, "tags-per-resource": null });
    expect(Object.keys(usage)).toEqual(QUOTA_CODES);
  });
});

describe("F69 requests for more", () => {
  it("are decided on by the root user, wholly, in part, or not at all, and are kept", async () => {
    const mine = cloud.quotas.as(alice);
    const asked = await mine.request({ code: "volumes", desiredValue: 6000, reason: "a lesson" });
    expect(asked).toMatchObject({
      state: "pending",
      requestedBy: `arn:aws:iam::${ACCOUNT}:user/alice`,
      desiredValue: 6000,
      reason: "a lesson",
      grantedValue: null,
    });
    expect(await quota("volumes")).toMatchObject({ value: 5000 });
    await rejects(mine.decide({ requestId: asked.id, decision: "approve" }), "UnauthorizedOperation");
    expect(await quota("volumes")).toMatchObject({ value: 5000 });
    const part = { requestId: asked.id, decision: "approve", value: 5500, comment: "try with these" } as const;
    expect(await cloud.quotas.decide(part)).toMatchObject({
      state: "partially-approved",
      grantedValue: 5500,
      decidedBy: `arn:aws:iam::${ACCOUNT}:root`,
      comment: "try with these",
    });
    await raise({ code: "volumes", desiredValue: 7000 }, mine);
    const third = await mine.request({ code: "volumes", desiredValue: 8000 });
    await cloud.quotas.decide({ requestId: third.id, decision: "deny" });
    cloud = await lab.open();
    expect(await quota("volumes")).toMatchObject({ value: 7000, defaultValue: 5000 });
    const states = (await cloud.quotas.requests()).map(({ state }) => state).sort();
    expect(states).toEqual(["approved", "denied", "partially-approved"]);
  });

  it("are seen by who made them, and by root users; those of all accounts by the default account's", async () => {
    const other = cloud.seenBy(viewOf({ accountId: OTHER, region: "us-east-1" })).quotas;
    const bob = { ...alice, userName: "bob" };
    const { id } = await cloud.quotas.as(alice).request({ code: "volumes", desiredValue: 6000 });
    await other.request({ code: "volumes", desiredValue: 6000 });
    expect(await cloud.quotas.as(alice).requests()).toHaveLength(1);
    expect(await cloud.quotas.as(bob).requests()).toEqual([]);
    expect(await other.requests()).toHaveLength(1);
    expect(await cloud.quotas.requests()).toHaveLength(2);
    await rejects(other.decide({ requestId: id, decision: "approve" }), "NoSuchResourceException");
  });

  it("are in the audit log, whoever tries to decide", async () => {
    const backend = new LocalBackend(cloud);
    const root = new TabCloud("owner", backend, TEST_HOST);
    await root.access.createUser({ userName: "alice" });
    const { accessKeyId } = await root.access.createAccessKey({ userName: "alice" });
    const policyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "*", Resource: "*" },
    });
    await root.access.putUserPolicy({ userName: "alice", policyName: "all", policyDocument });
    const call = (method: string, request: object) =>
      backend.call({ resource: "quotas", id: null, method, caller: { accessKeyId, origin: "api" } }, [request]);
    const { id } = (await call("request", { code: "volumes", desiredValue: 6000 })) as QuotaRequestInfo;
    await rejects(call("decide", { requestId: id, decision: "approve" }), "UnauthorizedOperation");
    await root.quotas.decide({ requestId: id, decision: "deny" });
    const entries = await cloud.access.audit.list({ action: "Quota" }, 10);
    expect(entries.map(({ principal, errorCode }) => [principal, errorCode])).toEqual([
      [`arn:aws:iam::${ACCOUNT}:root`, ""],
      [`arn:aws:iam::${ACCOUNT}:user/alice`, "UnauthorizedOperation"],
      [`arn:aws:iam::${ACCOUNT}:user/alice`, ""],
    ]);
  });

  it("tell who listens", async () => {
    let fired = 0;
    cloud.quotas.onChange(() => fired++);
    await raise({ code: "volumes", desiredValue: 6000 });
    expect(fired).toBeGreaterThanOrEqual(2);
  });

  it.each<[string, object, string]>([
    ["an unknown quota", { code: "lambdas", desiredValue: 10 }, "NoSuchResourceException"],
    ["one that cannot be raised", { code: "tags-per-resource", desiredValue: 60 }, "IllegalArgumentException"],
    ["no more than there is", { code: "volumes", desiredValue: 5000 }, "IllegalArgumentException"],
    ["more than can be had", { code: "volumes", desiredValue: 10 ** 9 }, "IllegalArgumentException"],
    ["half a volume", { code: "volumes", desiredValue: 5000.5 }, "IllegalArgumentException"],
    ["an unknown region", { code: "volumes", desiredValue: 6000, region: "moon-1" }, "IllegalArgumentException"],
    ["an unknown parameter", { code: "volumes", value: 6000 }, "UnknownParameter"],
    ["a novel", { code: "volumes", desiredValue: 6000, reason: "x".repeat(1001) }, "IllegalArgumentException"],
  ])("%s is refused", async (_, request, code) => {
    await rejects(cloud.quotas.request(request as never), code);
    expect(await cloud.quotas.requests()).toEqual([]);
  });

  it("what cannot be decided is refused", async () => {
    const { id } = await cloud.quotas.request({ code: "volumes", desiredValue: 6000 });
    await rejects(cloud.quotas.request({ code: "volumes", desiredValue: 7000 }), "ResourceAlreadyExistsException");
    const decide = (more: object) => cloud.quotas.decide({ requestId: id, ...more } as never);
    await rejects(decide({ requestId: "qr-1", decision: "deny" }), "NoSuchResourceException");
    await rejects(decide({ decision: "maybe" }), "IllegalArgumentException");
    await rejects(decide({ decision: "approve", value: 4000 }), "IllegalArgumentException");
    await rejects(decide({ decision: "approve", value: 6001 }), "IllegalArgumentException");
    await rejects(decide({ decision: "deny", value: 5500 }), "IllegalArgumentException");
    await decide({ decision: "deny" });
    await rejects(decide({ decision: "approve" }), "InvalidResourceStateException");
  });
});
