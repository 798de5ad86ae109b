import { expect } from "vitest";
import { CONTENT_CACHE_DATABASE } from "../../src/blockstore/content-cache.ts";
import { BLOCK_BYTES, PAGE_BLOCKS } from "../../src/blockstore/geometry.ts";
import { type ImageSource, openImageSource } from "../../src/blockstore/image-source.ts";
import { type OpenVolumeOptions, openVolume } from "../../src/blockstore/open-volume.ts";
import type { VolumeAddress } from "../../src/blockstore/surroundings.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume } from "../../src/blockstore/volumes.ts";
import type { KeyValueStore, OpenStore, StoreKey } from "../../src/store/key-value-store.ts";
import { type ImageFixture, makeImage, pattern, sameBytes } from "./image-fixture.ts";
import type { StoreBackend } from "./store-suite.ts";

export const PAGE_BYTES = PAGE_BLOCKS * BLOCK_BYTES;
export const CHUNK = 2 * BLOCK_BYTES;
/** Two pages, three blocks and a sector. */
export const SIZE = 2 * PAGE_BYTES + 3 * BLOCK_BYTES + 512;
/** What the image holds: data, three chunks of zeros, data up to an end within a block. */
export const CONTENT = new Uint8Array(8 * CHUNK + 1024);
CONTENT.set(pattern(3 * CHUNK), 0);
CONTENT.set(pattern(2 * CHUNK + 1024, 5), 6 * CHUNK);

export const expectSame = (got: Uint8Array | undefined, want: Uint8Array) =>
  expect(got !== undefined && sameBytes(got, want)).toBe(true);

/** What is asked of a store, as it is asked. */
interface StoreLog {
  reads: StoreKey[];
  commits: number;
}

function logged(openStore: OpenStore, log: StoreLog): OpenStore {
  return async (database) => {
    const store = await openStore(database);
    const spy: KeyValueStore = {
      get: (key) => {
        log.reads.push(key);
        return store.get(key);
      },
      getMany: (keys) => {
        log.reads.push(...keys);
        return store.getMany(keys);
      },
      entries: (range) => store.entries(range),
      keys: (range) => store.keys(range),
      commit: (operations, options) => {
        log.commits++;
        return store.commit(operations, options);
      },
      close: () => store.close(),
    };
    return spy;
  };
}

let count = 0;

/** A database of its own, an image, and the volumes that a test makes there. */
export class VolumeLab {
  readonly database = `volumes-${Date.now()}-${count++}`;
  readonly log: StoreLog = { reads: [], commits: 0 };
  readonly openStore: OpenStore;
  fetches = 0;
  readonly #backend: StoreBackend;
  readonly #fixture: ImageFixture;
  readonly #opened: Volume[] = [];
  #source: ImageSource | undefined;

  private constructor(backend: StoreBackend, fixture: ImageFixture) {
    this.#backend = backend;
    this.#fixture = fixture;
    this.openStore = logged(backend.open, this.log);
  }

  static async make(backend: StoreBackend): Promise<VolumeLab> {
    const lab = new VolumeLab(backend, await makeImage(CONTENT, CHUNK));
    lab.#source = await openImageSource(lab.#fixture.image, {
      openStore: lab.openStoreAndCache,
      fetch: async (url) => {
        lab.fetches++;
        return new Response(lab.#fixture.files.get(String(url)));
      },
    });
    return lab;
  }

  get source(): ImageSource {
    return this.#source as ImageSource;
  }

  /** The image cache of this lab alone stands in for the one of the origin. */
  readonly openStoreAndCache: OpenStore = (name) =>
    this.openStore(name === this.database ? name : `${this.database}-${name}`);

  address(volumeId: string): VolumeAddress {
    return { database: this.database, volumeId };
  }

  make(volumeId: string, onImage = true, sizeBytes = SIZE): Promise<void> {
    const image = onImage ? this.#fixture.image : null;
    return createVolume({ ...this.address(volumeId), sizeBytes, image }, { openStore: this.openStore });
  }

  async open(volumeId: string, options: Partial<OpenVolumeOptions> = {}): Promise<Volume> {
    const { openStore, source: image } = this;
    const volume = await openVolume({ ...this.address(volumeId), openStore, image, ...options });
    this.#opened.push(volume);
    return volume;
  }

  /** What a new volume over the image reads as. */
  expected(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    bytes.set(CONTENT.subarray(offset, offset + length));
    return bytes;
  }

  /** The numbers of all blocks, or map pages, in the database. */
  async stored(what: "block" | "map"): Promise<number[]> {
    const store = await this.#backend.open(this.database);
    const keys = await store.keys({ prefix: [what] });
    await store.close();
    return keys.map((key) => Number(key[2]));
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((volume) => volume.close()));
  }

  async dispose(): Promise<void> {
    await this.closeAll();
    await this.source.close();
    await this.#backend.destroy(this.database);
    await this.#backend.destroy(`${this.database}-${CONTENT_CACHE_DATABASE}`);
  }
}
