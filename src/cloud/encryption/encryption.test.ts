import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { remove } from "../../store/key-value-store.ts";
import type { CloudResources } from "../assembly.ts";
import { viewOf } from "../scope.ts";

const PASSPHRASE = "correct horse battery";
const UNAVAILABLE = "Volume.KeyUnavailable";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const rejects = async (call: Promise<unknown>, code: string) =>
  await expect(call).rejects.toMatchObject({ name: "CloudError", code });

async function launch(request: object = {}) {
  const [instance] = await cloud.instances.launch({ image: "tiny", ...request });
  if (instance === undefined) throw new Error("nothing was launched");
  await instance.waitUntil("running");
  return instance;
}

/** WebCrypto works in threads of its own: when it is done no count of turns says. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle();
}

const ENCRYPTED_ROOT = { blockDevices: [{ device: "/dev/vda", ebs: { encrypted: true } }] };

/** What stands in the database under a kind of records. */
const stored = (kind: string) =>
  lab.disk
    .database("cloud")
    .dump()
    .filter(([[, it]]) => it === kind);

/** Codes of the errors that are reported as uncaught from now on. */
function hearUncaught(): string[] {
  const codes: string[] = [];
  const later = globalThis.queueMicrotask;
  vi.stubGlobal("queueMicrotask", (work: () => void) => {
    later(() => {
      try {
        work();
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    });
  });
  return codes;
}

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

describe("F48 C5 C6 what is encrypted", () => {
  it("is a volume for which it is asked, with a key of its own", async () => {
    const [one, other, clear] = [
      await cloud.volumes.create({ sizeGiB: 1, encrypted: true }),
      await cloud.volumes.create({ sizeGiB: 1, encrypted: true }),
      await cloud.volumes.create({ sizeGiB: 1 }),
    ];
    expect([one, other, clear].map(({ encrypted }) => encrypted)).toEqual([true, true, false]);
    const [first, second, third] = [one, other, clear].map(({ id }) => lab.blocks.volume(id).keyCheck ?? null);
    expect(first).not.toBeNull();
    expect(second).not.toBe(first);
    expect(third).toBeNull();
    expect(stored("data-key")).toHaveLength(2);
  });

  it("is opened by the machine that it is attached to, running or started later, over a reload", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const vm = await launch(ENCRYPTED_ROOT);
    expect(cloud.volumes.get(vm.rootVolumeId).encrypted).toBe(true);
    expect((await cloud.volumes.attach({ volumeId: volume.id, instanceId: vm.id })).state).toBe("in-use");
    cloud = await lab.open();
    await cloud.instances.get(vm.id).start();
    expect(lab.machines.last.spec.volumes.map((disk) => "key" in disk && disk.key !== undefined)).toEqual([true, true]);
  });

  it("inherits: snapshots, what is made of them, images and their copies share the key", async () => {
    const vm = await launch(ENCRYPTED_ROOT);
    await vm.stop();
    const image = await cloud.images.createFromInstance({ instanceId: vm.id, name: "sealed" });
    expect(image.blockDevices).toMatchObject([{ device: "/dev/vda", encrypted: true }]);
    const snapshotId = image.blockDevices[0]?.snapshotId ?? "";
    expect(cloud.snapshots.get(snapshotId).encrypted).toBe(true);
    expect((await cloud.volumes.create({ snapshotId })).encrypted).toBe(true);
    const copy = await cloud.images.copy({ image: image.id, name: "sealed too" });
    expect(copy.blockDevices).toMatchObject([{ encrypted: true }]);
    const again = await launch({ image: copy.id });
    expect(again.state).toBe("running");
    expect(cloud.volumes.get(again.rootVolumeId).encrypted).toBe(true);
    expect(stored("data-key")).toHaveLength(1);
    const refused = { encrypted: false };
    await rejects(cloud.volumes.create({ snapshotId, ...refused }), "InvalidParameterCombination");
    await rejects(cloud.images.copy({ image: image.id, name: "open", ...refused }), "InvalidParameterCombination");
    const blockDevices = [{ device: "/dev/vda", ebs: refused }];
    await rejects(cloud.instances.launch({ image: image.id, blockDevices }), "InvalidBlockDeviceMapping");
  });

  it("C5 is rolled back to what has its key only", async () => {
    const sealed = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const clear = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(sealed.id).content = "then";
    const own = await cloud.snapshots.create({ volumeId: sealed.id });
    const other = await cloud.snapshots.create({ volumeId: clear.id });
    lab.blocks.volume(sealed.id).content = "now";
    await rejects(cloud.volumes.rollback({ volumeId: sealed.id, snapshotId: other.id }), "InvalidParameterCombination");
    await rejects(cloud.volumes.rollback({ volumeId: clear.id, snapshotId: own.id }), "InvalidParameterCombination");
    await cloud.volumes.rollback({ volumeId: sealed.id, snapshotId: own.id });
    expect(await text(await cloud.volumes.export(sealed.id))).toBe("then");
  });

  it("is a copy of what was not, where a snapshot or an image is to be encrypted", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1 });
    lab.blocks.volume(volume.id).content = "in clear";
    const { id: snapshotId } = await cloud.snapshots.create({ volumeId: volume.id });
    const sealed = await cloud.volumes.create({ snapshotId, encrypted: true });
    expect(sealed.encrypted).toBe(true);
    expect(lab.blocks.volume(sealed.id).content).toBe("in clear");
    expect(lab.blocks.count("encryptSnapshot")).toBe(1);
    const embedded = await cloud.images.copy({ image: "tiny", name: "sealed", encrypted: true });
    expect(embedded.blockDevices).toMatchObject([{ encrypted: true }]);
    expect((await launch({ image: embedded.id })).state).toBe("running");
    const data = { device: "/dev/sdf", ebs: { snapshotId, encrypted: true } };
    const vm = await launch({ blockDevices: [data] });
    expect(cloud.volumes.get(vm.rootVolumeId).encrypted).toBe(false);
    expect(cloud.volumes.list().find(({ attachment }) => attachment?.device === "/dev/sdf")?.encrypted).toBe(true);
  });

  it("is everything new where the cloud encrypts by default, whatever was asked for", async () => {
    await cloud.encryption.setEncryptByDefault(true);
    cloud = await lab.open();
    expect(cloud.encryption.encryptByDefault).toBe(true);
    expect((await cloud.volumes.create({ sizeGiB: 1, encrypted: false })).encrypted).toBe(true);
    const vm = await launch();
    expect(cloud.volumes.get(vm.rootVolumeId).encrypted).toBe(true);
    const snapshot = await cloud.snapshots.import({ source: new Blob(["a disk"]) });
    expect(snapshot.encrypted).toBe(true);
    expect(lab.blocks.snapshot(snapshot.id).keyCheck).toBeTruthy();
    expect(await text(await cloud.snapshots.export(snapshot.id))).toBe("a disk");
    await cloud.encryption.setEncryptByDefault(false);
    expect((await cloud.volumes.create({ sizeGiB: 1 })).encrypted).toBe(false);
  });

  it("F48 is so in a region of the account's choice, and of a copy where the copy is", async () => {
    await cloud.encryption.setEncryptByDefault(true, { region: "eu-west-1" });
    expect(cloud.encryption.encryptByDefault).toBe(false);
    const there = await cloud.volumes.create({ sizeGiB: 1, availabilityZone: "eu-west-1b" });
    expect(there.encrypted).toBe(true);
    expect((await cloud.volumes.create({ sizeGiB: 1 })).encrypted).toBe(false);
    await rejects(cloud.encryption.setEncryptByDefault(true, { region: "mars-1" }), "InvalidParameterValue");
  });

  it("F48 stays on everywhere where an earlier version had it on for all, until it is switched off", async () => {
    const store = await lab.disk.open("cloud");
    const key = ["record", "encryption", "cloud"];
    await store.commit([{ type: "put", key, value: { version: 1, value: { encryptByDefault: true, master: null } } }]);
    cloud = await lab.open();
    const seen = (region: string) => cloud.seenBy(viewOf({ accountId: "123456789012", region })).encryption;
    expect([seen("us-east-1").encryptByDefault, seen("eu-west-1").encryptByDefault]).toEqual([true, true]);
    await seen("eu-west-1").setEncryptByDefault(false);
    cloud = await lab.open();
    expect([seen("us-east-1").encryptByDefault, seen("eu-west-1").encryptByDefault]).toEqual([true, false]);
    await seen("eu-west-1").setEncryptByDefault(true);
    expect([seen("us-east-1").encryptByDefault, seen("eu-west-1").encryptByDefault]).toEqual([true, true]);
  });

  it.each(["yes", 1, null])("refuses %j for whether to encrypt", async (encrypted) => {
    await rejects(cloud.volumes.create({ sizeGiB: 1, encrypted } as never), "InvalidParameterValue");
    expect(cloud.volumes.list()).toEqual([]);
  });
});

