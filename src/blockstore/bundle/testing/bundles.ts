import { packTar, type TarHeader } from "modern-tar";
import { sha256Hex } from "../../content-fetch.ts";
import type { ImageDisk } from "../../image-disk.ts";
import { chunkPath } from "../bundle-paths.ts";
import { gzip } from "../pack-disk.ts";

export type Files = Map<string, Uint8Array<ArrayBuffer>>;

export interface BundleFixture {
  readonly disk: ImageDisk;
  /** By path. */
  readonly files: Files;
}

/** A bundle of this disk; its manifest has only what this layer knows of one. */
export async function makeBundle(content: Uint8Array<ArrayBuffer>, chunkBytes: number): Promise<BundleFixture> {
  const files: Files = new Map();
  const chunks: ImageDisk["chunks"] = [];
  for (let offset = 0; offset < content.byteLength; offset += chunkBytes) {
    const packed = await gzip(content.slice(offset, offset + chunkBytes));
    const sha256 = await sha256Hex(packed);
    files.set(chunkPath(sha256), packed);
    chunks.push({ sha256, bytes: packed.byteLength });
  }
  const disk: ImageDisk = { bytes: content.byteLength, chunkBytes, compression: "gzip", chunks };
  files.set("image.json", new TextEncoder().encode(JSON.stringify({ disk })));
  return { disk, files };
}

/** A tar file with these entries, in this order. */
export async function tar(
  entries: Iterable<readonly [name: string, content: Uint8Array<ArrayBuffer>, header?: Partial<TarHeader>]>,
): Promise<Blob> {
  const parts = [...entries].map(([name, content, header]) => ({
    header: { name, size: content.byteLength, ...header },
    body: content,
  }));
  return new Blob([await packTar(parts)]);
}
