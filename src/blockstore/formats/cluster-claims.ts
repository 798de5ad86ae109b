import { malformed, unsupported } from "./errors.ts";

/** Clusters of one page of the bitmap: 8 KiB of memory. */
const PAGE_CLUSTERS = 8 * 8192;
/** 32 MiB of bitmap if all are claimed: 16 TiB of file with usual clusters, 128 GiB with the smallest (QEMU's limit). */
const MAX_CLUSTERS = 2 ** 28;

/**
 * Which clusters of a qcow2 file something is in. Nothing may be in two places of the disk, nor both data and a table:
 * that finds damaged offsets, and bounds the work by the size of the file.
 */
export class ClusterClaims {
  readonly #clusterBytes: number;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(fileBytes: number, clusterBytes: number) {
    this.#clusterBytes = clusterBytes;
    if (fileBytes / clusterBytes <= MAX_CLUSTERS) return;
    const remedy = "Convert it with qemu-img convert -O qcow2 -o cluster_size=64k.";
    throw unsupported("its clusters are too small for a file of this size", remedy, { fileBytes, clusterBytes });
  }

  /** Claims the clusters of a range that begins with one; `Image.Malformed` if one of them is taken. */
  claim(offset: number, length: number, what: string): void {
    const first = offset / this.#clusterBytes;
    const below = Math.ceil((offset + length) / this.#clusterBytes);
    for (let cluster = first; cluster < below; cluster++) this.#claimOne(cluster, what);
  }

  #claimOne(cluster: number, what: string): void {
    const index = Math.floor(cluster / PAGE_CLUSTERS);
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = new Uint8Array(PAGE_CLUSTERS / 8);
      this.#pages.set(index, page);
    }
    const inPage = cluster % PAGE_CLUSTERS;
    const bit = 1 << (inPage & 7);
    const byte = page[inPage >> 3] as number;
    if ((byte & bit) !== 0) {
      throw malformed(`${what} is where something else is`, { offset: cluster * this.#clusterBytes });
    }
    page[inPage >> 3] = byte | bit;
  }
}
