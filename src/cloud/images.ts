import type { CatalogueImage, ImageCatalogue } from "./image-catalogue.ts";

export interface ImageInfo {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly architecture: string;
  readonly diskBytes: number;
  /** Compressed size of everything, and of what a boot needs. */
  readonly downloadBytes: number;
  readonly bootDownloadBytes: number;
  readonly minimumMemoryMiB: number;
  readonly defaultUser: string;
}

/** The images that can be launched, as the public API shows them. */
export class CloudImages {
  readonly #catalogue: ImageCatalogue;

  constructor(catalogue: ImageCatalogue) {
    this.#catalogue = catalogue;
  }

  async list(): Promise<ImageInfo[]> {
    return (await this.#catalogue.list()).map(describe);
  }
}

function describe({ id, ref: { manifest } }: CatalogueImage): ImageInfo {
  const { name, title, version, architecture, minimumMemoryMiB, defaultUser, disk } = manifest;
  const firmware = manifest.kernel.bytes + manifest.bios.bytes + manifest.vgaBios.bytes;
  const chunkBytes = (index: number) => disk.chunks[index]?.bytes ?? 0;
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, firmware);
  return {
    id,
    name,
    title,
    version,
    architecture,
    minimumMemoryMiB,
    defaultUser,
    diskBytes: disk.bytes,
    downloadBytes: sum(disk.chunks.map((chunk) => chunk?.bytes ?? 0)),
    bootDownloadBytes: sum(manifest.bootChunks.map(chunkBytes)),
  };
}
