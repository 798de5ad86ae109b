import { CloudError } from "../base/errors.ts";
import { cipherFor, makeKeyCheck } from "../blockstore/block-cipher.ts";
import type { Client } from "../protocol/contract.ts";
import { type ImageManifest, parseImageManifest } from "../protocol/image-manifest.ts";
import { pumpInto } from "../protocol/port-stream.ts";
import { BOOT_LOADERS, type BundleSource, type VolumeContract } from "../protocol/volume-contract.ts";
import { remember } from "./remember.ts";

interface SimulatedDisk {
  sizeBytes: number;
  /** Stands for all the blocks: tests write it and look where it comes to light again. */
  content: string;
  /** Of an encrypted one. */
  keyCheck?: string | null;
}

type Method = keyof VolumeContract;

const notFound = (kind: "Volume" | "Snapshot", id: string) =>
  new CloudError(`Invalid${kind}.NotFound`, `'${id}' does not exist.`, { id });

/** The block store behind the volume worker, as the control plane sees it: disks have sizes and no blocks. See `SimulatedMachine`. */
export class SimulatedBlockStore {
  readonly volumes = new Map<string, SimulatedDisk>();
  readonly snapshots = new Map<string, SimulatedDisk>();
  cachedImageBytes = 0;
  /** SHA-256 of the files of imported images. */
  readonly keptFiles = new Set<string>();
  readonly calls: { readonly method: Method; readonly id: string }[] = [];
  readonly #failures = new Map<Method, CloudError[]>();
  readonly #held = new Map<Method, Promise<void>>();

