import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { isId } from "../../base/ids.ts";
import type { ImageManifestDisk } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import { byAge } from "../by-age.ts";
import { checkParameters } from "../parameters.ts";
import type { Registry } from "../registry.ts";
import type { CloudSnapshots } from "../snapshots/snapshots.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { ImageBundles } from "./image-bundles.ts";
import type { CatalogueImage, ImageCatalogue } from "./image-catalogue.ts";
import type {
  CopyImageRequest,
  CreateImageRequest,
  DeregisterImageOptions,
  ExportBundleOptions,
  ImageBlockDevice,
  ImageInfo,
  ImportBundleRequest,
  RegisterImageRequest,
} from "./image-info.ts";
import type { ImageMaker } from "./image-maker.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";

/** The images, as the public API shows them: `api/image-types.ts` says what each call does and how it fails. */
export class CloudImages implements Disposable {
  readonly #registry: Registry;
  readonly #catalogue: ImageCatalogue;
  readonly #maker: ImageMaker;
  readonly #bundles: ImageBundles;
  readonly #snapshots: CloudSnapshots;
  readonly #onGarbage: () => void;
  readonly #bootedFrom: DiskContext["bootedFrom"];
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();

  constructor(
    { registry, onGarbage, bootedFrom }: Pick<DiskContext, "registry" | "onGarbage" | "bootedFrom">,
    catalogue: ImageCatalogue,
    maker: ImageMaker,
    bundles: ImageBundles,
    snapshots: CloudSnapshots,
  ) {
    this.#registry = registry;
    this.#onGarbage = onGarbage;
    this.#bootedFrom = bootedFrom;
    this.#catalogue = catalogue;
    this.#maker = maker;
    this.#bundles = bundles;
    this.#snapshots = snapshots;
    this.#owned.add(registry.images.onChange(() => this.#changed.fire()));
  }

  readonly onChange = this.#changed.event;

  dispose(): void {
    this.#owned.dispose();
  }

