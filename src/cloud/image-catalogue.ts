import { CloudError } from "../base/errors.ts";
import { parseImageManifest } from "../protocol/image-manifest.ts";
import type { ImageRef } from "../protocol/vm-contract.ts";
import type { StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import { imageRecord } from "./records.ts";

/** An image that can be launched. */
export interface CatalogueImage {
  /** `ami-` and 17 digits of the manifest's SHA-256: another content is another image. */
  readonly id: string;
  readonly ref: ImageRef;
}

/** The images that come with the page: folders below the images URL. */
export const EMBEDDED_IMAGES = ["tiny"];

/** What can be launched, and what instances were launched from. */
export class ImageCatalogue {
  readonly #records: RecordStore;
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  readonly #loaded = new Map<string, Promise<CatalogueImage>>();

  /** `baseUrl` is absolute and ends in a slash. */
  constructor(
    records: RecordStore,
    baseUrl: string,
    fetchFunction: typeof fetch = (input, init) => fetch(input, init),
  ) {
    this.#records = records;
    this.#baseUrl = baseUrl;
    this.#fetch = fetchFunction;
  }

  /** Rejects when none of them can be had. */
  async list(): Promise<CatalogueImage[]> {
    return await Promise.all(EMBEDDED_IMAGES.map((name) => this.#load(name)));
  }

  /** By name or id; `InvalidAMIID.NotFound` (F02). */
  async find(nameOrId: string): Promise<CatalogueImage> {
    if (EMBEDDED_IMAGES.includes(nameOrId)) return await this.#load(nameOrId);
    const image = (await this.list()).find((candidate) => candidate.id === nameOrId);
    if (image !== undefined) return image;
    throw new CloudError("InvalidAMIID.NotFound", `The image id '[${nameOrId}]' does not exist`, { imageId: nameOrId });
  }

  /** The image that an existing instance was launched from. */
  async ofInstance(imageId: string): Promise<ImageRef> {
    const stored = await this.#records.get(imageRecord, imageId);
    if (stored !== undefined) return stored;
    throw new CloudError(
      "InvalidAMIID.Unavailable",
      `The record of image '${imageId}' is missing: instances of it cannot start.`,
      {
        imageId,
      },
    );
  }

  /** Keeps an image as long as instances may need it. */
  remember(image: CatalogueImage): StoreOperation {
    return this.#records.put(imageRecord, image.id, image.ref);
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
    return { id: await imageId(text), ref: { url, manifest } };
  }

  async #lastStored(url: string): Promise<CatalogueImage | undefined> {
    const { records } = await this.#records.list(imageRecord);
    const last = records.filter((record) => record.value.url === url).at(-1);
    return last && { id: last.id, ref: last.value };
  }
}

async function imageId(manifestText: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(manifestText)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `ami-${hex.slice(0, 17)}`;
}
