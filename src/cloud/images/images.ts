import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { reportUnexpected } from "../background.ts";
import { byAge } from "../by-age.ts";
import type { ClientTokens } from "../client-tokens.ts";
import { checkParameters } from "../parameters.ts";
import type { View } from "../scope.ts";
import type { PermissionChange } from "../sharing.ts";
import type { CloudSnapshots } from "../snapshots/snapshots.ts";
import type { Tags } from "../tags.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { ImageBundles } from "./image-bundles.ts";
import { type ImageCatalogue, mayLaunch } from "./image-catalogue.ts";
import { ImageChanges } from "./image-changes.ts";
import { describeEmbedded, describeOwn } from "./image-description.ts";
import type {
  CopyImageRequest,
  CreateImageRequest,
  DeregisterImageOptions,
  ExportBundleOptions,
  ImageInfo,
  ImportBundleRequest,
  RegisterImageRequest,
  ReleasedSnapshot,
} from "./image-info.ts";
import type { ImageMaker, Making } from "./image-maker.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";

/** The images, as the public API shows them: `api/image-types.ts` says what each call does and how it fails. */
export class CloudImages implements Disposable {
  readonly #context: DiskContext;
  readonly #catalogue: ImageCatalogue;
  readonly #maker: ImageMaker;
  readonly #bundles: ImageBundles;
  readonly #snapshots: CloudSnapshots;
  readonly #changes: ImageChanges;
  readonly #clientTokens: ClientTokens;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();

  constructor(
    context: DiskContext,
    catalogue: ImageCatalogue,
    maker: ImageMaker,
    bundles: ImageBundles,
    snapshots: CloudSnapshots,
    clientTokens: ClientTokens,
  ) {
    this.#clientTokens = clientTokens;
    this.#context = context;
    this.#catalogue = catalogue;
    this.#maker = maker;
    this.#bundles = bundles;
    this.#snapshots = snapshots;
    this.#changes = new ImageChanges(context, catalogue);
    this.#owned.add(context.registry.images.onChange(() => this.#changed.fire()));
  }

  readonly onChange = this.#changed.event;

  dispose(): void {
    this.#owned.dispose();
  }

