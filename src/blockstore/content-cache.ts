import { type CloudError, toCloudError } from "../base/errors.ts";
import { type KeyValueStore, type OpenStore, put, remove } from "../store/key-value-store.ts";

/** Shared by every cloud and worker of this origin: what a hash names is the same for all. */
export const CONTENT_CACHE_DATABASE = "tabvisor-image-cache";

const key = (sha256: string) => ["content", sha256] as const;

/**
 * Verified files by hash, kept for offline use. It only ever saves a fetch: when it cannot be opened, read or written,
 * the first reason goes to `onProblem`, and everything works without it.
 */
export class ContentCache {
  readonly #openStore: OpenStore;
  readonly #onProblem: (error: CloudError) => void;
  #store: Promise<KeyValueStore> | undefined;
  #reported = false;
  #closed = false;

  constructor(openStore: OpenStore, onProblem: (error: CloudError) => void) {
    this.#openStore = openStore;
    this.#onProblem = onProblem;
  }

  /** The bytes as stored: the caller verifies them again. */
  async get(sha256: string): Promise<ArrayBuffer | undefined> {
    const value = await this.#use((store) => store.get(key(sha256)));
    return value instanceof ArrayBuffer ? value : undefined;
  }

  /** The hashes of everything in the cache. */
  async hashes(): Promise<ReadonlySet<string>> {
    const keys = await this.#use((store) => store.keys({ prefix: ["content"] }));
    return new Set(keys?.map((key) => String(key[1])));
  }

  async put(sha256: string, bytes: ArrayBuffer): Promise<void> {
    // Relaxed: what a power cut takes from a cache is fetched again.
    await this.#use((store) => store.commit([put(key(sha256), bytes)], { durability: "relaxed" }));
  }

  async drop(sha256: string): Promise<void> {
    await this.#use((store) => store.commit([remove(key(sha256))], { durability: "relaxed" }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const store = await this.#store?.catch(() => undefined);
    await store?.close();
  }

  async #use<T>(work: (store: KeyValueStore) => Promise<T>): Promise<T | undefined> {
    if (this.#closed) return undefined;
    try {
      this.#store ??= this.#openStore(CONTENT_CACHE_DATABASE);
      return await work(await this.#store);
    } catch (thrown) {
      if (!this.#reported && !this.#closed) this.#onProblem(toCloudError(thrown));
      this.#reported = true;
      return undefined;
    }
  }
}
