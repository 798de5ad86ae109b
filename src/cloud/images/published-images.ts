import * as v from "valibot";
import { CloudError, hasCode, reportUncaught } from "../../base/errors.ts";
import { isId } from "../../base/ids.ts";
import { type ImageManifest, parseImageManifest } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import { defineRecordKind, type RecordStore } from "../../store/records.ts";
import { findInstanceType } from "../instance-types.ts";
import { imageRecord } from "../records.ts";
import { type CatalogueEntry, parseCatalogueFile, plainEntry } from "./catalogue-file.ts";

/** Where a server has no catalogue: the images that come with the page, as folders below the images URL. */
const EMBEDDED_IMAGES = ["tiny"];
const CATALOGUE_FILE = "catalogue.json";

/** The catalogue as it was last fetched, for when there is no network. */
const catalogueRecord = defineRecordKind({
  kind: "image-catalogue",
  version: 1,
  schema: v.object({ text: v.string() }),
});

/** An image that is served beside the page. */
export interface PublishedImage {
  /** `ami-` and 17 digits of the manifest's SHA-256: another content is another image. */
  readonly id: string;
  readonly entry: CatalogueEntry;
  readonly ref: ImageRef;
}

export interface PublishedImagesOptions {
  readonly records: RecordStore;
  /** Absolute; ends in a slash. */
  readonly baseUrl: string;
  /** Folders below it: then these are the images, and its catalogue is not asked. */
  readonly names?: readonly string[] | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Ids by which the first image can be had as well, each as a public image: for tools that have ids written down. */
  readonly moreIds?: readonly string[] | undefined;
}

/** The images of the catalogue that is served beside the page (`images/CATALOGUE.md`). */
export class PublishedImages {
  readonly #options: PublishedImagesOptions;
  readonly #fetch: typeof fetch;
  #entries: Promise<readonly CatalogueEntry[]> | undefined;
  #names: readonly string[];
  readonly #loaded = new Map<string, Promise<PublishedImage>>();
  readonly #reported = new Set<string>();

  constructor(options: PublishedImagesOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#names = options.names ?? EMBEDDED_IMAGES;
  }

  /** As the catalogue has them, as far as it has been read. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Where the files of one in a folder of this name would be. */
  urlOf(folder: string): string {
    return `${this.#options.baseUrl}${encodeURIComponent(folder)}/`;
  }

  /** The name of the first one, whose kernel and firmware other disks boot with. */
  async defaultName(): Promise<string> {
    const [first] = await this.entries();
    if (first !== undefined) return first.name;
    throw new CloudError("Image.Unavailable", "The catalogue of images has none: there is nothing to boot with.");
  }

