import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import { imageManifest } from "../../test/support/image-manifest.ts";
import { put } from "../store/key-value-store.ts";
import { viewOf } from "./scope.ts";

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

  it("F79 F52 belongs to the default account in the first zone of us-east-1, each instance with an interface", async () => {
    const terminated = "i-00000000000000002";
    const gone = { state: "terminated", terminatedAt: lab.clock.now(), rootVolumeId: "vol-00000000000000002" };
    await store({ [id]: { state: "stopped" }, [terminated]: gone });
    lab.blocks.volumes.set(volumeId, old);
    const of = { ownerId: "123456789012", region: "us-east-1", availabilityZone: "us-east-1a" };
    const cloud = await lab.open();
    expect(cloud.instances.get(id)).toMatchObject(of);
    expect(cloud.volumes.get(volumeId)).toMatchObject(of);
    const [made, ...others] = cloud.network.interfaces();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ privateIpAddress: INSTANCE_V1.privateIpAddress, zone: "us-east-1a" });
    expect(made?.attachment).toMatchObject({ instanceId: id, deviceIndex: 0, deleteOnTermination: true });
    expect((await lab.open()).network.interfaces()).toEqual([made]);
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
    // The accounts are there: nothing else has anything to store.
    await lab.open();
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

/** What the version before accounts stored of disks, word for word. */
const VOLUME_V2 = {
  sizeBytes: 1 << 30,
  type: "gp3",
  iops: null,
  throughputMiBps: null,
  tags: {},
  state: "available",
  stateReason: null,
  createdAt: Date.UTC(2025, 10, 21),
  snapshotId: null,
  imageId: null,
  keyId: null,
  attachment: null,
  modification: {
    state: "completed",
    message: "",
    startedAt: Date.UTC(2025, 10, 21),
    target: { sizeBytes: 1 << 30, type: "gp3", iops: null, throughputMiBps: null },
  },
};
const SNAPSHOT_V2 = {
  volumeId: "vol-00000000000000003",
  sizeBytes: 1 << 30,
  imageId: null,
  keyId: null,
  description: "",
  tags: {},
  state: "completed",
  stateReason: null,
  startedAt: Date.UTC(2025, 10, 21),
  deleting: false,
};
const POLICY_V1 = {
  target: { kind: "volume", id: "vol-00000000000000003" },
  everyHours: 24,
  keep: 7,
  freeze: false,
  createdAt: Date.UTC(2025, 10, 21),
  lastAt: null,
  nextAt: Date.UTC(2035, 10, 21),
  lastError: null,
};
const TOKEN_V1 = {
  request: JSON.stringify({ sizeGiB: 1 }),
  ids: ["vol-00000000000000003"],
  goneAt: null,
};

describe("F79 disks of the version that knew neither accounts nor regions", () => {
  const of = { ownerId: "123456789012", region: "us-east-1" };
  const volumeId = "vol-00000000000000003";
  const snapshotId = "snap-00000000000000003";
  const imageId = "ami-00000000000000003";

  beforeEach(async () => {
    const database = await lab.disk.open("cloud");
    const image = {
      name: "mine",
      description: "",
      tags: {},
      state: "available",
      stateReason: null,
      createdAt: Date.UTC(2025, 10, 21),
      sourceInstanceId: null,
      ref: { url: "https://example.test/images/tiny/", manifest: imageManifest() },
      devices: [
        {
          device: "/dev/vda",
          snapshotId,
          sizeBytes: 1 << 30,
          type: "gp3",
          iops: null,
          throughputMiBps: null,
          deleteOnTermination: true,
        },
      ],
    };
    await database.commit([
      put(["record", "volume", volumeId], { version: 2, value: VOLUME_V2 }),
      put(["record", "snapshot", snapshotId], { version: 2, value: SNAPSHOT_V2 }),
      put(["record", "own-image", imageId], { version: 1, value: image }),
      put(["record", "backup-policy", "policy-00000000000000003"], { version: 1, value: POLICY_V1 }),
      put(["record", "client-token", "CreateVolume token"], { version: 1, value: TOKEN_V1 }),
    ]);
    await database.close();
  });

  it("belong to the default account in us-east-1", async () => {
    const { volumes, snapshots, images, backups } = await lab.open();
    expect(volumes.get(volumeId)).toMatchObject({ ...of, availabilityZone: "us-east-1a", state: "available" });
    expect(snapshots.get(snapshotId)).toMatchObject({ ...of, state: "completed" });
    expect(await images.get(imageId)).toMatchObject({ ...of, name: "mine", state: "available" });
    expect(backups.list()).toMatchObject([{ ...of, volumeId, everyHours: 24 }]);
  });

  it("F34 F42 F50 are shared with nobody, and what is not known of their modification is not made up", async () => {
    const { volumes, snapshots, images } = await lab.open();
    expect(volumes.get(volumeId)).toMatchObject({
      autoEnableIo: false,
      modification: {
        state: "completed",
        progress: 100,
        endTime: null,
        original: null,
        target: { sizeBytes: 1 << 30 },
      },
    });
    expect(snapshots.get(snapshotId)).toMatchObject({ shared: false, createVolumePermissions: [] });
    expect(await images.get(imageId)).toMatchObject({
      public: false,
      launchPermissions: [],
      productCodes: [],
      deprecationTime: null,
      sourceImage: null,
    });
  });

  it("are there for that account in that region, and for no other", async () => {
    const cloud = await lab.open();
    const seen = (accountId: string, region: string) => {
      const { volumes, snapshots } = cloud.seenBy(viewOf({ accountId, region }));
      return [...volumes.list(), ...snapshots.list()].map(({ id }) => id);
    };
    expect(seen("123456789012", "us-east-1")).toEqual([volumeId, snapshotId]);
    expect(seen("123456789012", "us-east-2")).toEqual([]);
    expect(seen("210987654321", "us-east-1")).toEqual([]);
  });

  it("F74 a client token is still known there, and elsewhere it is a new one", async () => {
    const cloud = await lab.open();
    const create = (region: string) =>
      cloud.seenBy(viewOf({ accountId: "123456789012", region })).volumes.create({ sizeGiB: 1, clientToken: "token" });
    expect((await create("us-east-1")).id).toBe(volumeId);
    expect((await create("us-east-2")).id).not.toBe(volumeId);
  });
});
