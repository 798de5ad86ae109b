import { CloudError } from "../../base/errors.ts";
import { parseImageManifest } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { type ImageRecord, imageRecord } from "../records.ts";
import type { Registry } from "../registry.ts";
import type { ImageDevice, OwnImageRecord } from "./own-image-record.ts";

/** An image that can be launched. */
export interface CatalogueImage {
  /** An embedded one's is `ami-` and 17 digits of the manifest's SHA-256: another content is another image. */
  readonly id: string;
  readonly name: string;
  readonly kind: "embedded" | "own";
  readonly ref: ImageRef;
  /** The root volume first. */
  readonly devices: readonly ImageDevice[];
}

/** The images that come with the page: folders below the images URL. */
export const EMBEDDED_IMAGES = ["tiny"];

/** What can be launched, and what instances were launched from. */
export class ImageCatalogue {
  readonly #registry: Registry;
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  readonly #loaded = new Map<string, Promise<CatalogueImage>>();

  /** `baseUrl` is absolute and ends in a slash. */
  constructor(registry: Registry, baseUrl: string, fetchFunction: typeof fetch = (input, init) => fetch(input, init)) {
    this.#registry = registry;
    this.#baseUrl = baseUrl;
    this.#fetch = fetchFunction;
  }

  /** Those that come with the page. Rejects when one cannot be had. */
  async embedded(): Promise<CatalogueImage[]> {
    return await Promise.all(EMBEDDED_IMAGES.map((name) => this.#load(name)));
  }

  /** By name or id; `InvalidAMIID.NotFound` (F02), `InvalidAMIID.Unavailable` when not available (any more) (F33). */
  async find(nameOrId: string): Promise<CatalogueImage> {
    const own = this.#registry.images.get(nameOrId);
    if (own !== undefined) return toCatalogueImage(nameOrId, own);
    if (EMBEDDED_IMAGES.includes(nameOrId)) return await this.#load(nameOrId);
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
  remember({ id, name, kind, ref }: CatalogueImage): StoreOperation {
    return this.#registry.records.put(imageRecord, id, { name, kind, ref });
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
    const url = `${this.#baseUrl}${name}/`;
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
    const last = records.filter(({ value }) => value.kind === "embedded" && value.ref.url === url).at(-1);
    return last && embeddedImage(last.id, last.value.ref);
  }
}

/** `IncorrectState`-like refusals of images that are not available, with EC2's codes. */
function toCatalogueImage(id: string, { name, state, ref, devices }: OwnImageRecord): CatalogueImage {
  if (state === "available") return { id, name, kind: "own", ref, devices };
  const why = state === "deregistered" ? "is no longer available" : `is not available: it is ${state}`;
  throw new CloudError("InvalidAMIID.Unavailable", `The image ID '${id}' ${why}`, { imageId: id, state });
}

/** Its root volume is a gp3 with nothing provisioned: 3000 IOPS and 125 MiB/s, about what a tab's disk can do. */
function embeddedImage(id: string, ref: ImageRef): CatalogueImage {
  const { name, rootDevice, disk } = ref.manifest;
  const root: ImageDevice = {
    device: rootDevice,
    snapshotId: null,
    sizeBytes: disk.bytes,
    type: "gp3",
    iops: null,
    throughputMiBps: null,
    deleteOnTermination: true,
  };
  return { id, name, kind: "embedded", ref, devices: [root] };
}

async function imageId(manifestText: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(manifestText)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `ami-${hex.slice(0, 17)}`;
}