  /** Throws `Image.CatalogueMalformed`. */
  async entries(): Promise<readonly CatalogueEntry[]> {
    this.#entries ??= this.#readCatalogue().catch((error: unknown) => {
      this.#entries = undefined;
      throw error;
    });
    const entries = await this.#entries;
    this.#names = entries.map(({ name }) => name);
    return entries;
  }

  /** Those that can be had at the moment. Rejects with the first one's error when none can. */
  async list(): Promise<PublishedImage[]> {
    const entries = await this.entries();
    const settled = await Promise.allSettled(entries.map((entry) => this.#load(entry)));
    const had = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const errors: unknown[] = settled.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    if (had.length === 0 && errors.length > 0) throw errors[0];
    for (const error of errors) this.#report(error);
    const [first] = had;
    return first === undefined ? had : [...had, ...this.#more(first)];
  }

  /**
   * By name, the newest of those that have it, or by id. Throws why one of that name cannot be had:
   * `InvalidAMIID.Unavailable` when its files are not on the server, `Image.Unavailable` when they cannot be fetched.
   */
  async find(nameOrId: string): Promise<PublishedImage | undefined> {
    const entries = await this.entries();
    const [newest] = entries.filter(({ name }) => name === nameOrId).sort((a, b) => b.date - a.date);
    if (newest !== undefined) return await this.#load(newest);
    if (!isId("ami", nameOrId)) return undefined;
    return (await this.list()).find(({ id }) => id === nameOrId);
  }

  #more(first: PublishedImage): PublishedImage[] {
    return (this.#options.moreIds ?? []).map((id) => ({ ...first, id, entry: plainEntry(id) }));
  }

  /** From the server, else (offline) as it was last; a server without one has what comes with the page. */
  async #readCatalogue(): Promise<readonly CatalogueEntry[]> {
    const { records, baseUrl, names } = this.#options;
    if (names !== undefined) return names.map(plainEntry);
    const url = `${baseUrl}${CATALOGUE_FILE}`;
    const stored = (await records.get(catalogueRecord, url))?.text;
    let text: string | undefined;
    try {
      const response = await this.#fetch(url);
      if (response.ok) text = await response.text();
      else if (response.status !== 404) throw new Error(`HTTP status ${response.status}`);
    } catch {
      text = stored;
    }
    if (text === undefined) return EMBEDDED_IMAGES.map(plainEntry);
    const entries = parseCatalogueFile(text, url);
    if (text !== stored) await records.commit([records.put(catalogueRecord, url, { text })]);
    return entries;
  }

  async #load(entry: CatalogueEntry): Promise<PublishedImage> {
    const { path } = entry;
    const known = this.#loaded.get(path);
    if (known !== undefined) return await known;
    const loading = this.#loadNow(entry);
    this.#loaded.set(path, loading);
    // That it is not there holds as long as the catalogue that was read does; after other failures the next call tries again.
    loading.catch((error: unknown) => hasCode(error, "InvalidAMIID.Unavailable") || this.#loaded.delete(path));
    return await loading;
  }

  /** From the server, else (offline) the last one launched from. */
  async #loadNow(entry: CatalogueEntry): Promise<PublishedImage> {
    const url = `${this.#options.baseUrl}${entry.path}/`;
    let text: string;
    try {
      const response = await this.#fetch(`${url}image.json`);
      if (response.status === 404) throw notInstalled(entry, url);
      if (!response.ok) throw new Error(`HTTP status ${response.status}`);
      text = await response.text();
    } catch (error) {
      if (error instanceof CloudError) throw error;
      const stored = await this.#lastStored(url);
      if (stored !== undefined) return { ...stored, entry };
      const why = `${url}image.json cannot be fetched (${(error as Error).message}). Check the connection and the server, then try again.`;
      throw new CloudError("Image.Unavailable", why, { url }, error);
    }
    const manifest = withMemory(parseImageManifest(text, `${url}image.json`), entry);
    const { bootMode } = manifest;
    return { id: await imageId(text), entry, ref: { url, manifest, ...(bootMode !== undefined && { bootMode }) } };
  }

  async #lastStored(url: string): Promise<Omit<PublishedImage, "entry"> | undefined> {
    const { records } = await this.#options.records.list(imageRecord);
    const last = records
      .filter(({ id, value }) => isId("ami", id) && value.kind === "embedded" && value.ref.url === url)
      .at(-1);
    return last && { id: last.id, ref: last.value.ref };
  }

  /** What is wrong with one image is told once, and hides no other. Being absent, or offline, is nothing wrong. */
  #report(error: unknown): void {
    if (hasCode(error, "InvalidAMIID.Unavailable") || hasCode(error, "Image.Unavailable")) return;
    if (this.#reported.has(String(error))) return;
    this.#reported.add(String(error));
    reportUncaught(error);
  }
}

/** What the catalogue says of the smallest type counts beside what the image says of memory. */
function withMemory(manifest: ImageManifest, { minimumType, path }: CatalogueEntry): ImageManifest {
  if (minimumType === null) return manifest;
  const type = findInstanceType(minimumType);
  if (type === undefined) {
    const text = `The catalogue's image ${path} has a minimumType '${minimumType}', which there is not.`;
    throw new CloudError("Image.CatalogueMalformed", text, { path, minimumType });
  }
  return { ...manifest, minimumMemoryMiB: Math.max(manifest.minimumMemoryMiB, type.memoryMiB) };
}

function notInstalled({ name, path }: CatalogueEntry, url: string): CloudError {
  const text = `The image '${name}' is in the catalogue, but its files are not on this server (${url}image.json is not there). Build it with "npm run image -- ${path}" and build the page again, or copy its folder there.`;
  return new CloudError("InvalidAMIID.Unavailable", text, { image: name, url });
}

async function imageId(manifestText: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(manifestText)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `ami-${hex.slice(0, 17)}`;
}
