import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { readPort } from "../../protocol/port-stream.ts";
import type { BundleSource } from "../../protocol/volume-contract.ts";
import { listenToProgress, type Progress } from "../disk-export.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { ownedIn, scopeOf } from "../scope.ts";
import type { SnapshotMaker, SnapshotPlan } from "../snapshots/snapshot-maker.ts";
import { completedSnapshot, type DiskContext, imageUrlOf } from "../volumes/disk-context.ts";
import { checkHasNoBlank } from "./boot-plan.ts";
import { bundleManifest, packedBytes, withoutDisks } from "./bundle-manifest.ts";
import { type CatalogueDevice, devicesOf, type ImageCatalogue } from "./image-catalogue.ts";
import type { BundleFile, ExportBundleOptions, ImportBundleRequest } from "./image-info.ts";
import { type ImageMaker, NEW_IMAGE } from "./image-maker.ts";

const EXPORT: Parameters<ExportBundleOptions> = { signal: true, onProgress: true };
const IMPORT: Parameters<ImportBundleRequest> = { ...NEW_IMAGE, source: true, signal: true, onProgress: true };

/** Images as bundles: out to a file or a folder, and in again. */
export class ImageBundles {
  readonly #context: DiskContext;
  readonly #catalogue: ImageCatalogue;
  readonly #maker: ImageMaker;
  readonly #snapshots: SnapshotMaker;

  constructor(context: DiskContext, catalogue: ImageCatalogue, maker: ImageMaker, snapshots: SnapshotMaker) {
    this.#context = context;
    this.#catalogue = catalogue;
    this.#maker = maker;
    this.#snapshots = snapshots;
  }

  /** As a tar file. The stream carries what goes wrong; cancelling it ends the work. */
  async export(image: string, options: ExportBundleOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { port1, port2 } = new MessageChannel();
    const failed = new AbortController();
    // What the worker could not say itself, when it has died, the stream's reader hears here.
    this.#write(image, options, undefined, port2).catch((error: unknown) => failed.abort(error));
    return readPort(port1, { signal: failed.signal });
  }

  async exportTo(image: string, directory: FileSystemDirectoryHandle, options: ExportBundleOptions): Promise<void> {
    if ((directory as Partial<FileSystemDirectoryHandle> | null)?.kind !== "directory") {
      throw new CloudError("InvalidParameterValue", "A bundle is exported to a folder: a FileSystemDirectoryHandle.");
    }
    await this.#write(image, options, directory, null);
  }