  async list(): Promise<ImageInfo[]> {
    const embedded = await this.#catalogue.embedded();
    const own = this.#registry.images
      .entries()
      .filter(([, { state }]) => state !== "deregistered")
      .sort(byAge(({ createdAt }) => createdAt));
    return [...embedded.map(describeEmbedded), ...own.map(([id, record]) => this.#describeOwn(id, record))];
  }

  async get(nameOrId: string): Promise<ImageInfo> {
    const own = this.#registry.images.get(nameOrId);
    if (own !== undefined && own.state !== "deregistered") return this.#describeOwn(nameOrId, own);
    const found = await this.#catalogue.find(nameOrId);
    const record = this.#registry.images.get(found.id);
    return record === undefined ? describeEmbedded(found) : this.#describeOwn(found.id, record);
  }

  async createFromInstance(request: CreateImageRequest): Promise<ImageInfo> {
    return await this.get(await this.#maker.fromInstance(request));
  }

  async register(request: RegisterImageRequest): Promise<ImageInfo> {
    return await this.get(await this.#maker.register(request));
  }

  async copy(request: CopyImageRequest): Promise<ImageInfo> {
    return await this.get(await this.#maker.copy(request));
  }

  async exportBundle(
    nameOrId: string,
    options: ExportBundleOptions = {},
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return await this.#bundles.export(nameOrId, options);
  }

  async exportBundleTo(
    nameOrId: string,
    directory: FileSystemDirectoryHandle,
    options: ExportBundleOptions = {},
  ): Promise<void> {
    await this.#bundles.exportTo(nameOrId, directory, options);
  }

  async importBundle(request: ImportBundleRequest): Promise<ImageInfo> {
    return await this.get(await this.#bundles.import(request));
  }

  async deregister(imageId: string, options: DeregisterImageOptions = {}): Promise<void> {
    checkParameters(options, { deleteAssociatedSnapshots: true });
    const record = await this.#own(imageId);
    if (record.state === "pending") {
      const text = `The image '${imageId}' is being made. Wait until it is available.`;
      throw new CloudError("IncorrectState", text, { imageId, state: record.state });
    }
    await this.#registry.commit([this.#registry.images.put(imageId, { ...record, state: "deregistered" })]);
    // Files that were kept for it alone go.
    this.#onGarbage();
    if (options.deleteAssociatedSnapshots !== true) return;
    for (const { snapshotId } of record.devices) {
      if (snapshotId === null || this.#registry.snapshots.get(snapshotId) === undefined) continue;
      const isUsed = this.#snapshots.get(snapshotId).imageIds.length > 0 || this.#bootedFrom(snapshotId) !== undefined;
      if (!isUsed) await this.#snapshots.delete(snapshotId);
    }
  }

  async setTags(imageId: string, tags: Tags): Promise<ImageInfo> {
    const record = await this.#own(imageId);
    await this.#registry.commit([this.#registry.images.put(imageId, { ...record, tags: checkTags(tags) })]);
    return await this.get(imageId);
  }

  #describeOwn(id: string, record: OwnImageRecord): ImageInfo {
    const { snapshots } = this.#registry;
    return describeOwn(id, record, ({ snapshotId }) => (snapshots.get(snapshotId ?? "")?.keyId ?? null) !== null);
  }

  /** One that may be changed: an embedded image belongs to the page. */
  async #own(imageId: string): Promise<OwnImageRecord> {
    if (!isId("ami", imageId)) {
      throw new CloudError("InvalidAMIID.Malformed", `Invalid id: "${imageId}" (expecting "ami-...")`, { imageId });
    }
    const record = this.#registry.images.get(imageId);
    if (record !== undefined && record.state !== "deregistered") return record;
    await this.#catalogue.find(imageId);
    throw new CloudError("AuthFailure", `The image '${imageId}' comes with the page: it cannot be changed.`, {
      imageId,
    });
  }
}

function describeEmbedded({ id, name, ref, devices }: CatalogueImage): ImageInfo {
  const { disk, volumes = [], bootChunks, kernel, bios, vgaBios } = ref.manifest;
  const firmware = kernel.bytes + bios.bytes + vgaBios.bytes;
  const chunkBytes = (index: number) => disk.chunks[index]?.bytes ?? 0;
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, firmware);
  return {
    id,
    name,
    title: ref.manifest.title,
    ...bootFacts(ref),
    diskBytes: disk.bytes,
    downloadBytes: sum([disk, ...volumes.map((volume) => volume.disk)].flatMap(packedChunks)),
    bootDownloadBytes: sum(bootChunks.map(chunkBytes)),
    kind: "embedded",
    state: "available",
    stateReason: null,
    description: "",
    tags: {},
    createTime: null,
    sourceInstanceId: null,
    blockDevices: devices.map((device) => describeDevice(device, false)),
  };
}

const packedChunks = ({ chunks }: ImageManifestDisk) => chunks.map((chunk) => chunk?.bytes ?? 0);

function describeOwn(id: string, record: OwnImageRecord, isEncrypted: (device: ImageDevice) => boolean): ImageInfo {
  const { name, description, tags, state, stateReason, createdAt, sourceInstanceId, ref, devices } = record;
  if (state === "deregistered") throw new TypeError("a deregistered image is not shown");
  return {
    id,
    name,
    title: name,
    ...bootFacts(ref),
    diskBytes: devices[0]?.sizeBytes ?? 0,
    // Its blocks are here, and those of the image below it are fetched as for that image.
    downloadBytes: 0,
    bootDownloadBytes: 0,
    kind: "own",
    state,
    stateReason,
    description,
    tags,
    createTime: new Date(createdAt),
    sourceInstanceId,
    blockDevices: devices.map((device) => describeDevice(device, isEncrypted(device))),
  };
}

const describeDevice = (device: ImageDevice, encrypted: boolean): ImageBlockDevice => ({
  device: device.device,
  sizeBytes: device.sizeBytes,
  snapshotId: device.snapshotId,
  type: device.type,
  encrypted,
  deleteOnTermination: device.deleteOnTermination,
});

function bootFacts({ manifest, bootMode = "kernel" }: ImageRef) {
  const { version, architecture, minimumMemoryMiB, defaultUser, commandLine, rootDevice } = manifest;
  const { rootDeviceType = "ebs" } = manifest;
  return { version, architecture, minimumMemoryMiB, defaultUser, bootMode, commandLine, rootDevice, rootDeviceType };
}
