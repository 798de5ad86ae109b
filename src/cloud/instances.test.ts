import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import type { CloudInstances } from "./instances.ts";

let lab: CloudLab;
const open = async (): Promise<CloudInstances> => (await lab.open()).instances;

beforeEach(() => {
  lab = new CloudLab();
});

describe("launch", () => {
  it("F01 F02 F03 gives pending instances at once, each with its own id, address and volume", async () => {
    const instances = await open();
    const launched = await instances.launch({ image: "tiny", count: 3, name: "web" });
    expect(launched.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
    expect(launched.map(({ id }) => id)).toEqual(instances.list().map(({ id }) => id));
    for (const { id } of launched) expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(launched.map(({ privateIpAddress }) => privateIpAddress)).toEqual([
      "172.31.0.4",
      "172.31.0.5",
      "172.31.0.6",
    ]);
    expect(launched[0]).toMatchObject({ hostname: "ip-172-31-0-4", name: "web", imageName: "tiny" });
    await settle();
    expect(launched.map(({ state }) => state)).toEqual(["running", "running", "running"]);
    expect(lab.blocks.volumes.size).toBe(3);
    expect(lab.machines.last.spec).toMatchObject({ memoryMiB: 128, cpuShare: 0.5, volumes: [{ device: "vda" }] });
  });

  it.each<[string, object, string]>([
    ["F02 an unknown image", { image: "nope" }, "InvalidAMIID.NotFound"],
    ["F02 an unknown image id", { image: "ami-00000000000000000" }, "InvalidAMIID.NotFound"],
    ["F05 an unknown type", { image: "tiny", type: "m1.small" }, "InvalidParameterValue"],
    ["a count of 0", { image: "tiny", count: 0 }, "InvalidParameterValue"],
    ["a count of 1.5", { image: "tiny", count: 1.5 }, "InvalidParameterValue"],
    ["a count that is no number", { image: "tiny", count: Number.NaN }, "InvalidParameterValue"],
    ["F69 a count of 10 000", { image: "tiny", count: 10_000 }, "InstanceLimitExceeded"],
    ["F70 more memory than there is", { image: "tiny", type: "v1.large", count: 2 }, "InsufficientInstanceCapacity"],
    ["F38 a root volume that is no size", { image: "tiny", rootVolumeGiB: -1 }, "InvalidBlockDeviceMapping"],
    ["F38 a root volume beyond 2 TiB", { image: "tiny", rootVolumeGiB: 4096 }, "InvalidParameterValue"],
    ["F77 a name that is too long", { image: "tiny", name: "x".repeat(257) }, "InvalidParameterValue"],
  ])("refuses %s with EC2's code, and launches nothing", async (_, request, code) => {
    const instances = await open();
    await expect(instances.launch(request as never)).rejects.toMatchObject({ name: "CloudError", code });
    expect(instances.list()).toEqual([]);
    expect(lab.machines.started).toEqual([]);
  });

  it("F38 makes the root volume of the size asked for", async () => {
    const [instance] = await (await open()).launch({ image: "tiny", rootVolumeGiB: 1 });
    await settle();
    expect(lab.blocks.volumes.get(instance?.rootVolumeId ?? "")?.sizeBytes).toBe(2 ** 30);
  });

  it("F77 sets an instance's tags, all of them anew and kept over a reload; refuses what cannot be one", async () => {
    const [vm] = await (await open()).launch({ image: "tiny", tags: { Name: "web", stage: "test" } });
    if (vm === undefined) throw new Error("one instance expected");
    await vm.setTags({ Name: "db", owner: "ann" });
    await expect(vm.setTags({ "aws:x": "1" })).rejects.toMatchObject({ code: "InvalidParameterValue" });
    const tooMany = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ""]));
    await expect(vm.setTags(tooMany)).rejects.toMatchObject({ code: "TagLimitExceeded" });
    expect([vm.name, vm.tags]).toEqual(["db", { Name: "db", owner: "ann" }]);
    expect((await open()).get(vm.id).tags).toEqual({ Name: "db", owner: "ann" });
  });

  it("finds an image by its id as well", async () => {
    const instances = await open();
    const [first] = await instances.launch({ image: "tiny" });
    const [second] = await instances.launch({ image: first?.imageId ?? "" });
    expect(second?.imageName).toBe("tiny");
  });

  it("launches nothing when it cannot be stored", async () => {
    const instances = await open();
    lab.disk.database("cloud").quotaBytes = 0;
    await expect(instances.launch({ image: "tiny" })).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    expect(instances.list()).toEqual([]);
  });

  it("says what is wrong with an image.json that is malformed or out of reach", async () => {
    lab.imageJson = '{"formatVersion": 1}';
    await expect((await open()).launch({ image: "tiny" })).rejects.toMatchObject({ code: "Image.ManifestMalformed" });
    lab.imageJson = new TypeError("Failed to fetch");
    await expect((await open()).launch({ image: "tiny" })).rejects.toMatchObject({ code: "Image.Unavailable" });
  });

  it("works offline with an image that was launched before", async () => {
    const first = await open();
    await first.launch({ image: "tiny" });
    lab.imageJson = new TypeError("Failed to fetch");
    const [instance] = await (await open()).launch({ image: "tiny" });
    await settle();
    expect(instance?.state).toBe("running");
  });
});

describe("get", () => {
  it("F18 tells malformed from unknown", async () => {
    const instances = await open();
    expect(() => instances.get("nonsense")).toThrow(expect.objectContaining({ code: "InvalidInstanceID.Malformed" }));
    expect(() => instances.get("i-00000000000000000")).toThrow(
      expect.objectContaining({
        code: "InvalidInstanceID.NotFound",
        message: "The instance ID 'i-00000000000000000' does not exist",
      }),
    );
  });
});

