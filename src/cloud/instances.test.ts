import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import { imageManifest } from "../../test/support/image-manifest.ts";
import { SimulatedMachines } from "../../test/support/simulated-machine.ts";
import { CloudError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import type { Client } from "../protocol/contract.ts";
import type { VolumeContract } from "../protocol/volume-contract.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { recordStore } from "../store/records.ts";
import { ImageCatalogue } from "./image-catalogue.ts";
import { CloudInstances } from "./instances.ts";
import { RootVolumes } from "./root-volumes.ts";

const LIMITS = { maxInstances: 5, maxMemoryMiB: 1024 };

let disk: MemoryDisk;
let clock: FakeClock;
let machines: SimulatedMachines;
let volumes: Map<string, number>;
let images: string | Error;

beforeEach(() => {
  disk = new MemoryDisk();
  clock = new FakeClock();
  machines = new SimulatedMachines();
  volumes = new Map();
  images = JSON.stringify(imageManifest());
});

const volumeClient = {
  async createVolume({ volumeId, sizeBytes }) {
    if (volumes.has(volumeId)) throw new CloudError("Volume.AlreadyExists", "there already");
    volumes.set(volumeId, sizeBytes);
  },
  async deleteVolume({ volumeId }) {
    if (!volumes.delete(volumeId)) throw new CloudError("InvalidVolume.NotFound", "no such volume");
  },
} as Partial<Client<VolumeContract>> as Client<VolumeContract>;

async function fetchImage(): Promise<Response> {
  if (images instanceof Error) throw images;
  return new Response(images);
}

/** Opens the cloud as a page does; opening it again is a reload. */
async function open(seed = 1): Promise<CloudInstances> {
  const records = recordStore(await disk.open("cloud"));
  const instances = new CloudInstances({
    database: "cloud",
    records,
    machines,
    volumes: new RootVolumes("cloud", async () => volumeClient),
    images: new ImageCatalogue(records, "https://example.test/images/", fetchImage),
    limits: LIMITS,
    clock,
    random: seededRandom(seed),
  });
  await instances.load();
  return instances;
}

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
    expect(volumes.size).toBe(3);
    expect(machines.last.spec).toMatchObject({ memoryMiB: 128, cpuShare: 0.5, volumes: [{ device: "vda" }] });
  });

  it.each<[string, object, string]>([
    ["F02 an unknown image", { image: "nope" }, "InvalidAMIID.NotFound"],
    ["F02 an unknown image id", { image: "ami-00000000000000000" }, "InvalidAMIID.NotFound"],
    ["F05 an unknown type", { image: "tiny", type: "t2.micro" }, "InvalidParameterValue"],
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
    expect(machines.started).toEqual([]);
  });

  it("F38 makes the root volume of the size asked for", async () => {
    const [instance] = await (await open()).launch({ image: "tiny", rootVolumeGiB: 1 });
    await settle();
    expect(volumes.get(instance?.rootVolumeId ?? "")).toBe(2 ** 30);
  });

  it("finds an image by its id as well", async () => {
    const instances = await open();
    const [first] = await instances.launch({ image: "tiny" });
    const [second] = await instances.launch({ image: first?.imageId ?? "" });
    expect(second?.imageName).toBe("tiny");
  });

  it("launches nothing when it cannot be stored", async () => {
    const instances = await open();
    disk.database("cloud").quotaBytes = 0;
    await expect(instances.launch({ image: "tiny" })).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    expect(instances.list()).toEqual([]);
  });

  it("says what is wrong with an image.json that is malformed or out of reach", async () => {
    images = '{"formatVersion": 1}';
    await expect((await open()).launch({ image: "tiny" })).rejects.toMatchObject({ code: "Image.ManifestMalformed" });
    images = new TypeError("Failed to fetch");
    await expect((await open()).launch({ image: "tiny" })).rejects.toMatchObject({ code: "Image.Unavailable" });
  });

  it("works offline with an image that was launched before", async () => {
    const first = await open();
    await first.launch({ image: "tiny" });
    images = new TypeError("Failed to fetch");
    const [instance] = await (await open(2)).launch({ image: "tiny" });
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
    volumes.clear();
    await instance?.start();
    expect(volumes.size).toBe(0);
  });
});

describe("F46 L10 a reload of the page", () => {
  it("brings back what ran as stopped, with the reason, and it starts again", async () => {
    const before = await open();
    const [launched] = await before.launch({ image: "tiny", name: "db" });
    await settle();
    machines.last.print("login: ");
    await settle();
    await clock.advance(3000);
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
    expect(machines.last.spec.volumes).toEqual([{ volumeId: launched?.rootVolumeId, device: "vda", readOnly: false }]);
  });

  it("keeps the order, and stopped and terminated ones as they were", async () => {
    const before = await open();
    const [a, b] = await before.launch({ image: "tiny", count: 2 });
    await settle();
    await a?.stop();
    await b?.terminate();
    await clock.advance(1000);
    const [c] = await before.launch({ image: "tiny" });
    const after = (await open()).list();
    expect(after.map(({ id }) => id)).toEqual([a?.id, b?.id, c?.id]);
    expect(after[0]?.stateReason?.code).toBe("Client.UserInitiatedShutdown");
    expect(after[1]?.state).toBe("terminated");
    await expect(after[1]?.start()).rejects.toMatchObject({ code: "IncorrectInstanceState" });
  });

  it("makes the volume at the first start when the page went away before the launch had made it", async () => {
    const before = await open();
    machines.hold = new Promise(() => {});
    await before.launch({ image: "tiny" });
    volumes.clear();
    machines.hold = undefined;
    const [instance] = (await open()).list();
    expect(instance?.state).toBe("stopped");
    await instance?.start();
    expect(volumes.size).toBe(1);
  });
});

describe("F18 terminated instances", () => {
  it("have lost their volume, stay visible for an hour, and are gone after it", async () => {
    const instances = await open();
    const [instance] = await instances.launch({ image: "tiny" });
    await settle();
    expect(volumes.size).toBe(1);
    await instance?.terminate();
    expect(volumes.size).toBe(0);
    await clock.advance(3_599_000);
    expect(instances.list()).toHaveLength(1);
    await clock.advance(2_000);
    expect(instances.list()).toHaveLength(0);
    await settle();
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
    machines.failWith = new CloudError("Image.ChunkCorrupt", "bad chunk");
    const instances = await open();
    const [instance] = await instances.launch({ image: "tiny" });
    await expect(instance?.waitUntil("running")).rejects.toMatchObject({ code: "Image.ChunkCorrupt" });
    await expect(instance?.ready()).rejects.toMatchObject({ code: "Image.ChunkCorrupt" });
  });

  it("ready() rejects when the guest goes down before", async () => {
    machines.readyAtOnce = false;
    const [instance] = await (await open()).launch({ image: "tiny" });
    await settle();
    const ready = expect(instance?.ready()).rejects.toMatchObject({ code: "Client.GuestPanicked" });
    machines.last.hear({ type: "panicked", message: "Kernel panic" });
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
    expect(machines.started.every(({ disposed }) => disposed)).toBe(true);
    expect((await open()).list().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  });
});
