import { afterEach, describe, expect, it } from "vitest";
import { TEST_HOST } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { FakeClock, settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import { PortWriter, readAll, readPort } from "../../protocol/port-stream.ts";
import type { ExecRequest } from "../../protocol/vm-contract.ts";
import { FollowerSession } from "./follower-session.ts";
import { LocalBackend } from "./local-backend.ts";
import { OwnerConnection } from "./owner-connection.ts";
import { RemoteBackend } from "./remote-backend.ts";
import { TabCloud } from "./tab-cloud.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A cloud that one tab runs, and a tab that follows it, connected as by `TabHost` and `OwnerLink`. */
async function twoTabs(lab = new CloudLab()) {
  const resources = await lab.open();
  const local = new LocalBackend(resources);
  const owner = new TabCloud("owner", local, TEST_HOST);
  const clock = new FakeClock();
  const remote = new RemoteBackend(clock);
  const connect = async (backend: LocalBackend) => {
    const [calls, updates] = [new MessageChannel(), new MessageChannel()];
    let dropped = false;
    const session = new FollowerSession(backend, { calls: calls.port2, updates: updates.port2 }, clock);
    const ends = { calls: calls.port1, updates: updates.port1 };
    const connection = new OwnerConnection(remote.mirror, ends, () => (dropped = true), clock);
    cleanUps.push(() => session.dispose());
    cleanUps.push(() => connection.dispose());
    await connection.ready;
    remote.use(connection);
    return { session, connection, isDropped: () => dropped };
  };
  const link = await connect(local);
  const follower = new TabCloud("follower", remote, TEST_HOST);
  /** The updates that wait for the follower to ask for more. */
  const sync = () => clock.advance(100);
  return { lab, resources, owner, follower, remote, connect, clock, sync, ...link };
}

const LAUNCH = { image: "tiny", type: "v1.small", name: "web" };

async function running(cloud: TabCloud) {
  const [vm] = await cloud.instances.launch(LAUNCH);
  if (vm === undefined) throw new Error("nothing was launched");
  await vm.ready();
  return vm;
}

describe("a tab that follows", () => {
  it("shows what the owner has, from the first moment on, and hears of each change", async () => {
    const lab = new CloudLab();
    const before = new TabCloud("owner", new LocalBackend(await lab.open()), TEST_HOST);
    await before.volumes.create({ sizeGiB: 1, name: "data" });
    const { owner, follower, sync } = await twoTabs(lab);
    expect(follower.volumes.list()).toEqual(owner.volumes.list());
    expect(follower.storage.state).toEqual(owner.storage.state);
    expect(follower.encryption.state).toEqual(owner.encryption.state);
    expect(await follower.images.list()).toEqual(await owner.images.list());
    let volumesChanged = 0;
    follower.volumes.onChange(() => volumesChanged++);
    const { id } = await owner.volumes.create({ sizeGiB: 2 });
    await sync();
    expect(volumesChanged).toBeGreaterThan(0);
    expect(follower.volumes.get(id)).toEqual(owner.volumes.get(id));
    await owner.volumes.delete(id);
    await sync();
    expect(follower.volumes.list()).toEqual(owner.volumes.list());
  });

  it("shows instances with all that is to be read of them, live", async () => {
    const { owner, follower, sync, lab } = await twoTabs();
    const vm = await running(owner);
    await sync();
    const [seen] = follower.instances.list();
    expect(seen?.launchTime).toBeInstanceOf(Date);
    for (const [name, value] of Object.entries(vm)) {
      if (typeof value === "function" || name === "console" || name === "boot") continue;
      expect(seen, name).toMatchObject({ [name]: value });
    }
    expect(seen?.boot?.ready).toBe(true);
    let changes = 0;
    seen?.onChange(() => changes++);
    lab.machines.last.hear({ type: "halted" });
    await sync();
    expect(seen?.status).toMatchObject({ state: "impaired" });
    expect(changes).toBe(1);
    expect(follower.instances.get(vm.id)).toBe(seen);
  });

  it("has done what it asked for in its own lists when the call resolves", async () => {
    const { owner, follower } = await twoTabs();
    const volume = await follower.volumes.create({ sizeGiB: 1, tags: { a: "b" } });
    expect(follower.volumes.list()).toEqual([volume]);
    expect(owner.volumes.get(volume.id)).toEqual(volume);
    const vm = await running(follower);
    expect(vm.state).toBe("running");
    await follower.volumes.attach({ volumeId: volume.id, instanceId: vm.id });
    expect(follower.volumes.get(volume.id).attachment).toMatchObject({ state: "attached", instanceId: vm.id });
    await vm.stop();
    expect(vm.state).toBe("stopped");
    expect(owner.instances.get(vm.id).state).toBe("stopped");
  });

  it("gets the owner's errors, with code and details, and those of ids as the owner does", async () => {
    const { follower, lab } = await twoTabs();
    const vm = await running(follower);
    const { id } = await follower.volumes.create({ sizeGiB: 1 });
    await follower.volumes.attach({ volumeId: id, instanceId: vm.id });
    lab.machines.last.mounted.add(id);
    const detached = follower.volumes.detach({ volumeId: id });
    await expect(detached).rejects.toMatchObject({ code: "VolumeInUse", details: { mountPoints: ["/mnt"] } });
    await expect(follower.volumes.create({ sizeGiB: -1 })).rejects.toMatchObject({ code: "InvalidParameterValue" });
    for (const [get, codes] of [
      [follower.volumes.get, ["InvalidVolume.NotFound", "InvalidVolumeID.Malformed"]],
      [follower.snapshots.get, ["InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed"]],
      [(name: string) => follower.instances.get(name), ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"]],
    ] as const) {
      const prefix = { V: "vol", S: "snap", I: "i" }[codes[0].slice("Invalid".length)[0] as "V" | "S" | "I"];
      expect(() => get(`${prefix}-0123456789abcdef0`)).toThrow(expect.objectContaining({ code: codes[0] }));
      expect(() => get("nonsense")).toThrow(expect.objectContaining({ code: codes[1] }));
    }
  });

  it("has nothing done that is not of the API", async () => {
    const { connection } = await twoTabs();
    for (const [resource, method] of [
      ["volumes", "dispose"],
      ["volumes", "list"],
      ["instances", "shutOff"],
      ["volumes", "constructor"],
      ["catalogue", "embedded"],
      ["__proto__", "toString"],
    ] as const) {
      await expect(connection.call({ resource, id: null, method }, [])).rejects.toMatchObject({
        code: "Protocol.UnknownMethod",
      });
    }
  });

  it("says which argument it cannot send", async () => {
    const { follower } = await twoTabs();
    const odd = { sizeGiB: 1, name: Symbol("odd") as unknown as string };
    await expect(follower.volumes.create(odd)).rejects.toMatchObject({ code: "InvalidParameterValue" });
  });

  it("shows the console's history and what comes, and holds the guest while it does not take it", async () => {
    const { owner, follower, lab, sync } = await twoTabs();
    const vm = await running(owner);
    lab.machines.last.print("before ");
    await expect.poll(() => vm.console.history()).toBe("before ");
    await sync();
    const seen = follower.instances.get(vm.id);
    await expect.poll(() => seen.console.history()).toBe("before ");
    let text = "";
    let release = () => {};
    seen.console.onData((data) => {
      text += data;
      return text.length > 10 ? undefined : new Promise<void>((resolve) => (release = resolve));
    });
    let printed = 0;
    vm.console.onData(() => {
      printed++;
    });
    lab.machines.last.print("held");
    await expect.poll(() => text).toBe("held");
    // A window's worth is on its way; what comes after that waits in the machine.
    const megabyte = "x".repeat(2 ** 20);
    for (let i = 0; i < 4; i++) lab.machines.last.print(megabyte);
    await settle();
    expect(printed).toBeLessThan(5);
    release();
    await expect.poll(() => text.length).toBe(4 + 4 * 2 ** 20);
    expect(printed).toBe(5);
  });

  it("is let go of when it takes no output for 10 seconds, and can connect again", async () => {
    const { owner, follower, lab, clock, isDropped, connect, resources } = await twoTabs();
    const vm = await running(owner);
    await clock.advance(100);
    follower.instances.get(vm.id).console.onData(() => new Promise<void>(() => {}));
    const heard: number[] = [];
    vm.console.onData((text) => void heard.push(text.length));
    for (let i = 0; i < 5; i++) lab.machines.last.print("x".repeat(2 ** 20));
    await settle();
    expect(heard.length).toBeLessThan(5);
    await clock.advance(10_000);
    await expect.poll(() => heard.length).toBe(5);
    await expect.poll(isDropped).toBe(true);
    await connect(new LocalBackend(resources));
    expect(follower.instances.get(vm.id).console.history()).toHaveLength(64 * 1024);
  });

  it("runs programs: input, output with back-pressure, abort", async () => {
    const { follower, lab } = await twoTabs();
    const vm = await running(follower);
    const signals: unknown[] = [];
    Object.assign(lab.machines.last.client, {
      exec: async (
        { command }: ExecRequest,
        ports: { stdin: MessagePort | null; stdout: MessagePort; stderr: MessagePort; control: MessagePort },
      ) => {
        const input = ports.stdin === null ? new Uint8Array() : await readAll(readPort(ports.stdin), 1000);
        const [out, err] = [new PortWriter(ports.stdout), new PortWriter(ports.stderr)];
        await out.write(new TextEncoder().encode(`${command}: `));
        await out.write(input.slice());
        if (command === "wait") {
          await new Promise<void>((resolve) => {
            ports.control.onmessage = ({ data }) => {
              signals.push(data);
              resolve();
            };
          });
        }
        out.end();
        err.end();
        return { exitCode: 3, signal: null, timedOut: false };
      },
    });
    const encoder = new TextEncoder();
    const stdin = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(encoder.encode("typed"));
        controller.close();
      },
    });
    expect(await vm.exec("cat", { stdin })).toMatchObject({ stdout: "cat: typed", exitCode: 3 });
    const heard: string[] = [];
    const onStdout = async (chunk: Uint8Array) => void heard.push(new TextDecoder().decode(chunk));
    expect(await vm.exec("cat", { stdin: "typed", onStdout })).toMatchObject({ stdout: "", exitCode: 3 });
    expect(heard.join("")).toBe("cat: typed");
    const abort = new AbortController();
    const waiting = vm.exec("wait", { signal: abort.signal, onStdout: () => abort.abort() });
    expect(await waiting).toMatchObject({ exitCode: 3 });
    expect(signals).toEqual([{ signal: "SIGTERM" }]);
    const full = () => Promise.reject(new CloudError("Disk.Full", "full"));
    await expect(vm.exec("cat", { stdin: "x", onStdout: full })).rejects.toMatchObject({ code: "Disk.Full" });
  });

  it("imports and exports disks as streams, with progress and cancel", async () => {
    const { follower, lab } = await twoTabs();
    const progress: number[] = [];
    const onProgress = ({ doneBytes }: { doneBytes: number }) => void progress.push(doneBytes);
    const imported = lab.blocks.hold("importSnapshot");
    const first = follower.snapshots.import({ source: new Blob(["content"]), onProgress });
    await expect.poll(() => progress).toEqual([1]);
    imported();
    const snapshot = await first;
    expect(snapshot.state).toBe("completed");
    expect(follower.snapshots.get(snapshot.id)).toEqual(snapshot);
    const exported = await follower.snapshots.export(snapshot.id);
    expect(await new Response(exported).text()).toBe("content");
    const abort = new AbortController();
    const release = lab.blocks.hold("importSnapshot");
    const importing = follower.snapshots.import({ source: new Blob(["late"]), signal: abort.signal });
    importing.catch(() => {});
    await expect.poll(() => lab.blocks.count("importSnapshot")).toBe(2);
    abort.abort();
    await expect(importing).rejects.toMatchObject({ code: "Image.Cancelled" });
    release();
  });
});