describe("start", () => {
  it("F16 F69 checks the limits again", async () => {
    const instances = await open();
    const [stopped] = await instances.launch({ image: "tiny", type: "v1.medium" });
    await settle();
    await stopped?.stop();
    await instances.launch({ image: "tiny", type: "v1.small", count: 4 });
    await expect(stopped?.start()).rejects.toMatchObject({ code: "InsufficientInstanceCapacity" });
    expect(stopped?.state).toBe("stopped");
  });

  it("never makes a root volume anew for an instance that has run", async () => {
    const instances = await open();
    const [instance] = await instances.launch({ image: "tiny" });
    await settle();
    await instance?.stop();
    lab.blocks.volumes.clear();
    await instance?.start();
    expect(lab.blocks.volumes.size).toBe(0);
  });
});

describe("F46 L10 a reload of the page", () => {
  it("brings back what ran as stopped, with the reason, and it starts again", async () => {
    const before = await open();
    const [launched] = await before.launch({ image: "tiny", name: "db" });
    await settle();
    lab.machines.last.print("login: ");
    await settle();
    await lab.clock.advance(3000);
    const after = await open();
    const [instance] = after.list();
    expect(instance).toMatchObject({
      id: launched?.id,
      name: "db",
      state: "stopped",
      stateReason: { code: "Server.PageClosed" },
    });
    expect(instance?.console.history()).toBe("login: ");
    await instance?.start();
    expect(instance).toMatchObject({ state: "running", stateReason: null });
    expect(lab.machines.last.spec.volumes).toMatchObject([{ volumeId: launched?.rootVolumeId, device: "vda" }]);
  });

  it("keeps the order, and stopped and terminated ones as they were", async () => {
    const before = await open();
    const [a, b] = await before.launch({ image: "tiny", count: 2 });
    await settle();
    await a?.stop();
    await b?.terminate();
    await lab.clock.advance(1000);
    const [c] = await before.launch({ image: "tiny" });
    const after = (await open()).list();
    expect(after.map(({ id }) => id)).toEqual([a?.id, b?.id, c?.id]);
    expect(after[0]?.stateReason?.code).toBe("Client.UserInitiatedShutdown");
    expect(after[1]?.state).toBe("terminated");
    await expect(after[1]?.start()).rejects.toMatchObject({ code: "IncorrectInstanceState" });
  });

  it("makes the volume at the first start when the page went away before the launch had made it", async () => {
    const before = await open();
    lab.machines.hold = new Promise(() => {});
    await before.launch({ image: "tiny" });
    lab.blocks.volumes.clear();
    lab.machines.hold = undefined;
    const [instance] = (await open()).list();
    expect(instance?.state).toBe("stopped");
    await instance?.start();
    expect(lab.blocks.volumes.size).toBe(1);
  });
});

describe("F18 terminated instances", () => {
  it("have lost their volume, stay visible for an hour, and are gone after it", async () => {
    const instances = await open();
    const [instance] = await instances.launch({ image: "tiny" });
    await settle();
    expect(lab.blocks.volumes.size).toBe(1);
    await instance?.terminate();
    expect(lab.blocks.volumes.size).toBe(0);
    const gone: string[] = [];
    instances.onItem((id) => {
      if (instances.find(id) === undefined) gone.push(id);
    });
    await lab.clock.advance(3_599_999);
    expect(instances.list()).toHaveLength(1);
    await lab.clock.advance(1);
    expect(instances.list()).toHaveLength(0);
    await settle();
    expect(gone).toEqual([instance?.id]);
    expect((await open()).list()).toHaveLength(0);
  });

  it("give their address and their place within the limits back", async () => {
    const instances = await open();
    const all = await instances.launch({ image: "tiny", count: 5 });
    await settle();
    await expect(instances.launch({ image: "tiny" })).rejects.toMatchObject({ code: "InstanceLimitExceeded" });
    await all[1]?.terminate();
    const [next] = await instances.launch({ image: "tiny" });
    expect(next?.privateIpAddress).toBe("172.31.0.5");
  });
});

describe("waiting", () => {
  it("F26 rejects at once when the state can no longer be reached, with the reason's code", async () => {
    lab.machines.failWith = new CloudError("Image.ChunkCorrupt", "bad chunk");
    const instances = await open();
    const [instance] = await instances.launch({ image: "tiny" });
    await expect(instance?.waitUntil("running")).rejects.toMatchObject({ code: "Image.ChunkCorrupt" });
    await expect(instance?.ready()).rejects.toMatchObject({ code: "Image.ChunkCorrupt" });
  });

  it("ready() rejects when the guest goes down before", async () => {
    lab.machines.readyAtOnce = false;
    const [instance] = await (await open()).launch({ image: "tiny" });
    await settle();
    const ready = expect(instance?.ready()).rejects.toMatchObject({ code: "Client.GuestPanicked" });
    lab.machines.last.hear({ type: "panicked", message: "Kernel panic" });
    await ready;
  });

  it("exec on what does not run says so", async () => {
    const [instance] = await (await open()).launch({ image: "tiny" });
    await settle();
    await instance?.stop();
    await expect(instance?.exec("true")).rejects.toMatchObject({ code: "IncorrectInstanceState" });
    await expect(instance?.console.write("x")).rejects.toMatchObject({ code: "IncorrectInstanceState" });
  });
});

describe("shutOff", () => {
  it("cuts the power of what runs, and stores that it has stopped", async () => {
    const instances = await open();
    await instances.launch({ image: "tiny", count: 2 });
    await settle();
    await instances.shutOff({ code: "Server.PageClosed", message: "closed" });
    expect(lab.machines.started.every(({ disposed }) => disposed)).toBe(true);
    expect((await open()).list().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  });
});
