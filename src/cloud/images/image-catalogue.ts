import { CloudError } from "../../base/errors.ts";
import { isId } from "../../base/ids.ts";
import { type ImageManifest, parseImageManifest } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { type ImageRecord, imageRecord } from "../records.ts";
import type { Registry } from "../registry.ts";
import { checkDevice } from "../volumes/device-names.ts";
import { checkVolumeType, type VolumeType } from "../volumes/volume-types.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";

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
}

/** The images that come with the page, unless it says others: folders below the images URL. The first is the default. */
export const EMBEDDED_IMAGES = ["tiny"];

/** What can be launched, and what instances were launched from. */
export class ImageCatalogue {
  readonly #registry: Registry;
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  /** The folders of the images that come with the page. */
  readonly names: readonly string[];
  readonly #loaded = new Map<string, Promise<CatalogueImage>>();

  /** `baseUrl` is absolute and ends in a slash. */
  constructor(
    registry: Registry,
    baseUrl: string,
    {
      names = EMBEDDED_IMAGES,
      fetch: fetchFunction = (input, init) => fetch(input, init),
    }: { readonly names?: readonly string[] | undefined; readonly fetch?: typeof fetch | undefined } = {},
  ) {
    this.#registry = registry;
    this.#baseUrl = baseUrl;
    this.names = names;
    this.#fetch = fetchFunction;
  }

  /** Where the files of an image of this name would be. */
  urlOf(name: string): string {
    return `${this.#baseUrl}${encodeURIComponent(name)}/`;
  }

  /** Those that come with the page. Rejects when one cannot be had. */
  async embedded(): Promise<CatalogueImage[]> {
    return await Promise.all(this.names.map((name) => this.#load(name)));
  }

  /** By name or id; `InvalidAMIID.NotFound` (F02), `InvalidAMIID.Unavailable` when not available (any more) (F33). */
  async find(nameOrId: string): Promise<CatalogueImage> {
    const own = this.#registry.images.get(nameOrId);
    if (own !== undefined) return toCatalogueImage(nameOrId, own);
    if (this.names.includes(nameOrId)) return await this.#load(nameOrId);
    const byName = this.#registry.images
      .entries()
      .find(([, { name, state }]) => name === nameOrId && state !== "deregistered" && state !== "failed");
    if (byName !== undefined) return toCatalogueImage(...byName);
    const image = (await this.embedded()).find((candidate) => candidate.id === nameOrId);
    if (image !== undefined) return image;
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

  #load(name: string): Promise<CatalogueImage> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const loading = this.#loadNow(name);
    this.#loaded.set(name, loading);
    // A failure is not remembered: the next call tries again.
    loading.catch(() => this.#loaded.delete(name));
    return loading;
  }

  /** From the server, else (offline) the last one launched from. */
  async #loadNow(name: string): Promise<CatalogueImage> {
    const url = this.urlOf(name);
    let text: string;
    try {
      const response = await this.#fetch(`${url}image.json`);
      if (!response.ok) throw new Error(`HTTP status ${response.status}`);
      text = await response.text();
    } catch (error) {
      const stored = await this.#lastStored(url);
      if (stored !== undefined) return stored;
      const why = `${url}image.json cannot be fetched (${(error as Error).message}). Check the connection and the server, then try again.`;
      throw new CloudError("Image.Unavailable", why, { url }, error);
    }
    const manifest = parseImageManifest(text, `${url}image.json`);
    return embeddedImage(await imageId(text), { url, manifest });
  }

  async #lastStored(url: string): Promise<CatalogueImage | undefined> {
    const { records } = await this.#registry.records.list(imageRecord);
    const last = records
      .filter(({ id, value }) => isId("ami", id) && value.kind === "embedded" && value.ref.url === url)
      .at(-1);
    return last && embeddedImage(last.id, last.value.ref);
  }
}

/** `IncorrectState`-like refusals of images that are not available, with EC2's codes. */
function toCatalogueImage(id: string, { name, state, ref, devices }: OwnImageRecord): CatalogueImage {
  if (state === "available")
    return { id, name, kind: "own", ref, devices: devices.map((device) => ({ ...device, imageId: null })) };
  const why = state === "deregistered" ? "is no longer available" : `is not available: it is ${state}`;
  throw new CloudError("InvalidAMIID.Unavailable", `The image ID '${id}' ${why}`, { imageId: id, state });
}

function embeddedImage(id: string, ref: ImageRef): CatalogueImage {
  const devices = devicesOf(ref.manifest).map((device, index) => ({
    ...device,
    imageId: index === 0 ? id : `${id}${device.device}`,
  }));
  return { id, name: ref.manifest.name, kind: "embedded", ref, devices };
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

async function imageId(manifestText: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(manifestText)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `ami-${hex.slice(0, 17)}`;
}