describe("C1 C3 a key", () => {
  it("is stored before a block is written with it", async () => {
    const release = lab.blocks.hold("createVolume");
    const making = cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    await until(() => lab.blocks.count("createVolume") === 1);
    expect(stored("data-key")).toHaveLength(1);
    lab.disk.database("cloud").powerCut(0);
    release();
    await making.catch(() => {});
    cloud = await lab.open();
    await until(() => cloud.volumes.list()[0]?.state === "available");
    expect(cloud.volumes.list()).toMatchObject([{ state: "available", encrypted: true }]);
    const [volume] = cloud.volumes.list();
    expect(await text(await cloud.volumes.export(volume?.id ?? ""))).toBe("");
  });

  it("goes with the last that was encrypted with it", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const snapshot = await cloud.snapshots.create({ volumeId: volume.id });
    await cloud.volumes.delete(volume.id);
    expect(stored("data-key")).toHaveLength(1);
    await cloud.snapshots.delete(snapshot.id);
    expect(stored("data-key")).toHaveLength(0);
  });

  it("that nothing names is dropped when the cloud opens, unless a record that cannot be read may name it", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const store = await lab.disk.open("cloud");
    const other = await cloud.volumes.create({ sizeGiB: 1 });
    const [[key] = []] = stored("volume").filter(([[, , id]]) => id === other.id);
    await store.commit([
      { type: "put", key: key ?? [], value: { version: 99, value: null } },
      remove(["record", "volume", volume.id]),
    ]);
    const reported = hearUncaught();
    await lab.open();
    await settle();
    expect(reported).toEqual(["Store.RecordTooNew"]);
    expect(stored("data-key")).toHaveLength(1);
    await store.commit([remove(key ?? [])]);
    await lab.open();
    expect(stored("data-key")).toHaveLength(0);
  });
});

