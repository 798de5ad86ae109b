import { CloudError } from "../../base/errors.ts";
import type { ImageManifest } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { type ImageRecord, imageRecord } from "../records.ts";
import type { Registry } from "../registry.ts";
import { EVERYTHING, type View } from "../scope.ts";
import { checkDevice } from "../volumes/device-names.ts";
import { checkVolumeType, type VolumeType } from "../volumes/volume-types.ts";
import type { CatalogueEntry } from "./catalogue-file.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";
import type { PublishedImage, PublishedImages } from "./published-images.ts";

/** A volume of an image that can be launched. */
export interface CatalogueDevice extends ImageDevice {
  /** The image record on whose disk the volume stands where there is no snapshot. */
  readonly imageId: string | null;
}

/** An image that can be launched. */
export interface CatalogueImage {
  /** An embedded one's is `ami-` and 17 digits of the manifest's SHA-256: another content is another image. */
  readonly id: string;
  readonly name: string;
  readonly kind: "embedded" | "own";
  readonly ref: ImageRef;
  /** The root volume first. */
  readonly devices: readonly CatalogueDevice[];
  /** What the page's catalogue says of it; null of one that was made here. */
  readonly entry: CatalogueEntry | null;
}

/** What can be launched, and what instances were launched from. */
export class ImageCatalogue {
  readonly #registry: Registry;
  readonly #published: PublishedImages;

  constructor(registry: Registry, published: PublishedImages) {
    this.#registry = registry;
    this.#published = published;
  }

  /** The names of those that come with the page, as far as they are known. */
  get names(): readonly string[] {
    return this.#published.names;
  }

  /** Where the files of an image would be that came with the page. */
  urlOf(name: string): string {
    return this.#published.urlOf(name);
  }

  /** The image that others borrow the kernel or the firmware of. */
  async default(): Promise<CatalogueImage> {
    return await this.find(await this.#published.defaultName(), EVERYTHING);
  }

  /** Those that come with the page, and can be had. Rejects when none can, and when the catalogue is malformed. */
  async embedded(): Promise<CatalogueImage[]> {
    return (await this.#published.list()).map(embeddedImage);
  }

  /**
   * By name or id, what somebody may launch: what comes with the page, what they have, and by its id what they were given
   * (F27, F34). `InvalidAMIID.NotFound` (F02), `InvalidAMIID.Unavailable` when not available (any more) (F33).
   */
  async find(nameOrId: string, view: View): Promise<CatalogueImage> {
    const record = this.#registry.images.get(nameOrId);
    if (record !== undefined && mayLaunch(view, record)) return toCatalogueImage(nameOrId, record);
    const published = record === undefined ? await this.#published.find(nameOrId) : undefined;
    if (published !== undefined) return embeddedImage(published);
    const own = this.#registry.images
      .entries()
      .find(([, it]) => it.name === nameOrId && it.state !== "deregistered" && it.state !== "failed" && view.sees(it));
    if (own !== undefined) return toCatalogueImage(...own);
    throw new CloudError("InvalidAMIID.NotFound", `The image id '[${nameOrId}]' does not exist`, { imageId: nameOrId });
  }

  /** The image that an existing instance was launched from. */
  async ofInstance(imageId: string): Promise<ImageRecord> {
    const stored = await this.#registry.records.get(imageRecord, imageId);
    if (stored !== undefined) return stored;
    throw new CloudError(
      "InvalidAMIID.Unavailable",
      `The record of image '${imageId}' is missing: instances of it cannot start.`,
      { imageId },
    );
  }

  /** Keeps an image as long as instances may need it. */
  remember({ id, name, kind, ref, devices }: CatalogueImage): StoreOperation[] {
    const { records } = this.#registry;
    const volumes = devices.flatMap(({ imageId }, index) =>
      index === 0 || imageId === null
        ? []
        : [records.put(imageRecord, imageId, { name, kind, ref: refOfDevice(ref, index) })],
    );
    return [records.put(imageRecord, id, { name, kind, ref }), ...volumes];
  }
}

/** One's own, and what one was given. */
export const mayLaunch = (view: View, record: OwnImageRecord): boolean =>
  view.sees(record) || view.uses(record, record.launchPermissions);

/** `IncorrectState`-like refusals of images that are not available, with EC2's codes. */
function toCatalogueImage(id: string, { name, state, ref, devices }: OwnImageRecord): CatalogueImage {
  if (state === "available")
    return {
      id,
      name,
      kind: "own",
      ref,
      devices: devices.map((device) => ({ ...device, imageId: null })),
      entry: null,
    };
  const why = state === "deregistered" ? "is no longer available" : `is not available: it is ${state}`;
  throw new CloudError("InvalidAMIID.Unavailable", `The image ID '${id}' ${why}`, { imageId: id, state });
}

function embeddedImage({ id, ref, entry }: PublishedImage): CatalogueImage {
  const devices = devicesOf(ref.manifest).map((device, index) => ({
    ...device,
    imageId: index === 0 ? id : `${id}${device.device}`,
  }));
  return { id, name: entry.name, kind: "embedded", ref, devices, entry };
}

/** An image whose disk is that of a volume beside the root, 1 for the first: the others are as the image's. */
export function refOfDevice(ref: ImageRef, index: number): ImageRef {
  const volume = ref.manifest.volumes?.[index - 1];
  if (volume === undefined) return ref;
  const { volumes: _, ...manifest } = ref.manifest;
  return { ...ref, manifest: { ...manifest, formatVersion: 1, disk: volume.disk, bootChunks: [] } };
}

/**
 * An image's volumes as its manifest has them, root first. One that says nothing of its root has a gp3 with nothing
 * provisioned: 3000 IOPS and 125 MiB/s, about what a tab's disk can do. What cannot be made is `Image.ManifestMalformed`.
 */
export function devicesOf({ name, rootDevice, disk, rootVolume = PLAIN, volumes = [] }: ImageManifest): ImageDevice[] {
  const all = [{ device: rootDevice, ...rootVolume, disk }, ...volumes];
  const letters = new Set<string>();
  return all.map(({ device, type, iops, throughputMiBps, deleteOnTermination, disk: { bytes } }) => {
    try {
      const letter = checkDevice(device);
      if (letters.has(letter)) throw new CloudError("InvalidParameterValue", `${device} is there twice`);
      letters.add(letter);
      return {
        device,
        snapshotId: null,
        sizeBytes: bytes,
        type: checkVolumeType(type as VolumeType),
        iops,
        throughputMiBps,
        deleteOnTermination,
      };
    } catch (error) {
      const text = `The image ${name} has a volume ${device} that cannot be made: ${(error as Error).message}`;
      throw new CloudError("Image.ManifestMalformed", text, { device }, error);
    }
  });
}

const PLAIN = { type: "gp3", iops: null, throughputMiBps: null, deleteOnTermination: true } as const;
