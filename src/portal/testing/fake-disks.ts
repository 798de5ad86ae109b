import type { Images, PermissionChange } from "../../api/image-types.ts";
import type { Snapshot, Snapshots } from "../../api/snapshot-types.ts";
import type { Volume, Volumes } from "../../api/volume-types.ts";
import { CloudError } from "../../base/errors.ts";
import { FakeTable } from "./fake-table.ts";

const GIB = 2 ** 30;
type Image = Awaited<ReturnType<Images["get"]>>;

const changed = (permissions: readonly string[], { add = [], remove = [] }: PermissionChange) => [
  ...new Set([...permissions.filter((whom) => !remove.includes(whom)), ...add]),
];

/** Volumes, snapshots and images that only pretend. */
export class FakeDisks {
  readonly #volumes = new FakeTable<Volume>("InvalidVolume.NotFound");
  readonly #snapshots = new FakeTable<Snapshot>("InvalidSnapshot.NotFound");
  readonly #images = new FakeTable<Image>("InvalidAMIID.NotFound");
  // Far from those that instances give their root volumes.
  #number = 0x1000;

  constructor(embedded: Image) {
    this.#images.set(embedded);
  }

  /** Changes anything at will, to show states that are hard to reach. */
  set(volumeId: string, change: Partial<Volume>): void {
    this.#volumes.set({ ...this.#volumes.get(volumeId), ...change });
  }