  /** What comes with the page, what one has, and what one may launch of others' (F27). */
  async list(): Promise<ImageInfo[]> {
    const { registry, view, clock } = this.#context;
    const embedded = await this.#catalogue.embedded();
    const own = registry.images
      .entries()
      .filter(([, record]) => isListed(record, view))
      .sort(byAge(({ createdAt }) => createdAt));
    return [
      ...embedded.map((image) => describeEmbedded(image, clock.now())),
      ...own.map(([id, record]) => this.#describeOwn(id, record)),
    ];
  }

  async get(nameOrId: string): Promise<ImageInfo> {
    const { registry, view, clock } = this.#context;
    const own = registry.images.get(nameOrId);
    if (own !== undefined && isListed(own, view)) return this.#describeOwn(nameOrId, own);
    const found = await this.#catalogue.find(nameOrId, view);
    const record = registry.images.get(found.id);
    return record === undefined ? describeEmbedded(found, clock.now()) : this.#describeOwn(found.id, record);
  }

  async createFromInstance(request: CreateImageRequest): Promise<ImageInfo> {
    const { id, done } = await this.#maker.fromInstance(request);
    await done;
    return await this.get(id);
  }

  /** As `createFromInstance`, but resolves as EC2 does: when it is "pending", and has its point in time. Gives the id. */
  async beginFromInstance(request: CreateImageRequest): Promise<string> {
    return await begun(await this.#maker.fromInstance(request));
  }

  async register(request: RegisterImageRequest): Promise<ImageInfo> {
    return await this.get(await this.#maker.register(request));
  }

  async copy(request: CopyImageRequest): Promise<ImageInfo> {
    const { id, making } = await this.#copy(request);
    await making?.done;
    return await this.get(id);
  }

  /** As `copy`, but resolves when it is "pending". Gives the id. */
  async beginCopy(request: CopyImageRequest): Promise<string> {
    const { id, making } = await this.#copy(request);
    return making === undefined ? id : await begun(making);
  }

  /** `making` is missing where a client token says that it was made before. */
  async #copy({ clientToken, ...request }: CopyImageRequest): Promise<{ id: string; making: Making | undefined }> {
    let making: Making | undefined;
    const { makesIn } = this.#context.view;
    const [id = ""] = await this.#clientTokens.once("CopyImage", makesIn, clientToken, request, async (remember) => {
      making = await this.#maker.copy(request, remember);
      return [making.id];
    });
    return { id, making };
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

  /** Gives what has become of the snapshots, where they were to be deleted. */
  async deregister(imageId: string, options: DeregisterImageOptions = {}): Promise<readonly ReleasedSnapshot[]> {
    checkParameters(options, { deleteAssociatedSnapshots: true });
    const record = await this.#changes.own(imageId);
    if (record.state === "pending") {
      const text = `The image '${imageId}' is being made. Wait until it is available.`;
      throw new CloudError("IncorrectState", text, { imageId, state: record.state });
    }
    const { registry, onGarbage, bootedFrom } = this.#context;
    await registry.commit([registry.images.put(imageId, { ...record, state: "deregistered" })]);
    // Files that were kept for it alone go.
    onGarbage();
    if (options.deleteAssociatedSnapshots !== true) return [];
    const released: ReleasedSnapshot[] = [];
    for (const { snapshotId } of record.devices) {
      if (snapshotId === null || registry.snapshots.get(snapshotId) === undefined) continue;
      const isUsed = this.#snapshots.get(snapshotId).imageIds.length > 0 || bootedFrom(snapshotId) !== undefined;
      if (!isUsed) await this.#snapshots.delete(snapshotId);
      released.push({ snapshotId, deleted: !isUsed });
    }
    return released;
  }

  async setTags(imageId: string, tags: Tags): Promise<ImageInfo> {
    await this.#changes.setTags(imageId, tags);
    return await this.get(imageId);
  }

  async setDescription(imageId: string, description: string): Promise<ImageInfo> {
    await this.#changes.setDescription(imageId, description);
    return await this.get(imageId);
  }

  async share(imageId: string, change: PermissionChange): Promise<ImageInfo> {
    await this.#changes.share(imageId, change);
    return await this.get(imageId);
  }

  async addProductCodes(imageId: string, codes: readonly string[]): Promise<ImageInfo> {
    await this.#changes.addProductCodes(imageId, codes);
    return await this.get(imageId);
  }

  async setDeprecation(imageId: string, time: Date | null): Promise<ImageInfo> {
    await this.#changes.setDeprecation(imageId, time);
    return await this.get(imageId);
  }

  async disable(imageId: string): Promise<ImageInfo> {
    await this.#changes.disable(imageId);
    return await this.get(imageId);
  }

  async enable(imageId: string): Promise<ImageInfo> {
    await this.#changes.enable(imageId);
    return await this.get(imageId);
  }

  /** One's own: what only the owner may look at. Throws as a change of it does. */
  async own(imageId: string): Promise<ImageInfo> {
    return this.#describeOwn(imageId, await this.#changes.own(imageId));
  }

  #describeOwn(id: string, record: OwnImageRecord): ImageInfo {
    const { registry, view, clock } = this.#context;
    const isEncrypted = ({ snapshotId }: ImageDevice) =>
      (registry.snapshots.get(snapshotId ?? "")?.keyId ?? null) !== null;
    return describeOwn(id, record, { view, now: clock.now() }, isEncrypted);
  }
}

/** One's own until they are deregistered; of others' what one could launch now. */
const isListed = (record: OwnImageRecord, view: View): boolean =>
  record.state !== "deregistered" && (view.sees(record) || (record.state === "available" && mayLaunch(view, record)));

async function begun({ id, taken, done }: Making): Promise<string> {
  done.catch(reportUnexpected);
  await Promise.race([taken, done]);
  return id;
}
