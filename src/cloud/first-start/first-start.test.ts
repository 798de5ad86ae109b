import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import type { CloudResources } from "../assembly.ts";
import type { CloudInstance } from "../instance.ts";
import { ED25519 } from "../key-pairs/testing/fixed-keys.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

const SCRIPT = "#!/bin/sh\necho hello\n";

async function launch(request: object = {}): Promise<CloudInstance> {
  const [instance] = await cloud.instances.launch({ image: "tiny", ...request });
  await settle();
  if (instance === undefined) throw new Error("no instance");
  return instance;
}

async function restart(instance: CloudInstance): Promise<void> {
  await instance.stop();
  await instance.start();
  await settle();
}

describe("the first start", () => {
  it("F10: asks nothing of the guest of an instance that was given nothing", async () => {
    const instance = await launch();
    expect(instance.firstStart).toEqual({ state: "none", message: null });
    await instance.waitForFirstStart();
    expect(lab.machines.last.calls).toEqual([]);
  });

  it("F10 F62: gives the guest the key pair's public key and the user data, when it is up", async () => {
    await cloud.keyPairs.import({ name: "mine", publicKey: ED25519.spki });
    lab.machines.readyAtOnce = false;
    const instance = await launch({ keyName: "mine", userData: SCRIPT });
    expect(instance.keyName).toBe("mine");
    expect(instance.firstStart).toEqual({ state: "waiting", message: null });
    // What it was launched with is its own.
    await cloud.keyPairs.delete(cloud.keyPairs.named("mine").id);
    lab.machines.last.hear({ type: "ready", agentVersion: 1 });
    await instance.waitForFirstStart();
    expect(instance.firstStart).toEqual({ state: "done", message: null });
    const [script = ""] = lab.machines.last.execInputs;
    expect(script).toContain(`add_key 'ec2-user' 'ssh-ed25519 ${ED25519.blob} mine'`);
    expect(script).toContain(btoa(SCRIPT));
    expect(script).toContain(`'${instance.id}'`);
  });

  it("F10: comes again with each boot: the guest knows what it has done", async () => {
    const instance = await launch({ userData: SCRIPT });
    expect(lab.machines.last.execInputs).toHaveLength(1);
    lab.machines.last.hear({ type: "agent-lost" });
    lab.machines.last.hear({ type: "ready", agentVersion: 1 });
    await settle();
    expect(lab.machines.last.execInputs).toHaveLength(1);
    lab.machines.last.hear({ type: "restarted" });
    expect(instance.firstStart.state).toBe("waiting");
    lab.machines.last.hear({ type: "ready", agentVersion: 1 });
    await settle();
    expect(lab.machines.last.execInputs).toHaveLength(2);
    await restart(instance);
    expect(lab.machines.last.execInputs).toHaveLength(1);
  });

  it("F11: what goes wrong in the guest is told, and stops nothing", async () => {
    lab.machines.readyAtOnce = false;
    const instance = await launch({ userData: SCRIPT });
    lab.machines.last.execStatus = 1;
    lab.machines.last.hear({ type: "ready", agentVersion: 1 });
    await expect(instance.waitForFirstStart()).rejects.toMatchObject({ code: "FirstStart.Failed" });
    expect(instance.firstStart.state).toBe("failed");
    expect(instance.state).toBe("running");
    expect(instance.status.state).toBe("ok");
  });

  it("F10: an instance that stops before is waited for no more, and begins again at its next start", async () => {
    lab.machines.readyAtOnce = false;
    const instance = await launch({ userData: SCRIPT });
    const waiting = instance.waitForFirstStart();
    waiting.catch(() => {});
    await instance.stop({ force: true });
    await expect(waiting).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    lab.machines.readyAtOnce = true;
    await instance.start();
    await instance.waitForFirstStart();
  });

  it("F10: an image without an agent: the instance runs, and its console and status say what was not delivered", async () => {
    const manifest = JSON.parse(lab.imageJson as string);
    lab.imageJson = JSON.stringify({ ...manifest, agent: null });
    lab.machines.readyAtOnce = false;
    cloud = await lab.open();
    const instance = await launch({ userData: SCRIPT });
    expect(instance.state).toBe("running");
    expect(instance.firstStart).toEqual({
      state: "undeliverable",
      message: expect.stringContaining("not known to have an agent"),
    });
    expect(instance.console.history()).toContain("first start: warning: What it was given could not be delivered");
  });

  it("F10: an image that starts by itself is waited for, and given nothing of what it has done", async () => {
    const manifest = JSON.parse(lab.imageJson as string);
    lab.imageJson = JSON.stringify({ ...manifest, firstStart: "metadata" });
    lab.machines.readyAtOnce = false;
    cloud = await lab.open();
    const start = async (request: object, answer: string) => {
      const instance = await launch(request);
      lab.machines.last.execOutput = answer;
      lab.machines.last.hear({ type: "ready", agentVersion: 1 });
      const outcome = await instance.waitForFirstStart().then(
        () => "done",
        (error: Error) => error.message,
      );
      return { outcome, scripts: lab.machines.last.execInputs };
    };
    const done = 'done\n{"v1": {"datasource": "DataSourceEc2", "errors": []}}';
    expect(await start({ userData: SCRIPT }, done)).toEqual({ outcome: "done", scripts: [""] });
    const failed = await start({ userData: SCRIPT }, done.replace("[]", '["exit status 3"]'));
    expect(failed).toEqual({
      outcome: expect.stringContaining("went wrong at its start. exit status 3"),
      scripts: [""],
    });

    // What the metadata service does not have.
    const { scripts } = await start({ userData: SCRIPT, password: "Correct-horse-1" }, done);
    expect(scripts).toEqual(["", expect.stringContaining("set_password 'ec2-user' '$6$")]);
    expect(scripts[1]).not.toContain(btoa(SCRIPT));

    // What it has not done.
    const all = await start({ userData: SCRIPT }, "");
    expect(all).toEqual({ outcome: "done", scripts: ["", expect.stringContaining(btoa(SCRIPT))] });
  });

  it("F62: a key pair that there is not is InvalidKeyPair.NotFound, and nothing is launched", async () => {
    await expect(cloud.instances.launch({ image: "tiny", keyName: "other" })).rejects.toMatchObject({
      code: "InvalidKeyPair.NotFound",
      message: "The key pair 'other' does not exist",
    });
    expect(cloud.instances.list()).toEqual([]);
  });

  it("F11: user data is text or bytes, of at most 16384 bytes, and is there after a reload", async () => {
    const bytes = Uint8Array.from({ length: 16_384 }, (_, index) => index);
    const instance = await launch({ userData: bytes });
    expect(Uint8Array.from(atob(instance.userData ?? ""), (c) => c.charCodeAt(0))).toEqual(bytes);
    await expect(cloud.instances.launch({ image: "tiny", userData: "é".repeat(8193) })).rejects.toMatchObject({
      code: "InvalidParameterValue",
      message: "User data is limited to 16384 bytes",
    });
    expect((await launch({ userData: "" })).userData).toBeNull();
    cloud = await lab.open();
    expect(cloud.instances.get(instance.id).userData).toBe(instance.userData);
  });
});