describe("when the owner is gone", () => {
  it("a call under way rejects with Cloud.OwnerGone; one that comes then is done by the next owner", async () => {
    const { lab, remote, follower, connection, connect } = await twoTabs();
    const release = lab.blocks.hold("createVolume");
    const underWay = follower.volumes.create({ sizeGiB: 1 });
    underWay.catch(() => {});
    await expect.poll(() => lab.blocks.count("createVolume")).toBe(1);
    connection.dispose();
    remote.wait();
    await expect(underWay).rejects.toMatchObject({ code: "Cloud.OwnerGone" });
    release();
    const late = follower.volumes.create({ sizeGiB: 2 });
    await connect(new LocalBackend(await lab.open()));
    const { id } = await late;
    // The next owner says all there is: what was under way has been done after all.
    expect(follower.volumes.list().map(({ sizeBytes }) => sizeBytes / 2 ** 30)).toEqual([1, 2]);
    expect(follower.volumes.get(id).state).toBe("available");
  });

  it("a call waits 30 seconds for another one", async () => {
    const { remote, follower, connection, clock } = await twoTabs();
    connection.dispose();
    remote.wait();
    const late = follower.volumes.create({ sizeGiB: 2 });
    late.catch(() => {});
    await clock.advance(30_000);
    await expect(late).rejects.toMatchObject({ code: "Cloud.NoOwner" });
  });

  it("calls are refused while the owner is of another version", async () => {
    const { remote, follower, connection } = await twoTabs();
    connection.dispose();
    remote.wait();
    const waiting = follower.volumes.create({ sizeGiB: 2 });
    remote.refuse(new CloudError("Cloud.VersionMismatch", "another version"));
    await expect(waiting).rejects.toMatchObject({ code: "Cloud.VersionMismatch" });
    await expect(follower.images.list()).rejects.toMatchObject({ code: "Cloud.VersionMismatch" });
  });

  it("the tab that takes over keeps its objects, tells what has stopped, and does what was waited for (L10)", async () => {
    const { lab, owner, follower, remote, connection, sync, session } = await twoTabs();
    const vm = await running(follower);
    const [resting] = await owner.instances.launch({ ...LAUNCH, name: "resting" });
    await resting?.ready();
    await resting?.stop();
    await sync();
    let heard = "";
    let changes = 0;
    vm.console.onData((text) => {
      heard += text;
    });
    vm.onChange(() => changes++);
    const roles: unknown[] = [];
    follower.onRoleChange((change) => roles.push(change));
    session.dispose();
    connection.dispose();
    remote.wait();
    const waiting = follower.volumes.create({ sizeGiB: 1 });
    const local = new LocalBackend(await lab.open());
    follower.become(local);
    remote.use(local);
    expect(follower.role).toBe("owner");
    expect(roles).toEqual([{ role: "owner", stoppedInstanceIds: [vm.id] }]);
    expect(vm).toMatchObject({ state: "stopped", stateReason: { code: "Server.PageClosed" } });
    expect(changes).toBeGreaterThan(0);
    expect(follower.instances.get(vm.id)).toBe(vm);
    expect((await waiting).state).toBe("available");
    expect(follower.volumes.list()).toHaveLength(3);
    await vm.start();
    lab.machines.last.print("again");
    await expect.poll(() => heard).toBe("again");
  });

  it("a follower that is gone leaves nothing under way in the owner", async () => {
    const { owner, follower, session, lab } = await twoTabs();
    const release = lab.blocks.hold("importSnapshot");
    const importing = follower.snapshots.import({
      source: new Blob(["x"]),
      signal: new AbortController().signal,
    });
    importing.catch(() => {});
    await expect.poll(() => lab.blocks.count("importSnapshot")).toBe(1);
    expect(owner.snapshots.list()).toMatchObject([{ state: "pending" }]);
    session.dispose();
    await expect.poll(() => owner.snapshots.list()).toEqual([]);
    release();
  });
});