  /** The next call of a method fails, before it has done anything. */
  failNext(method: Method, error: CloudError): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  /** Keeps calls of a method waiting until the function that is given back is called. */
  hold(method: Method): () => void {
    let release = () => {};
    this.#held.set(
      method,
      new Promise<void>((resolve) => {
        release = () => {
          this.#held.delete(method);
          resolve();
        };
      }),
    );
    return () => release();
  }

  count(method: Method): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  volume(id: string): SimulatedDisk {
    const disk = this.volumes.get(id);
    if (disk === undefined) throw notFound("Volume", id);
    return disk;
  }

  snapshot(id: string): SimulatedDisk {
    const disk = this.snapshots.get(id);
    if (disk === undefined) throw notFound("Snapshot", id);
    return disk;
  }

  /** As the block store does: without the disk's key, or with another one, it is `Volume.KeyUnavailable`. */
  async checkKey(id: string, disk: SimulatedDisk, key: CryptoKey | undefined): Promise<void> {
    await cipherFor(id, disk.keyCheck ?? null, key);
  }

  takeSnapshot(volumeId: string, snapshotId: string): void {
    const volume = this.volume(volumeId);
    if (this.snapshots.has(snapshotId)) throw new CloudError("Snapshot.AlreadyExists", "there already");
    this.snapshots.set(snapshotId, { ...volume });
  }

  readonly client = {
    createVolume: async ({ volumeId, sizeBytes, image, snapshotId, key }) => {
      await this.#begin("createVolume", volumeId);
      if (this.volumes.has(volumeId)) throw new CloudError("Volume.AlreadyExists", "there already");
      const snapshot = snapshotId === undefined ? undefined : this.snapshot(snapshotId);
      const content = snapshot === undefined ? (image?.manifest.name ?? "") : snapshot.content;
      const own = key === undefined ? {} : { keyCheck: await makeKeyCheck(key) };
      const inherited = snapshot?.keyCheck ? { keyCheck: snapshot.keyCheck } : own;
      this.volumes.set(volumeId, { sizeBytes, content, ...inherited });
    },
    encryptSnapshot: async ({ volumeId, sizeBytes, snapshotId, key }) => {
      await this.#begin("encryptSnapshot", volumeId);
      if (this.volumes.has(volumeId)) throw new CloudError("Volume.AlreadyExists", "there already");
      const { content } = this.snapshot(snapshotId);
      this.volumes.set(volumeId, { sizeBytes, content, keyCheck: await makeKeyCheck(key) });
    },
    deleteVolume: async ({ volumeId }) => {
      await this.#begin("deleteVolume", volumeId);
      if (!this.volumes.delete(volumeId)) throw notFound("Volume", volumeId);
    },
    resizeVolume: async ({ volumeId, sizeBytes }) => {
      await this.#begin("resizeVolume", volumeId);
      const volume = this.volume(volumeId);
      if (sizeBytes < volume.sizeBytes) throw new CloudError("InvalidParameterValue", "smaller");
      volume.sizeBytes = sizeBytes;
    },
    snapshotVolume: async ({ volumeId, snapshotId }) => {
      await this.#begin("snapshotVolume", snapshotId);
      this.takeSnapshot(volumeId, snapshotId);
    },
    rollbackVolume: async ({ volumeId, snapshotId }) => {
      await this.#begin("rollbackVolume", volumeId);
      this.volume(volumeId).content = this.snapshot(snapshotId).content;
    },
    deleteSnapshot: async ({ snapshotId }) => {
      await this.#begin("deleteSnapshot", snapshotId);
      if (!this.snapshots.delete(snapshotId)) throw notFound("Snapshot", snapshotId);
    },
    volumeUsage: async ({ volumeId }) => {
      const { sizeBytes, content } = this.volume(volumeId);
      return { sizeBytes, storedBytes: content.length };
    },
    snapshotUsage: async ({ snapshotId }) => {
      await this.#begin("snapshotUsage", snapshotId);
      const { sizeBytes, content } = this.snapshot(snapshotId);
      return { sizeBytes, storedBytes: content.length, ownBytes: 0 };
    },
    findBootLoader: async ({ snapshotId, key }) => {
      const snapshot = this.snapshot(snapshotId);
      await this.checkKey(snapshotId, snapshot, key);
      return BOOT_LOADERS.find((loader) => snapshot.content.startsWith(loader)) ?? null;
    },
    volumeChain: async ({ volumeId }) => {
      const storedBytes = this.volume(volumeId).content.length;
      return { layers: [{ layerId: "layer-1", frozen: false, storedBytes, snapshotIds: [] }], image: null };
    },
    importSnapshot: async ({ volumeId, snapshotId, source, key }, port) => {
      const cancelled = new Promise<never>((_, reject) => {
        port.onmessage = () => reject(new CloudError("Image.Cancelled", "cancelled"));
      });
      cancelled.catch(() => {});
      this.volumes.set(volumeId, { sizeBytes: 512, content: "half" });
      try {
        port.postMessage({ doneBytes: 1, totalBytes: 4 });
        await Promise.race([this.#begin("importSnapshot", snapshotId), cancelled]);
        const content = await contentOf(source);
        const keyCheck = key === undefined ? null : await makeKeyCheck(key);
        this.snapshots.set(snapshotId, { sizeBytes: content.length * 512, content, ...(keyCheck && { keyCheck }) });
        return { sizeBytes: content.length * 512, format: "raw", isIso9660: false };
      } finally {
        this.volumes.delete(volumeId);
        port.close();
      }
    },
    exportDisk: async ({ disk, key }, { data }) => {
      await this.#begin("exportDisk", disk.id);
      const source = disk.kind === "volume" ? this.volume(disk.id) : this.snapshot(disk.id);
      await this.checkKey(disk.id, source, key);
      await pumpInto(data, new TextEncoder().encode(source.content));
    },
    exportBundle: async ({ image, disks, directory }, { data, progress }) => {
      await this.#begin("exportBundle", image.manifest.name);
      for (const { snapshotId, key } of disks) {
        if (snapshotId !== null) await this.checkKey(snapshotId, this.snapshot(snapshotId), key);
      }
      const contents = disks.map(({ snapshotId }) =>
        snapshotId === null ? "image" : this.snapshot(snapshotId).content,
      );
      const bundle: SimulatedBundle = { manifest: image.manifest, contents };
      progress.postMessage({ doneBytes: 1, totalBytes: 2 });
      const bytes = new TextEncoder().encode(JSON.stringify(bundle));
      if (data !== null) await pumpInto(data, bytes);
      else await writeInto(directory as FileSystemDirectoryHandle, bytes);
    },
    readBundle: async (source) => {
      await this.#begin("readBundle", "");
      return parseImageManifest(JSON.stringify((await readSimulated(source)).manifest), "the bundle");
    },
    keepBundleFiles: async ({ source }) => {
      await this.#begin("keepBundleFiles", "");
      const { kernel, bios, vgaBios } = (await readSimulated(source)).manifest;
      for (const { sha256 } of [kernel, bios, vgaBios]) this.keptFiles.add(sha256);
    },
    databaseUsage: async () => {
      const usage = ({ sizeBytes, content }: SimulatedDisk) => ({ sizeBytes, storedBytes: content.length });
      return {
        storedBytes: 0,
        garbageBytes: 0,
        volumes: [...this.volumes].map(([volumeId, disk]) => ({ volumeId, ...usage(disk) })),
        snapshots: [...this.snapshots].map(([snapshotId, disk]) => ({ snapshotId, ...usage(disk) })),
      };
    },
    imageCacheUsage: async () => ({ storedBytes: this.cachedImageBytes }),
    evictImageCache: async () => {
      this.cachedImageBytes = 0;
    },
    collectGarbage: async ({ files }) => {
      await this.#begin("collectGarbage", "");
      for (const sha256 of this.keptFiles) if (!files.includes(sha256)) this.keptFiles.delete(sha256);
      return { layersDeleted: 0, layersMerged: 0, blocksMoved: 0, bytesFreed: 0 };
    },
  } as Partial<Client<VolumeContract>> as Client<VolumeContract>;

  async #begin(method: Method, id: string): Promise<void> {
    remember(this.calls, { method, id });
    await this.#held.get(method);
    const [failure, ...others] = this.#failures.get(method) ?? [];
    if (failure === undefined) return;
    this.#failures.set(method, others);
    throw failure;
  }
}

/** A bundle as the control plane's tests pass it around: as a tar file, and in a folder, one file of JSON. */
export interface SimulatedBundle {
  readonly manifest: ImageManifest;
  /** Of the disks, root first. */
  readonly contents: readonly string[];
}

type ImportSource = Parameters<Client<VolumeContract>["importSnapshot"]>[0]["source"];

async function contentOf(source: ImportSource): Promise<string> {
  if (source.kind === "bundle") return (await readSimulated(source.bundle)).contents[source.disk] ?? "";
  return source.kind === "blob" ? await source.blob.text() : source.url;
}

async function readSimulated(source: BundleSource): Promise<SimulatedBundle> {
  if (source.kind !== "archive") throw new CloudError("Image.BundleMalformed", "not simulated");
  return JSON.parse(await source.blob.text()) as SimulatedBundle;
}

async function writeInto(directory: FileSystemDirectoryHandle, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await (await directory.getFileHandle("bundle", { create: true })).createWritable();
  await file.write(bytes);
  await file.close();
}