  /** The root volume of an instance that is launched. */
  addRoot(instanceId: string, volumeId: string, sizeBytes: number): void {
    this.#add({
      id: volumeId,
      sizeBytes,
      state: "in-use",
      instanceId,
      imageId: "ami-0000000000000tiny",
      attachment: {
        instanceId,
        device: "/dev/vda",
        guestDevice: "/dev/vda",
        state: "attached",
        deleteOnTermination: true,
        attachTime: new Date(),
      },
    });
  }

  readonly volumes: Volumes = {
    list: this.#volumes.list,
    get: this.#volumes.get,
    onChange: this.#volumes.onChange,
    create: async ({ sizeGiB, snapshotId, type = "gp2", name = "", encrypted: asked = false }) => {
      if (sizeGiB === undefined && snapshotId === undefined) {
        throw new CloudError("MissingParameter", "The request must contain the parameter size/snapshot.");
      }
      const snapshot = snapshotId === undefined ? undefined : this.#snapshots.get(snapshotId);
      const sizeBytes = sizeGiB === undefined ? (snapshot?.sizeBytes ?? 0) : sizeGiB * GIB;
      const encrypted = asked || snapshot?.encrypted === true;
      return this.#add({ id: this.#id("vol"), sizeBytes, name, type, encrypted, snapshotId: snapshotId ?? null });
    },
    attach: async ({ volumeId, instanceId, device = "/dev/sdf" }) =>
      this.#volumes.set({
        ...this.#volumes.get(volumeId),
        state: "in-use",
        instanceId,
        attachment: {
          instanceId,
          device,
          guestDevice: "/dev/vdb",
          state: "attached",
          deleteOnTermination: false,
          attachTime: new Date(),
        },
      }),
    detach: async ({ volumeId }) =>
      this.#volumes.set({ ...this.#volumes.get(volumeId), state: "available", instanceId: null, attachment: null }),
    delete: async (volumeId) => this.#volumes.delete(volumeId),
    modify: async ({ volumeId, sizeGiB, type }) => {
      const volume = this.#volumes.get(volumeId);
      if (sizeGiB !== undefined && sizeGiB * GIB < volume.sizeBytes) {
        throw new CloudError("InvalidParameterValue", "New size cannot be smaller than existing size", { sizeGiB });
      }
      const sizeBytes = sizeGiB === undefined ? volume.sizeBytes : sizeGiB * GIB;
      return this.#volumes.set({ ...volume, sizeBytes, type: type ?? volume.type });
    },
    growFileSystem: async () => [],
    rollback: async ({ volumeId }) => this.#volumes.get(volumeId),
    setDeleteOnTermination: async (volumeId) => this.#volumes.get(volumeId),
    setTags: async (volumeId, tags) => this.#volumes.set({ ...this.#volumes.get(volumeId), tags }),
    storedBytes: async () => 3 << 20,
    chain: async (volumeId) => {
      const held = this.#snapshots.list().filter((snapshot) => snapshot.volumeId === volumeId);
      const frozen = held.map(({ id }, index) => ({
        id: `layer-${id}`,
        frozen: true,
        storedBytes: (index + 1) << 20,
        snapshotIds: [id],
      }));
      return {
        layers: [{ id: "layer-head", frozen: false, storedBytes: 3 << 20, snapshotIds: [] }, ...frozen.reverse()],
        image: { name: "tiny", version: "1.0" },
      };
    },
    export: async () => {
      throw new CloudError("UnsupportedOperation", "The pretended cloud has no bytes.");
    },
  };

  readonly snapshots: Snapshots = {
    list: this.#snapshots.list,
    get: this.#snapshots.get,
    onChange: this.#snapshots.onChange,
    create: async ({ volumeId, description = "" }) => this.#snapshot(volumeId, description),
    createMany: async ({ instanceId, description = "" }) =>
      this.#volumes
        .list()
        .filter((volume) => volume.instanceId === instanceId)
        .map(({ id }) => this.#snapshot(id, description)),
    import: async ({ description = "", name = "" }) => {
      const volume = this.#add({ id: this.#id("vol"), sizeBytes: GIB });
      const snapshot = this.#snapshot(volume.id, description);
      this.#volumes.delete(volume.id);
      return this.#snapshots.set({ ...snapshot, name, volumeId: "vol-ffffffff" });
    },
    export: async () => {
      throw new CloudError("UnsupportedOperation", "The pretended cloud has no bytes.");
    },
    delete: async (snapshotId) => this.#snapshots.delete(snapshotId),
    usage: async (snapshotId) => {
      const { sizeBytes } = this.#snapshots.get(snapshotId);
      return { sizeBytes, storedBytes: 5 << 20, ownBytes: 1 << 20 };
    },
    copy: async ({ snapshotId, description = "", region = "us-east-1" }) =>
      this.#snapshots.set({ ...this.#snapshots.get(snapshotId), id: this.#id("snap"), description, region }),
    share: async (snapshotId, change) => {
      const snapshot = this.#snapshots.get(snapshotId);
      const createVolumePermissions = changed(snapshot.createVolumePermissions, change);
      return this.#snapshots.set({ ...snapshot, createVolumePermissions });
    },
    setTags: async (snapshotId, tags) => this.#snapshots.set({ ...this.#snapshots.get(snapshotId), tags }),
  };

  readonly images: Images = {
    list: async () => this.#images.list(),
    get: async (nameOrId) => this.#images.list().find(({ name }) => name === nameOrId) ?? this.#images.get(nameOrId),
    onChange: this.#images.onChange,
    createFromInstance: async ({ instanceId, name, description = "" }) =>
      this.#image(name, { description, sourceInstanceId: instanceId }),
    register: async ({ name, description = "" }) => this.#image(name, { description }),
    copy: async ({ name, description = "", region = "us-east-1" }) => this.#image(name, { description, region }),
    deregister: async (imageId) => {
      this.#images.delete(imageId);
      return [];
    },
    exportBundle: async () => new Blob([new Uint8Array(1024)]).stream(),
    exportBundleTo: async () => {},
    importBundle: async ({ name, description = "" }) => this.#image(name, { description }),
    setTags: async (imageId, tags) => this.#images.set({ ...this.#images.get(imageId), tags }),
    setDescription: async (imageId, description) => this.#images.set({ ...this.#images.get(imageId), description }),
    share: async (imageId, change) => {
      const image = this.#images.get(imageId);
      const launchPermissions = changed(image.launchPermissions, change);
      return this.#images.set({ ...image, launchPermissions, public: launchPermissions.includes("all") });
    },
    setDeprecation: async (imageId, deprecationTime) =>
      this.#images.set({ ...this.#images.get(imageId), deprecationTime }),
    disable: async (imageId) => this.#images.set({ ...this.#images.get(imageId), state: "disabled" }),
    enable: async (imageId) => this.#images.set({ ...this.#images.get(imageId), state: "available" }),
  };

  #add(volume: Partial<Volume> & Pick<Volume, "id" | "sizeBytes">): Volume {
    return this.#volumes.set({
      ownerId: "123456789012",
      region: "us-east-1",
      availabilityZone: "us-east-1a",
      name: "",
      tags: {},
      type: "gp2",
      iops: 3000,
      throughputMiBps: 128,
      state: "available",
      stateReason: null,
      createTime: new Date(),
      snapshotId: null,
      imageId: null,
      encrypted: false,
      attachment: null,
      instanceId: null,
      modification: null,
      autoEnableIo: false,
      ...volume,
    });
  }

  #snapshot(volumeId: string, description: string): Snapshot {
    return this.#snapshots.set({
      id: this.#id("snap"),
      ownerId: "123456789012",
      region: "us-east-1",
      name: "",
      tags: {},
      description,
      volumeId,
      sizeBytes: this.#volumes.get(volumeId).sizeBytes,
      state: "completed",
      stateReason: null,
      progress: 100,
      startTime: new Date(),
      imageIds: [],
      encrypted: this.#volumes.get(volumeId).encrypted,
      shared: false,
      createVolumePermissions: [],
    });
  }

  #image(name: string, change: Partial<Image>): Image {
    const [embedded] = this.#images.list();
    if (embedded === undefined) throw new Error("the embedded image is gone");
    return this.#images.set({
      ...embedded,
      id: this.#id("ami"),
      name,
      title: name,
      kind: "own",
      ownerId: "123456789012",
      ownerAlias: null,
      region: "us-east-1",
      public: false,
      launchPermissions: [],
      categories: [],
      createTime: new Date(),
      ...change,
    });
  }

  #id(prefix: string): string {
    return `${prefix}-${(++this.#number).toString(16).padStart(17, "0")}`;
  }
}