  /** Gives the id of the image that it has made. */
  async import(request: ImportBundleRequest): Promise<string> {
    checkParameters(request, IMPORT);
    const { signal, onProgress } = request;
    const owned = ownedIn(this.#context.view.makesIn);
    this.#maker.checkName(request.name, owned);
    const source = checkBundleSource(request.source);
    const { work, keys, random } = this.#context;
    const client = await work.client();
    const manifest = await client.readBundle(source);
    const shapes = devicesOf(manifest);
    const keyIds = await keys.provide(shapes.map(() => keys.sourceOf(scopeOf(owned), undefined, null)));
    this.#maker.checkName(request.name, owned);
    const id = newId("ami", random);
    const plans = shapes.map(({ device, sizeBytes }, index) => {
      const description = `Imported for ${id} (${device})`;
      return this.#snapshots.planCopy({
        ...owned,
        sizeBytes,
        imageId: null,
        keyId: keyIds[index] ?? null,
        description,
      });
    });
    const devices = shapes.map((shape, index) => ({
      ...shape,
      snapshotId: (plans[index] as SnapshotPlan).snapshotId,
    }));
    // Where the page would have it: nobody looks there as long as the files are kept here.
    const url = source.kind === "url" ? source.url : this.#catalogue.urlOf(manifest.name);
    const { bootMode } = manifest;
    const ref = { url, manifest: withoutDisks(manifest), ...(bootMode !== undefined && { bootMode }) };
    const record = this.#maker.newRecord(request, owned, { ref, devices, sourceInstanceId: null });
    const sources = plans.map((_, disk) => ({ kind: "bundle" as const, bundle: source, disk }));
    const control = { signal, onProgress: progressOfAll(packedBytes(manifest), onProgress) };
    const before = () => client.keepBundleFiles({ database: work.database, source });
    const { done } = await this.#maker.make(id, record, plans, (completed) =>
      this.#snapshots.importAll(plans, sources, control, { before, completed }),
    );
    await done;
    return id;
  }

  async #write(
    nameOrId: string,
    options: ExportBundleOptions,
    directory: FileSystemDirectoryHandle | undefined,
    data: MessagePort | null,
  ): Promise<void> {
    checkParameters(options, EXPORT);
    const { signal, onProgress } = options;
    const cancelled = () => new CloudError("Image.Cancelled", "The export was cancelled.", { image: nameOrId });
    const image = await this.#catalogue.find(nameOrId, this.#context.view);
    checkHasNoBlank(image, "exported");
    const { work } = this.#context;
    const disks = await Promise.all(image.devices.map((device) => this.#disk(device)));
    const ref = { ...image.ref, manifest: bundleManifest(image) };
    const client = await work.client();
    if (signal?.aborted) throw cancelled();
    const { port1, port2 } = new MessageChannel();
    const cancel = () => port1.postMessage({ cancel: true });
    signal?.addEventListener("abort", cancel);
    listenToProgress(port1, onProgress);
    try {
      const request = { database: work.database, image: ref, disks, ...(directory !== undefined && { directory }) };
      await client.exportBundle(request, { data, progress: port2 });
    } finally {
      signal?.removeEventListener("abort", cancel);
      port1.close();
    }
  }

  async #disk({ snapshotId }: CatalogueDevice) {
    if (snapshotId === null) return { snapshotId, imageUrl: null };
    const { imageId, keyId } = completedSnapshot(this.#context, snapshotId);
    const key = await this.#context.keys.open(keyId, snapshotId);
    const imageUrl = await imageUrlOf(this.#context, imageId);
    return { snapshotId, imageUrl, ...(key !== undefined && { key }) };
  }
}

/** Disks come one after the other: makes their progress that of all. */
function progressOfAll(
  totals: readonly number[],
  onProgress: ((progress: Progress) => void) | undefined,
): (progress: Progress, disk: number) => void {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  return ({ doneBytes }, disk) =>
    onProgress?.({ doneBytes: sum(totals.slice(0, disk)) + doneBytes, totalBytes: sum(totals) });
}

/** A tar file, a folder's files, a folder, or the URL of one: else `InvalidParameterValue`. */
export function checkBundleSource(source: unknown): BundleSource {
  if (source instanceof Blob) return { kind: "archive", blob: source };
  if (Array.isArray(source) && source.every(isBundleFile)) return { kind: "files", files: [...source] };
  const handle = source as Partial<FileSystemDirectoryHandle> | null;
  if (handle?.kind === "directory") return { kind: "directory", directory: handle as FileSystemDirectoryHandle };
  const url = typeof source === "string" && URL.canParse(source) ? new URL(source) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return { kind: "url", url: folderOf(url) };
  const text =
    "The source of a bundle is a tar file, the files of a folder with their paths, a folder, or the URL of one, which begins with https:// or http://.";
  throw new CloudError("InvalidParameterValue", text, { source: String(source) });
}

const isBundleFile = (file: Partial<BundleFile> | null) => typeof file?.path === "string" && file.blob instanceof Blob;

/** The folder's own address, whether its image.json was named or not, with or without the slash at its end. */
function folderOf({ href }: URL): string {
  const folder = href.replace(/[?#].*$/, "").replace(/\/image\.json$/, "/");
  return folder.endsWith("/") ? folder : `${folder}/`;
}
