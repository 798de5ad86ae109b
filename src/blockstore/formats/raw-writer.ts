import {
  type DiskContent,
  EXPORT_CHUNK_BYTES,
  type ExportOptions,
  newBytes,
  stretchesOf,
  usedBlocks,
} from "./disk-content.ts";
import { ZstdPacker } from "./zstd-codec.ts";

const ZEROS = new Uint8Array(EXPORT_CHUNK_BYTES);
/** The library's own: about as fast as a disk can be read here, and 22 are hardly smaller. */
const ZSTD_LEVEL = 3;

/** A disk as it is, front to back. Gives chunks of at most 1 MiB, which are the taker's. */
export async function* exportRaw(
  content: DiskContent,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const { buffer = newBytes } = options;
  for await (const stretch of stretchesOf(content, await usedBlocks(content, options), options)) {
    yield stretch.data ?? buffer(stretch.length).fill(0);
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
    // What is packed is read into the same memory each time.
    const unpacked = newBytes(EXPORT_CHUNK_BYTES);
    const buffer = (bytes: number) => unpacked.subarray(0, bytes);
    for await (const stretch of stretchesOf(content, used, { ...options, buffer })) {
      const allZeros = stretch.data === undefined && stretch.length === ZEROS.byteLength;
      yield allZeros ? packedZeros.slice() : packer.pack(stretch.data ?? ZEROS.subarray(0, stretch.length));
    }
  } finally {
    packer.dispose();
  }
}
