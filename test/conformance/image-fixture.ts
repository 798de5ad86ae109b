import { sha256Hex } from "../../src/blockstore/content-fetch.ts";
import type { DiskImage } from "../../src/blockstore/image-disk.ts";

export const IMAGE_URL = "https://images.test/tiny/";

/** Packs bytes as the chunks of an image are. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export interface ImageFixture {
  readonly image: DiskImage;
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
}

/** An image of this content, cut into chunks; chunks of zeros have no file. Files are by absolute URL. */
export async function makeImage(content: Uint8Array<ArrayBuffer>, chunkBytes: number): Promise<ImageFixture> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const chunks: DiskImage["manifest"]["disk"]["chunks"] = [];
  for (let offset = 0; offset < content.byteLength; offset += chunkBytes) {
    const chunk = content.slice(offset, offset + chunkBytes);
    if (chunk.every((byte) => byte === 0)) {
      chunks.push(null);
      continue;
    }
    const packed = await gzip(chunk);
    const sha256 = await sha256Hex(packed);
    files.set(`${IMAGE_URL}chunks/${sha256}`, packed);
    chunks.push({ sha256, bytes: packed.byteLength });
  }
  const disk = { bytes: content.byteLength, chunkBytes, compression: "gzip" as const, chunks };
  return { image: { url: IMAGE_URL, manifest: { name: "tiny", version: "1", disk } }, files };
}

/** Bytes that do not repeat early, the same in every run. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Says whether two byte arrays are equal; a test's own comparison of large ones takes seconds. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}

/** Flips a bit of a byte. */
export function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] as number) ^ 4;
}