describe("a password", () => {
  const PASSWORD = "Correct-horse-1";

  it("F63: is kept and given to the guest as its hash, wherever one looks", async () => {
    const instance = await launch({ password: PASSWORD, clientToken: "t" });
    await instance.waitForFirstStart();
    const [script = ""] = lab.machines.last.execInputs;
    expect(script).toMatch(/set_password 'ec2-user' '\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}'/);
    const stored = await (await lab.disk.open("cloud")).entries({ prefix: [] });
    expect(stored.length).toBeGreaterThan(3);
    expect(JSON.stringify([script, stored])).not.toContain(PASSWORD);
  });

  it("F63: goes not with a key pair, and must be a good one; nothing is launched otherwise", async () => {
    await cloud.keyPairs.import({ name: "mine", publicKey: ED25519.spki });
    await expect(cloud.instances.launch({ image: "tiny", keyName: "mine", password: PASSWORD })).rejects.toMatchObject({
      code: "InvalidParameterCombination",
    });
    await expect(cloud.instances.launch({ image: "tiny", password: "password" })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    expect(cloud.instances.list()).toEqual([]);
    const withKey = await launch({ keyName: "mine" });
    await withKey.stop();
    await expect(withKey.modify({ password: PASSWORD })).rejects.toMatchObject({ code: "InvalidParameterCombination" });
  });

  it("F63: is changed when stopped, and set at the next start", async () => {
    const instance = await launch();
    await expect(instance.modify({ password: PASSWORD })).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    await instance.stop();
    await instance.modify({ password: PASSWORD });
    await instance.start();
    await instance.waitForFirstStart();
    expect(lab.machines.last.execInputs[0]).toContain("set_password 'ec2-user' '$6$");
  });

  it("F64: tells since when it is what it is, over a reload too; nothing where there is none", async () => {
    expect((await launch()).passwordSetAt).toBeNull();
    const { id } = await launch({ password: PASSWORD });
    const launchedAt = new Date(lab.clock.now());
    expect(cloud.instances.get(id).passwordSetAt).toEqual(launchedAt);
    lab.clock.sleep(90 * 86_400_000);
    const instance = cloud.instances.get(id);
    await instance.stop();
    await instance.modify({ disableApiTermination: true });
    expect(instance.passwordSetAt).toEqual(launchedAt);
    await instance.modify({ password: "Another-horse-2" });
    const changedAt = new Date(lab.clock.now());
    await instance.start();
    expect(instance.passwordSetAt).toEqual(changedAt);
    cloud = await lab.open();
    expect(cloud.instances.get(id).passwordSetAt).toEqual(changedAt);
  });
});
