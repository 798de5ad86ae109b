import { IMAGE_BLOCK_BYTES, isZero } from "../blocks.ts";
import type { DiskContent } from "../disk-content.ts";

/** A disk to export, of bytes in memory. */
export function diskContent(disk: Uint8Array): DiskContent {
  const blocks = Array.from({ length: Math.ceil(disk.byteLength / IMAGE_BLOCK_BYTES) }, (_, block) => block);
  return {
    sizeBytes: disk.byteLength,
    blocks: blocks.filter(
      (block) => !isZero(disk.subarray(block * IMAGE_BLOCK_BYTES, (block + 1) * IMAGE_BLOCK_BYTES)),
    ),
    read: (offset, length) => Promise.resolve(disk.slice(offset, offset + length)),
  };
}
