import { IMAGE_BLOCK_BYTES } from "./blocks.ts";
import { type DiskContent, type ExportOptions, RUN_BLOCKS, stretchesOf, usedBlocks } from "./disk-content.ts";
import { ZstdPacker } from "./zstd-codec.ts";

const ZEROS = new Uint8Array(RUN_BLOCKS * IMAGE_BLOCK_BYTES);
/** The library's own: about as fast as a disk can be read here, and 22 are hardly smaller. */
const ZSTD_LEVEL = 3;

/** A disk as it is, front to back. Gives chunks of at most 1 MiB, which are the taker's. */
export async function* exportRaw(
  content: DiskContent,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const stretch of stretchesOf(content, await usedBlocks(content, options), options)) {
    yield stretch.data ?? new Uint8Array(stretch.length);
  }
}

/** A disk packed with zstd (RFC 8878), in frames of at most 1 MiB that each stand for themselves; they are the taker's. */
export async function* exportRawZstd(
  content: DiskContent,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const used = await usedBlocks(content, options);
  const packer = await ZstdPacker.open(ZSTD_LEVEL, ZEROS.byteLength);
  try {
    const packedZeros = packer.pack(ZEROS);
    for await (const stretch of stretchesOf(content, used, options)) {
      const allZeros = stretch.data === undefined && stretch.length === ZEROS.byteLength;
      yield allZeros ? packedZeros.slice() : packer.pack(stretch.data ?? ZEROS.subarray(0, stretch.length));
    }
  } finally {
    packer.dispose();
  }
}
