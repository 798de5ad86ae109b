import { type Clock, systemClock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { Emitter, type Event } from "../base/event.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { openIndexedDb } from "../store/indexed-db.ts";
import type { OpenStore } from "../store/key-value-store.ts";
import type { BaseDisk } from "./base-disk.ts";
import { ChunkMemory } from "./chunk-memory.ts";
import { ContentCache } from "./content-cache.ts";
import { type Content, type FetchTools, fetchContent, matches, sha256Hex } from "./content-fetch.ts";
import { gunzip } from "./gunzip.ts";
import type { DiskImage, ImageDisk } from "./image-disk.ts";
import { keptFile } from "./kept-files.ts";

export interface ImageSourceOptions {
  readonly openStore?: OpenStore;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Unpacked chunks kept in memory. */
  readonly memoryBytes?: number;
  /** A database that may keep files of the image (`kept-files.ts`): they are looked for there before the network. */
  readonly database?: string;
}

/** A few chunks: the guest's own page cache keeps what it has read. */
const DEFAULT_MEMORY_BYTES = 8 << 20;
/** After a chunk could not be had, reads of it fail at once for so long, and do not each wait out all the tries. */
const COOL_DOWN_MS = 5_000;
/** HTTP/1.1 gives a page six connections to a server; two stay free for what the guest waits for. */
const PREFETCH_CONCURRENCY = 4;

export interface Progress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

export interface ImageSourceStats {
  /** Over the network, compressed. */
  readonly fetchedBytes: number;
  readonly fetchedFiles: number;
  /** Found in the cache of this origin, and intact. */
  readonly cachedFiles: number;
}

/** Opens an image: nothing is fetched before it is needed. */
export async function openImageSource(image: DiskImage, options: ImageSourceOptions = {}): Promise<ImageSource> {
  return new ImageSource(image, await imageFingerprint(image.manifest.disk), options);
}

/** Identity of a disk's content: the SHA-256 of its geometry and of its chunks' hashes. */
export function imageFingerprint({ bytes, chunkBytes, compression, chunks }: ImageDisk): Promise<string> {
  const identity = [bytes, chunkBytes, compression, chunks.map((chunk) => chunk?.sha256 ?? null)];
  return sha256Hex(new TextEncoder().encode(JSON.stringify(identity)));
}

/**
 * The disk and the files of an image, fetched lazily, verified, kept for offline use.
 *
 * What cannot be had rejects with `Image.ChunkUnavailable`, `Image.ChunkCorrupt` (`Image.File…` for files) or
 * `Image.InsecureContext`; it is never made up. A later read tries again.
 */
export class ImageSource implements BaseDisk {
  readonly fingerprint: string;
  readonly #image: DiskImage;
  readonly #disk: ImageDisk;
  readonly #tools: FetchTools;
  readonly #cache: ContentCache;
  readonly #keptFile: (sha256: string) => Promise<ArrayBuffer | undefined>;
  readonly #memory: ChunkMemory;
  readonly #underWay = new Map<string, Promise<ArrayBuffer>>();
  readonly #unpacking = new Map<number, Promise<Uint8Array>>();
  readonly #failures = new Map<string, { readonly error: unknown; readonly at: number }>();
  readonly #writes = new Set<Promise<void>>();
  readonly #fetched = new Emitter<{ readonly bytes: number }>();
  readonly #problems = new Emitter<CloudError>();
  #stats = { fetchedBytes: 0, fetchedFiles: 0, cachedFiles: 0 };

  constructor(image: DiskImage, fingerprint: string, options: ImageSourceOptions) {
    this.fingerprint = fingerprint;
    this.#image = image;
    this.#disk = image.manifest.disk;
    this.#tools = {
      fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    };
    const { openStore = openIndexedDb, database } = options;
    this.#cache = new ContentCache(openStore, (error) => this.#problems.fire(error));
    this.#keptFile = async (sha256) => (database === undefined ? undefined : keptFile(database, sha256, openStore));
    this.#memory = new ChunkMemory(options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
  }

  get sizeBytes(): number {
    return this.#disk.bytes;
  }

  /** Fires for every file that came over the network. */
  get onFetched(): Event<{ readonly bytes: number }> {
    return this.#fetched.event;
  }

  /** Fires at most once: why the image is not kept for offline use (no room, no IndexedDB). Reads go on. */
  get onCacheProblem(): Event<CloudError> {
    return this.#problems.event;
  }

  stats(): ImageSourceStats {
    return { ...this.#stats };
  }

  isZero(offset: number, length: number): boolean {
    return this.#chunksWithin(offset, length).every((index) => this.#disk.chunks[index] === null);
  }

  has(offset: number, length: number): boolean {
    return this.#chunksWithin(offset, length).every(
      (index) => this.#disk.chunks[index] === null || this.#memory.has(index),
    );
  }

  copy(offset: number, target: Uint8Array): boolean {
    if (!this.has(offset, target.byteLength)) return false;
    target.fill(0);
    for (const index of this.#chunksWithin(offset, target.byteLength)) {
      const chunk = this.#memory.get(index);
      if (chunk !== undefined) this.#copyChunk(index, chunk, offset, target);
    }
    return true;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    const indexes = this.#chunksWithin(offset, target.byteLength);
    const chunks = await Promise.all(indexes.map((index) => this.#chunk(index)));
    target.fill(0);
    indexes.forEach((index, i) => {
      const chunk = chunks[i];
      if (chunk !== undefined) this.#copyChunk(index, chunk, offset, target);
    });
  }

  /**
   * Brings chunks into the cache, a few at a time, in this order. Tries all of them; rejects in the end with the first
   * error. Bytes of progress are compressed ones.
   */
  async prefetch(
    indexes: readonly number[],
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<void> {
    const wanted = [...new Set(indexes)].flatMap((index) => {
      const chunk = this.#disk.chunks[index];
      return chunk ? [{ index, ...chunk }] : [];
    });
    const totalBytes = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
    const cached = await this.#cache.hashes();
    let loadedBytes = 0;
    const failures: unknown[] = [];
    const queue = wanted.values();
    const work = async () => {
      for (const { index, sha256, bytes } of queue) {
        try {
          if (!cached.has(sha256)) await this.#chunk(index);
          loadedBytes += bytes;
          onProgress({ loadedBytes, totalBytes });
        } catch (thrown) {
          failures.push(thrown);
        }
      }
    };
    await Promise.all(Array.from({ length: PREFETCH_CONCURRENCY }, work));
    await Promise.all(this.#writes);
    if (failures.length > 0) throw failures[0];
  }

  /** A file of the image, such as its kernel. `path` is relative to the image; the bytes are the caller's own. */
  async file({ path, sha256, bytes }: { path: string; sha256: string; bytes: number }): Promise<ArrayBuffer> {
    const what = `"${path}" of the image ${this.#image.manifest.name}`;
    const whole = await this.#content({ url: this.#url(path), sha256, bytes, what, kind: "File" });
    return whole.slice();
  }

  /** A chunk's file as it is served; the bytes are the caller's own. Not one of zeros. */
  async packed(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = this.#disk.chunks[index];
    if (!chunk) throw new RangeError(`chunk ${index} of ${this.#image.manifest.name} has no file`);
    return new Uint8Array((await this.#packed(index, chunk)).slice());
  }

  /** Waits for what is being written to the cache, and lets go of it. */
  async close(): Promise<void> {
    await Promise.all(this.#writes);
    await this.#cache.close();
    this.#fetched.dispose();
    this.#problems.dispose();
  }

  /** An unpacked chunk, or `undefined` for one of zeros. */
  async #chunk(index: number): Promise<Uint8Array | undefined> {
    const described = this.#disk.chunks[index];
    if (!described) return undefined;
    const inMemory = this.#memory.get(index);
    if (inMemory !== undefined) return inMemory;
    let unpacking = this.#unpacking.get(index);
    if (unpacking === undefined) {
      unpacking = this.#unpack(index, described).finally(() => this.#unpacking.delete(index));
      this.#unpacking.set(index, unpacking);
    }
    return await unpacking;
  }

  #packed(index: number, { sha256, bytes }: { sha256: string; bytes: number }): Promise<ArrayBuffer> {
    const { url, what } = this.#naming(index, sha256);
    return this.#content({ url, sha256, bytes, what, kind: "Chunk", index });
  }

  #naming(index: number, sha256: string) {
    const what = `chunk ${index} of the image ${this.#image.manifest.name}`;
    return { url: this.#url(`chunks/${sha256}`), what };
  }

  async #unpack(index: number, chunk: { sha256: string; bytes: number }): Promise<Uint8Array> {
    const packed = await this.#packed(index, chunk);
    const expected = Math.min(this.#disk.chunkBytes, this.#disk.bytes - index * this.#disk.chunkBytes);
    const unpacked = await gunzip(packed, expected);
    if (unpacked === undefined) {
      const { url, what } = this.#naming(index, chunk.sha256);
      throw new CloudError(
        "Image.ChunkCorrupt",
        `${url} is ${what}, but does not unpack to ${expected} bytes: the image was built wrong. Build it again.`,
        { url, index, what, expected },
      );
    }
    this.#memory.put(index, unpacked);
    return unpacked;
  }

  /** The verified bytes of a file: from the cache, else over the network. Who asks for the same at the same time shares them. */
  #content(content: Content): Promise<ArrayBuffer> {
    const { sha256 } = content;
    const failure = this.#failures.get(sha256);
    if (failure !== undefined && this.#tools.clock.now() - failure.at < COOL_DOWN_MS) {
      return Promise.reject(failure.error);
    }
    let underWay = this.#underWay.get(sha256);
    if (underWay === undefined) {
      underWay = this.#load(content).finally(() => this.#underWay.delete(sha256));
      this.#underWay.set(sha256, underWay);
    }
    return underWay;
  }

  async #load(content: Content): Promise<ArrayBuffer> {
    const cached = await this.#cache.get(content.sha256);
    if (cached !== undefined) {
      if (await matches(content, cached)) {
        this.#stats.cachedFiles++;
        return cached;
      }
      await this.#cache.drop(content.sha256);
    }
    const kept = content.kind === "File" ? await this.#keptFile(content.sha256) : undefined;
    if (kept !== undefined && (await matches(content, kept))) return kept;
    try {
      const bytes = await fetchContent(content, this.#tools);
      this.#failures.delete(content.sha256);
      this.#stats.fetchedFiles++;
      this.#stats.fetchedBytes += bytes.byteLength;
      this.#fetched.fire({ bytes: bytes.byteLength });
      const write = this.#cache.put(content.sha256, bytes).finally(() => this.#writes.delete(write));
      this.#writes.add(write);
      return bytes;
    } catch (error) {
      this.#failures.set(content.sha256, { error, at: this.#tools.clock.now() });
      throw error;
    }
  }

  #url(path: string): string {
    return new URL(path, this.#image.url).href;
  }

  #chunksWithin(offset: number, length: number): number[] {
    const { chunkBytes, bytes } = this.#disk;
    const end = Math.min(offset + length, bytes);
    const indexes: number[] = [];
    if (offset >= end) return indexes;
    for (let index = Math.floor(offset / chunkBytes); index * chunkBytes < end; index++) indexes.push(index);
    return indexes;
  }

  #copyChunk(index: number, chunk: Uint8Array, offset: number, target: Uint8Array): void {
    const start = index * this.#disk.chunkBytes - offset;
    const from = Math.max(0, -start);
    target.set(chunk.subarray(from, from + target.byteLength - Math.max(0, start)), Math.max(0, start));
  }
}
