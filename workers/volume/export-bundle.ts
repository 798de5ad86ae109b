import {
  type BundleTarget,
  chunkPath,
  copyDisk,
  directoryTarget,
  MANIFEST_PATH,
  type PackedChunk,
  packDisk,
  tarTarget,
} from "../../src/blockstore/bundle/index.ts";
import { throwIfCancelled } from "../../src/blockstore/formats/errors.ts";
import { openImageSource, openSnapshot, PASSING_LIMITS } from "../../src/blockstore/index.ts";
import type { ImageManifest, ImageManifestDisk } from "../../src/protocol/image-manifest.ts";
import { PortWriter } from "../../src/protocol/port-stream.ts";
import type { ImageRef } from "../../src/protocol/vm-contract.ts";

export interface BundleDisk {
  /** What the disk is now; null: the disk of the image itself. */
  readonly snapshotId: string | null;
  /** Where the image is now that the snapshot stands on; null: where it was. */
  readonly imageUrl: string | null;
  /** Of an encrypted snapshot. What is exported is not encrypted. */
  readonly key?: CryptoKey | undefined;
}

export interface BundleRequest {
  readonly database: string;
  /** What the bundle's manifest will be, but for the chunks of disks that are snapshots. Files come from its URL. */
  readonly image: ImageRef;
  /** The root's, then those of the manifest's volumes. */
  readonly disks: readonly BundleDisk[];
  /** Where the files go; without one, a tar file goes into the data port. */
  readonly directory?: FileSystemDirectoryHandle | undefined;
}

/** Writes an image as a bundle. `progress` is of the disks' bytes, and takes `{ cancel: true }`. */
export async function exportBundle(
  request: BundleRequest,
  ports: { readonly data: MessagePort | null; readonly progress: MessagePort },
): Promise<void> {
  const { directory } = request;
  const writer = ports.data === null ? undefined : new PortWriter(ports.data);
  const abort = new AbortController();
  ports.progress.onmessage = (event: MessageEvent<{ cancel?: true }>) => {
    if (event.data.cancel) abort.abort();
  };
  const check = () => {
    if (writer?.cancelled) abort.abort();
    throwIfCancelled(abort.signal);
  };
  try {
    const target =
      directory === undefined
        ? tarTarget(async (chunk) => {
            await writer?.write(chunk.slice());
            check();
          })
        : directoryTarget(directory);
    await new BundleWriter(request, target, (progress) => {
      check();
      ports.progress.postMessage(progress);
    }).write();
    writer?.end();
  } catch (thrown) {
    writer?.fail(thrown);
    throw thrown;
  } finally {
    ports.progress.close();
  }
}

class BundleWriter {
  readonly #request: BundleRequest;
  readonly #target: BundleTarget;
  readonly #tell: (progress: { doneBytes: number; totalBytes: number }) => void;
  readonly #written = new Set<string>();
  readonly #totalBytes: number;
  #doneBytes = 0;

  constructor(
    request: BundleRequest,
    target: BundleTarget,
    tell: (progress: { doneBytes: number; totalBytes: number }) => void,
  ) {
    this.#request = request;
    this.#target = target;
    this.#tell = tell;
    this.#totalBytes = disksOf(request.image.manifest).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The manifest last: only then the chunks are known, and a folder without one is no bundle. */
  async write(): Promise<void> {
    const { image, disks } = this.#request;
    const { manifest } = image;
    await this.#writeFiles();
    const [disk, ...others] = disksOf(manifest);
    const root = await this.#writeDisk(disk as ImageManifestDisk, disks[0]);
    const volumes: NonNullable<ImageManifest["volumes"]> = [];
    for (const [index, volume] of (manifest.volumes ?? []).entries()) {
      const written = await this.#writeDisk(others[index] as ImageManifestDisk, disks[index + 1]);
      volumes.push({ ...volume, disk: written });
    }
    const complete: ImageManifest = {
      ...manifest,
      disk: root,
      // What a boot reads first is as good as before where the disk is cut as before, but a chunk of zeros is no file.
      bootChunks: manifest.bootChunks.filter((index) => root.chunks[index] !== null),
      ...(manifest.volumes === undefined ? {} : { volumes }),
    };
    await this.#target.add(MANIFEST_PATH, new TextEncoder().encode(`${JSON.stringify(complete, null, 1)}\n`));
    await this.#target.end();
  }

  async #writeFiles(): Promise<void> {
    const { database, image } = this.#request;
    const { kernel, bios, vgaBios } = image.manifest;
    const source = await openImageSource(image, { database });
    try {
      for (const file of [kernel, bios, vgaBios]) {
        const content = new Uint8Array(await source.file(file));
        if (!this.#written.has(file.path)) await this.#target.add(file.path, content);
        this.#written.add(file.path);
      }
    } finally {
      await source.close();
    }
  }

  async #writeDisk(disk: ImageManifestDisk, from: BundleDisk | undefined): Promise<ImageManifestDisk> {
    const before = this.#doneBytes;
    const onProgress = (doneBytes: number) => {
      this.#doneBytes = before + doneBytes;
      this.#tell({ doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
    };
    const { database, image } = this.#request;
    const snapshotId = from?.snapshotId ?? null;
    if (snapshotId === null) {
      const source = await openImageSource({ url: image.url, manifest: { ...image.manifest, disk } });
      try {
        return await this.#writeChunks(disk, copyDisk(source, disk, onProgress));
      } finally {
        await source.close();
      }
    }
    const { imageUrl = null, key } = from ?? {};
    const where = imageUrl === null ? {} : { imageUrl };
    const address = { database, snapshotId, limits: PASSING_LIMITS, ...where, ...(key !== undefined && { key }) };
    const snapshot = await openSnapshot(address);
    try {
      return await this.#writeChunks(disk, packDisk(snapshot, disk.chunkBytes, onProgress));
    } finally {
      await snapshot.close();
    }
  }

  async #writeChunks(disk: ImageManifestDisk, packed: AsyncIterable<PackedChunk>): Promise<ImageManifestDisk> {
    const chunks: ImageManifestDisk["chunks"] = disk.chunks.map(() => null);
    for await (const { index, sha256, content } of packed) {
      chunks[index] = { sha256, bytes: content.byteLength };
      const path = chunkPath(sha256);
      if (this.#written.has(path)) continue;
      this.#written.add(path);
      await this.#target.add(path, content);
    }
    return { ...disk, chunks };
  }
}

const disksOf = ({ disk, volumes = [] }: ImageManifest): ImageManifestDisk[] => [
  disk,
  ...volumes.map((volume) => volume.disk),
];
