import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import { imageManifest } from "../../test/support/image-manifest.ts";
import { put } from "../store/key-value-store.ts";

/** What the first version of tabvisor stored for an instance, word for word. */
const INSTANCE_V1 = {
  reservationId: "r-0123456789abcdef0",
  launchIndex: 0,
  name: "web",
  imageId: "ami-0123456789abcdef0",
  typeName: "v1.micro",
  privateIpAddress: "172.31.0.4",
  rootVolumeId: "vol-00000000000000001",
  rootVolumeBytes: 1 << 20,
  hasRun: true,
  createdAt: Date.UTC(2025, 10, 21),
  launchedAt: Date.UTC(2025, 10, 21),
  terminatedAt: null as number | null,
  state: "running",
  stateReason: null,
  transitionReason: "",
};

let lab: CloudLab;

async function store(instances: Record<string, Partial<typeof INSTANCE_V1>>): Promise<void> {
  const database = await lab.disk.open("cloud");
  const image = { url: "https://example.test/images/tiny/", manifest: imageManifest() };
  await database.commit([
    put(["record", "image", INSTANCE_V1.imageId], { version: 1, value: image }),
    ...Object.entries(instances).map(([id, changes]) =>
      put(["record", "instance", id], { version: 1, value: { ...INSTANCE_V1, ...changes } }),
    ),
  ]);
  await database.close();
}

beforeEach(() => {
  lab = new CloudLab();
});

describe("F46 a database of the version whose instances had their root volume in their record", () => {
  const id = "i-00000000000000001";
  const volumeId = INSTANCE_V1.rootVolumeId;
  const old = { sizeBytes: 1 << 20, content: "what the guest wrote" };

  it("opens with the volume attached as root, and the instance starts from it", async () => {
    await store({ [id]: {} });
    lab.blocks.volumes.set(volumeId, old);
    const cloud = await lab.open();
    expect(cloud.volumes.list()).toMatchObject([
      {
        id: volumeId,
        sizeBytes: 1 << 20,
        state: "in-use",
        imageId: INSTANCE_V1.imageId,
        attachment: { instanceId: id, device: "/dev/vda", state: "attached", deleteOnTermination: true },
      },
    ]);
    const vm = cloud.instances.get(id);
    expect(vm).toMatchObject({ name: "web", imageName: "tiny", rootVolumeId: volumeId, rootVolumeBytes: 1 << 20 });
    expect(vm).toMatchObject({ tags: { Name: "web" }, clientToken: "" });
    expect(vm.stateReason?.code).toBe("Server.PageClosed");
    await vm.start();
    expect(lab.machines.last.spec.volumes).toMatchObject([{ volumeId, device: "vda" }]);
    expect(lab.blocks.volume(volumeId).content).toBe(old.content);
    expect(lab.blocks.count("createVolume")).toBe(0);
  });

  it("is migrated once: what is done then stays done", async () => {
    await store({ [id]: { state: "stopped" } });
    lab.blocks.volumes.set(volumeId, old);
    const first = await lab.open();
    await first.volumes.detach({ volumeId });
    const second = await lab.open();
    expect(second.volumes.get(volumeId).state).toBe("available");
    expect(second.instances.get(id).rootVolumeId).toBe("");
    await second.volumes.delete(volumeId);
    expect((await lab.open()).volumes.list()).toEqual([]);
  });

  it("makes the volume of an instance that had never run", async () => {
    await store({ [id]: { state: "pending", hasRun: false } });
    const cloud = await lab.open();
    await settle();
    expect(cloud.volumes.get(volumeId).state).toBe("in-use");
    expect(lab.blocks.volume(volumeId)).toEqual({ sizeBytes: 1 << 20, content: "tiny" });
  });

  it("finishes a termination, and has no volume for what is terminated", async () => {
    const other = "i-00000000000000002";
    await store({
      [id]: { state: "shutting-down" },
      [other]: { state: "terminated", terminatedAt: lab.clock.now(), rootVolumeId: "vol-00000000000000002" },
    });
    lab.blocks.volumes.set(volumeId, old);
    const cloud = await lab.open();
    await settle();
    expect(cloud.instances.list().map(({ state }) => state)).toEqual(["terminated", "terminated"]);
    expect(cloud.volumes.list()).toEqual([]);
    expect(lab.blocks.volumes.size).toBe(0);
    expect((await lab.open()).volumes.list()).toEqual([]);
  });

  it("opens again when the migration could not be stored", async () => {
    await store({ [id]: { state: "stopped" } });
    lab.blocks.volumes.set(volumeId, old);
    const database = lab.disk.database("cloud");
    const { quotaBytes } = database;
    database.quotaBytes = 0;
    await expect(lab.open()).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    database.quotaBytes = quotaBytes;
    expect((await lab.open()).volumes.get(volumeId).state).toBe("in-use");
  });

  it("launches off line from the image that was remembered", async () => {
    await store({ [id]: { state: "stopped" } });
    lab.imageJson = new TypeError("Failed to fetch");
    const cloud = await lab.open();
    const [vm] = await cloud.instances.launch({ image: "tiny" });
    await settle();
    expect(vm).toMatchObject({ state: "running", imageId: INSTANCE_V1.imageId });
  });
});
