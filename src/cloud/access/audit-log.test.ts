import { beforeEach, describe, expect, it } from "vitest";
import { TEST_HOST } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { FakeClock, settle } from "../../../test/support/fake-clock.ts";
import { hearUncaught } from "../../../test/support/uncaught.ts";
import { CloudError } from "../../base/errors.ts";
import { MemoryDisk } from "../../store/memory-store.ts";
import { recordStore } from "../../store/records.ts";
import { LocalBackend } from "../tabs/local-backend.ts";
import { TabCloud } from "../tabs/tab-cloud.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { AuditLog, MAX_CHANGES, MAX_READS } from "./audit-log.ts";
import { rootCaller } from "./caller.ts";

const entry = (index: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  time: index,
  requestId: `request ${index}`,
  origin: "api",
  principal: "arn:aws:iam::123456789012:user/alice",
  accessKeyId: "AKIAALICE",
  region: "us-east-1",
  sourceIp: "",
  action: "ec2:StopInstances",
  readOnly: false,
  resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-1"],
  parameters: "{}",
  errorCode: "",
  errorMessage: "",
  ...more,
});

let disk: MemoryDisk;
let clock: FakeClock;

beforeEach(() => {
  disk = new MemoryDisk();
  clock = new FakeClock();
});

const open = async () => new AuditLog(recordStore(await disk.open("cloud")), clock);
const times = async (log: AuditLog) => (await log.list({}, 100_000)).map(({ time }) => time);