describe("C7 C8 C9 C10 C11 a passphrase", () => {
  it("opens everything again after a reload, and until then nothing is opened or damaged", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const clear = await cloud.volumes.create({ sizeGiB: 1 });
    const snapshot = await cloud.snapshots.create({ volumeId: volume.id });
    const vm = await launch(ENCRYPTED_ROOT);
    const other = await launch();
    await cloud.encryption.setPassphrase(PASSPHRASE);
    expect(cloud.encryption.state).toEqual({ kind: "passphrase", locked: false });
    // Who had the keys has them.
    await cloud.volumes.attach({ volumeId: volume.id, instanceId: vm.id });
    await cloud.volumes.detach({ volumeId: volume.id });

    cloud = await lab.open();
    expect(cloud.encryption.state).toEqual({ kind: "passphrase", locked: true });
    expect(cloud.volumes.get(volume.id)).toMatchObject({ state: "available", encrypted: true });
    const before = JSON.stringify([cloud.volumes.list(), cloud.snapshots.list()]);
    await cloud.instances.get(other.id).start();
    await rejects(cloud.instances.get(vm.id).start(), UNAVAILABLE);
    expect(cloud.instances.get(vm.id).state).toBe("stopped");
    await rejects(cloud.volumes.attach({ volumeId: volume.id, instanceId: other.id }), UNAVAILABLE);
    await rejects(cloud.volumes.export(volume.id), UNAVAILABLE);
    await rejects(cloud.snapshots.export(snapshot.id), UNAVAILABLE);
    await rejects(cloud.volumes.create({ sizeGiB: 1, encrypted: true }), UNAVAILABLE);
    await rejects(cloud.instances.launch({ image: "tiny", ...ENCRYPTED_ROOT }), UNAVAILABLE);
    await rejects(cloud.images.copy({ image: "tiny", name: "sealed", encrypted: true }), UNAVAILABLE);
    await rejects(cloud.snapshots.import({ source: new Blob(["a"]), encrypted: true }), UNAVAILABLE);
    const shape = (list: string) => list.replaceAll(/"guestDevice":"[^"]*"/g, '"guestDevice":null');
    expect(shape(JSON.stringify([cloud.volumes.list(), cloud.snapshots.list()]))).toBe(before);
    // What needs no key works.
    await cloud.volumes.attach({ volumeId: clear.id, instanceId: other.id });
    await cloud.snapshots.create({ volumeId: volume.id });

    await rejects(cloud.encryption.unlock("wrong horse battery"), "InvalidKey.Passphrase");
    expect(cloud.encryption.state.locked).toBe(true);
    await cloud.encryption.unlock(PASSPHRASE);
    expect(cloud.encryption.state.locked).toBe(false);
    await cloud.instances.get(vm.id).start();
    await cloud.volumes.attach({ volumeId: volume.id, instanceId: other.id });
    expect(cloud.volumes.get(volume.id).state).toBe("in-use");
  });

  it("locks again, is changed, and is taken away", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const opens = async () => await text(await cloud.volumes.export(volume.id));
    await cloud.encryption.setPassphrase(PASSPHRASE);
    await cloud.encryption.lock();
    await rejects(opens(), UNAVAILABLE);
    await rejects(cloud.encryption.setPassphrase("another passphrase"), "IncorrectState");
    await rejects(cloud.encryption.removePassphrase(), "IncorrectState");
    await cloud.encryption.unlock(PASSPHRASE);
    await cloud.encryption.setPassphrase("another passphrase");
    cloud = await lab.open();
    await rejects(cloud.encryption.unlock(PASSPHRASE), "InvalidKey.Passphrase");
    await cloud.encryption.unlock("another passphrase");
    expect(await opens()).toBe("");
    await cloud.encryption.removePassphrase();
    cloud = await lab.open();
    expect(cloud.encryption.state).toEqual({ kind: "browser-key", locked: false });
    expect(await opens()).toBe("");
    await rejects(cloud.encryption.lock(), "IncorrectState");
    await rejects(cloud.encryption.unlock(PASSPHRASE), "IncorrectState");
  });

  it.each(["short", "x".repeat(1025)])("is refused as %s", async (passphrase) => {
    await rejects(cloud.encryption.setPassphrase(passphrase), "InvalidParameterValue");
    await rejects(cloud.encryption.setPassphrase(undefined as never), "MissingParameter");
    expect(cloud.encryption.state.kind).toBe("browser-key");
  });

  it("leaves nothing in the database that opens a key", async () => {
    await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const hasKey = (value: unknown): boolean =>
      value instanceof CryptoKey || (value instanceof Object && Object.values(value).some(hasKey));
    const keys = () =>
      lab.disk
        .database("cloud")
        .dump()
        .filter(([, value]) => hasKey(value));
    expect(keys()).toHaveLength(1);
    await cloud.encryption.setPassphrase(PASSPHRASE);
    expect(keys()).toHaveLength(0);
    const everything = JSON.stringify(lab.disk.database("cloud").dump());
    expect(everything.includes("correct horse")).toBe(false);
  });

  it.each([0, 1])("set in a power cut that keeps %i transactions is there whole or not at all", async (keep) => {
    const volumes = [];
    for (let i = 0; i < 3; i++) volumes.push(await cloud.volumes.create({ sizeGiB: 1, encrypted: true }));
    const database = lab.disk.database("cloud");
    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    database.latency = (kind) => {
      if (kind !== "commit") return;
      begin();
      return new Promise(() => {});
    };
    const setting = cloud.encryption.setPassphrase(PASSPHRASE).catch(() => {});
    await begun;
    expect(database.atRisk).toBe(1);
    database.powerCut(keep);
    await setting;
    database.latency = () => {};
    cloud = await lab.open();
    expect(cloud.encryption.state.locked).toBe(keep === 1);
    if (keep === 1) await cloud.encryption.unlock(PASSPHRASE);
    for (const { id } of volumes) expect(await text(await cloud.volumes.export(id))).toBe("");
  });

  it("set while volumes are made opens all of them", async () => {
    const making = Array.from({ length: 4 }, () => cloud.volumes.create({ sizeGiB: 1, encrypted: true }));
    const setting = cloud.encryption.setPassphrase(PASSPHRASE);
    making.push(...Array.from({ length: 4 }, () => cloud.volumes.create({ sizeGiB: 1, encrypted: true })));
    const volumes = await Promise.all(making);
    await setting;
    cloud = await lab.open();
    await cloud.encryption.unlock(PASSPHRASE);
    for (const { id } of volumes) expect(await text(await cloud.volumes.export(id))).toBe("");
  });

  it("that cannot be stored changes nothing", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const database = lab.disk.database("cloud");
    database.quotaBytes = 0;
    await rejects(cloud.encryption.setPassphrase(PASSPHRASE), "Store.QuotaExceeded");
    database.quotaBytes = Number.POSITIVE_INFINITY;
    expect(cloud.encryption.state).toEqual({ kind: "browser-key", locked: false });
    cloud = await lab.open();
    expect(await text(await cloud.volumes.export(volume.id))).toBe("");
  });

  it("C9 is not set while the record of a data key cannot be read", async () => {
    await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const [[key] = []] = stored("data-key");
    const store = await lab.disk.open("cloud");
    await store.commit([{ type: "put", key: key ?? [], value: { version: 99, value: null } }]);
    const reported = hearUncaught();
    cloud = await lab.open();
    await settle();
    expect(reported).toEqual(["Store.RecordTooNew"]);
    await rejects(cloud.encryption.setPassphrase(PASSPHRASE), "Store.RecordTooNew");
    const [volume] = cloud.volumes.list();
    await rejects(cloud.volumes.export(volume?.id ?? ""), UNAVAILABLE);
    expect(stored("data-key")).toEqual([[key, { version: 99, value: null }]]);
  });

  it("C12 leaves the record of a master key alone that cannot be read", async () => {
    await cloud.volumes.create({ sizeGiB: 1, encrypted: true });
    const [[key] = []] = stored("encryption");
    const store = await lab.disk.open("cloud");
    await store.commit([{ type: "put", key: key ?? [], value: { version: 99, value: "later" } }]);
    const reported = hearUncaught();
    cloud = await lab.open();
    await settle();
    expect(reported).toEqual(["Store.RecordTooNew"]);
    for (const call of [
      () => cloud.volumes.create({ sizeGiB: 1, encrypted: true }),
      () => cloud.encryption.setPassphrase(PASSPHRASE),
      () => cloud.encryption.setEncryptByDefault(true),
      () => cloud.volumes.export(cloud.volumes.list()[0]?.id ?? ""),
    ]) {
      await rejects(call(), "Store.RecordTooNew");
    }
    expect((await cloud.volumes.create({ sizeGiB: 1 })).state).toBe("available");
    expect(stored("encryption")).toEqual([[key, { version: 99, value: "later" }]]);
  });

  it("lets a volume that a page had begun be made when it is given", async () => {
    await cloud.encryption.setPassphrase(PASSPHRASE);
    const release = lab.blocks.hold("createVolume");
    cloud.volumes.create({ sizeGiB: 1, encrypted: true }).catch(() => {});
    await until(() => lab.blocks.count("createVolume") === 1);
    cloud = await lab.open();
    await settle();
    expect(cloud.volumes.list()).toMatchObject([{ state: "creating", stateReason: null }]);
    lab.blocks.volumes.clear();
    release();
    await until(() => lab.blocks.volumes.size === 1);
    lab.blocks.volumes.clear();
    await cloud.encryption.unlock(PASSPHRASE);
    await until(() => cloud.volumes.list()[0]?.state === "available");
    expect(cloud.volumes.list()).toMatchObject([{ state: "available" }]);
  });
});

describe("F46 disks of a version that knew no encryption", () => {
  it("are not encrypted, and can be used", async () => {
    const volume = await cloud.volumes.create({ sizeGiB: 1 });
    await cloud.snapshots.create({ volumeId: volume.id });
    const store = await lab.disk.open("cloud");
    const old = [...stored("volume"), ...stored("snapshot")].map(([key, value]) => {
      const { keyId: _, ...rest } = (value as { value: { keyId: null } }).value;
      return { type: "put" as const, key, value: { version: 1, value: rest } };
    });
    await store.commit(old);
    cloud = await lab.open();
    expect(cloud.volumes.list()).toMatchObject([{ id: volume.id, encrypted: false }]);
    expect(cloud.snapshots.list()).toMatchObject([{ encrypted: false, state: "completed" }]);
    expect(await text(await cloud.volumes.export(volume.id))).toBe("");
  });
});
