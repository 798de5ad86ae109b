import { type ImageSource, openImageSource, openSnapshot, openVolume } from "../../src/blockstore/index.ts";
import type { ImageFile } from "../../src/protocol/image-manifest.ts";
import type { ImageRef, MachineSpec } from "../../src/protocol/vm-contract.ts";
import type { StoreBase } from "./devices/instance-store.ts";
import { ROOT_DEVICE } from "./plugged-disk.ts";
import type { MachineResources } from "./resources.ts";

type OnDownload = (loadedBytes: number, totalBytes: number) => void;

/** A machine's files and volumes, from the image's server and the block store. */
export async function openResources(spec: MachineSpec, onDownload: OnDownload): Promise<MachineResources> {
  const { image, database } = spec;
  const source = await openImageSource(image, { database });
  const progress = new BootProgress(image, onDownload);
  // The guest's own reads do not wait for this, and report what fails: the boot may need none of what is missing.
  if (image.bootMode !== "legacy-bios")
    source.prefetch(image.manifest.bootChunks, (chunks) => progress.chunks(chunks)).catch(() => {});
  return {
    file: async (file) => new Uint8Array(await source.file(file)),
    fileReady: (file) => progress.file(file.bytes),
    openVolume: ({ volumeId, device, readOnly, key, imageUrl = device === ROOT_DEVICE ? image.url : undefined }) =>
      openVolume({
        database,
        volumeId,
        readOnly,
        image: source,
        ...(imageUrl === undefined ? {} : { imageUrl }),
        key,
      }),
    openBase: async ({ snapshotId, imageUrl, key }) =>
      snapshotId === null
        ? imageBase(source)
        : await openSnapshot({
            database,
            snapshotId,
            image: source,
            ...(imageUrl === undefined ? {} : { imageUrl }),
            ...(key === undefined ? {} : { key }),
          }),
    close: () => source.close(),
  };
}

/** The disk of the image itself, which the machine's resources close. */
function imageBase(source: ImageSource): StoreBase {
  return {
    sizeBytes: source.sizeBytes,
    readCached(offset, length) {
      const bytes = new Uint8Array(length);
      return source.copy(offset, bytes) ? bytes : undefined;
    },
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      await source.read(offset, bytes);
      return bytes;
    },
    close: () => Promise.resolve(),
  };
}

/** Brings what a boot of `image` reads into the cache; gives the kernel's file. */
export async function prefetchImage(image: ImageRef): Promise<Uint8Array> {
  const source: ImageSource = await openImageSource(image);
  try {
    const [kernel] = await Promise.all([
      source.file(image.manifest.kernel),
      source.prefetch(image.manifest.bootChunks),
    ]);
    return new Uint8Array(kernel);
  } finally {
    await source.close();
  }
}

/** The files of an image that a machine of it starts with. */
export function bootFiles({ manifest, bootMode }: ImageRef): ImageFile[] {
  return bootMode === "legacy-bios" ? [manifest.bios, manifest.vgaBios] : [manifest.kernel];
}

/** How much of the kernel and of the boot's chunks is here, from the cache or over the network. */
class BootProgress {
  readonly #report: OnDownload;
  readonly #fileBytes: number;
  #filesLoaded = 0;
  #chunks = { loadedBytes: 0, totalBytes: 0 };

  constructor(image: ImageRef, report: OnDownload) {
    this.#report = report;
    this.#fileBytes = bootFiles(image).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  file(bytes: number): void {
    this.#filesLoaded += bytes;
    this.#tell();
  }

  chunks(progress: { loadedBytes: number; totalBytes: number }): void {
    this.#chunks = progress;
    this.#tell();
  }

  #tell(): void {
    this.#report(this.#filesLoaded + this.#chunks.loadedBytes, this.#fileBytes + this.#chunks.totalBytes);
  }
}