describe("the audit log", () => {
  it("has stored an entry of a change when it is told so, and those that come meanwhile together after it", async () => {
    const log = await open();
    await log.add(entry(1));
    expect(await times(await open())).toEqual([1]);
    const commits: number[] = [];
    log.onChange(() => void commits.push(1));
    await Promise.all([2, 3, 4, 5].map((index) => log.add(entry(index))));
    expect(await times(await open())).toEqual([5, 4, 3, 2, 1]);
    expect(commits).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("has an entry of a read at once, and has stored it within half a second, or when the page is left", async () => {
    const log = await open();
    await log.add(entry(1, { readOnly: true }));
    expect(await times(log)).toEqual([1]);
    expect(await times(await open())).toEqual([]);
    await clock.advance(500);
    expect(await times(await open())).toEqual([1]);
    // Nothing to store: nothing waits.
    expect(clock.pendingTimers).toBe(0);
    await log.add(entry(2, { readOnly: true }));
    await log.flush();
    expect(await times(await open())).toEqual([2, 1]);
  });

  it("loses nothing of what comes while it stores, nor when it cannot", async () => {
    const log = await open();
    const first = log.add(entry(1));
    // The page is left in the middle of it.
    const reads = [2, 3].map((index) => log.add(entry(index, { readOnly: true })));
    const left = log.flush();
    const last = log.add(entry(4));
    await Promise.all([first, ...reads, left, last]);
    expect(await times(await open())).toEqual([4, 3, 2, 1]);
    const reported = hearUncaught();
    disk.database("cloud").failNext("commit", new CloudError("Store.QuotaExceeded", "The disk is full."));
    await log.add(entry(5));
    await settle();
    expect(reported).toEqual([expect.objectContaining({ code: "Store.QuotaExceeded" })]);
    expect(await times(await open())).toEqual([4, 3, 2, 1]);
    await log.add(entry(6));
    expect(await times(await open())).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it("shows a call that was logged before it had ended once, as it ended", async () => {
    const log = await open();
    await log.add(entry(1, { errorCode: "Cloud.Unfinished" }));
    await log.add(entry(2));
    expect(await log.list({ result: "failed" }, 10)).toHaveLength(1);
    await log.add(entry(1));
    expect((await log.list({}, 10)).map(({ requestId, errorCode }) => [requestId, errorCode])).toEqual([
      ["request 1", ""],
      ["request 2", ""],
    ]);
    expect(await log.list({ result: "failed" }, 10)).toEqual([]);
    expect((await new Response(log.lines({})).text()).trimEnd().split("\n")).toHaveLength(2);
  });

  it("goes on after a reload, newest first, changes and reads by time", async () => {
    const log = await open();
    void log.add(entry(1));
    void log.add(entry(2, { readOnly: true }));
    await log.close();
    const next = await open();
    void next.add(entry(3));
    void next.add(entry(4, { readOnly: true, errorCode: "UnauthorizedOperation" }));
    expect(await times(next)).toEqual([4, 3, 2, 1]);
    await next.close();
    expect(await times(await open())).toEqual([4, 3, 2, 1]);
  });

  it("keeps the latest of each series within its bound: reads do not push changes out", async () => {
    const log = await open();
    for (let index = 0; index < MAX_CHANGES + 500; index++) {
      void log.add(entry(2 * index));
      void log.add(entry(2 * index + 1, { readOnly: true }));
      if (index % 500 === 499) await clock.advance(1000);
    }
    await log.close();
    const kept = await (await open()).list({}, 100_000);
    const changes = kept.filter(({ readOnly }) => !readOnly);
    expect(changes).toHaveLength(MAX_CHANGES);
    expect(kept.length - changes.length).toBe(MAX_READS);
    expect(changes.at(-1)?.time).toBe(2 * 500);
    const stored = disk.database("cloud").dump();
    expect(stored.length).toBeLessThan((MAX_CHANGES + MAX_READS) / 25 + 3);
  });

  it("is filtered by who, what, on what, when and what came of it", async () => {
    const log = await open();
    void log.add(entry(1));
    void log.add(
      entry(2, { principal: "arn:aws:iam::123456789012:root", accessKeyId: "test", action: "iam:CreateUser" }),
    );
    void log.add(entry(3, { errorCode: "UnauthorizedOperation", resources: ["arn:aws:ec2:us-east-1:1:volume/vol-1"] }));
    const found = async (filter: Parameters<AuditLog["list"]>[0]) =>
      (await log.list(filter, 10)).map(({ time }) => time);
    expect(await found({ user: "user/ALICE" })).toEqual([3, 1]);
    expect(await found({ user: "test" })).toEqual([2]);
    expect(await found({ action: "iam:" })).toEqual([2]);
    expect(await found({ resource: "vol-1" })).toEqual([3]);
    expect(await found({ result: "ok" })).toEqual([2, 1]);
    expect(await found({ result: "failed" })).toEqual([3]);
    expect(await found({ result: "unauthorizedoperation" })).toEqual([3]);
    expect(await found({ since: new Date(2), until: new Date(2) })).toEqual([2]);
    expect((await log.list({}, 2)).map(({ time }) => time)).toEqual([3, 2]);
  });

  it("is exported as JSON lines", async () => {
    const log = await open();
    for (let index = 0; index < 250; index++) void log.add(entry(index, { parameters: '{"a":1}' }));
    const text = await new Response(log.lines({ user: "alice" })).text();
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(250);
    expect(lines[0]).toMatchObject({
      time: "1970-01-01T00:00:00.249Z",
      parameters: { a: 1 },
      action: "ec2:StopInstances",
    });
  });

  it("has calls of the API with what they were about and have made, and without what is secret", async () => {
    const lab = new CloudLab();
    lab.silentBrowser = true;
    const resources = await lab.open();
    const cloud = new TabCloud("owner", new LocalBackend(resources), TEST_HOST, "portal");
    const [vm] = await cloud.instances.launch({ image: "tiny", userData: "#!/bin/sh\nsecret" });
    await settle();
    await vm?.ready();
    // The simulated guest has no files.
    await vm?.writeFile("/root/file", "secret").catch(() => {});
    await cloud.encryption.setPassphrase("secret secret");
    await cloud.volumes.delete("vol-0123456789abcdef0").catch(() => {});
    const [run] = await resources.access.audit.list({ action: "RunInstances" }, 1);
    const [deleted, passphrase, written] = await resources.access.audit.list({}, 3);
    expect(run).toMatchObject({
      action: "ec2:RunInstances",
      origin: "portal",
      principal: "arn:aws:iam::123456789012:root",
      resources: expect.arrayContaining([vm?.id, "arn:aws:ec2:us-east-1:123456789012:instance/*"]),
    });
    expect(written).toMatchObject({
      action: "tabvisor:WriteFile",
      resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${vm?.id}`],
    });
    expect(passphrase).toMatchObject({ action: "tabvisor:ManageKeys", parameters: "{}" });
    expect(deleted).toMatchObject({ action: "ec2:DeleteVolume", errorCode: "InvalidVolume.NotFound" });
    await resources.access.close();
    const all = await new Response(resources.access.audit.lines({})).text();
    expect(all).not.toContain("secret");
  });

  it("F72 has stored what a call has changed before the call is answered, and has a long one while it is under way", async () => {
    const lab = new CloudLab();
    lab.silentBrowser = true;
    const cloud = new TabCloud("owner", new LocalBackend(await lab.open()), TEST_HOST);
    /** As the next page would find it. */
    const stored = async () => {
      const log = new AuditLog(recordStore(await lab.disk.open("cloud")), clock);
      return (await log.list({}, 10)).map(({ action, errorCode }) => [action, errorCode]);
    };
    await cloud.launchTemplates.create({ name: "web", data: { image: "tiny" } });
    expect(await stored()).toEqual([["ec2:CreateLaunchTemplate", ""]]);
    const release = lab.blocks.hold("createVolume");
    const creating = cloud.volumes.create({ sizeGiB: 1 });
    await lab.clock.advance(1000);
    expect(await stored()).toEqual([
      ["ec2:CreateVolume", "Cloud.Unfinished"],
      ["ec2:CreateLaunchTemplate", ""],
    ]);
    release();
    await creating;
    expect((await stored())[0]).toEqual(["ec2:CreateVolume", ""]);
    expect(await stored()).toHaveLength(2);
  });

  it("has what is typed into a console once a minute, and each time that it fails", async () => {
    const lab = new CloudLab();
    lab.silentBrowser = true;
    const { access } = await lab.open();
    const passage = { caller: rootCaller("api"), action: "tabvisor:UseConsole", frequent: true };
    const typed = (work = async () => {}) => access.gate.pass(access.gate.open("api", passage), work);
    const logged = async () => (await access.audit.list({ action: "UseConsole" }, 10)).length;
    for (let index = 0; index < 5; index++) await typed();
    expect(await logged()).toBe(1);
    const failure = typed(() => Promise.reject(new CloudError("IncorrectInstanceState", "It does not run.")));
    await expect(failure).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    expect(await logged()).toBe(2);
    await lab.clock.advance(60_000);
    await typed();
    expect(await logged()).toBe(3);
  });
});
