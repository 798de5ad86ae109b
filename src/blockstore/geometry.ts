import { CloudError } from "../base/errors.ts";
import type { StoreKey, StoreRange } from "../store/key-value-store.ts";

/**
 * The unit of copy-on-write, and of what is stored under one key. 64 KiB is just enough for Chromium to compress a
 * value before it stores it, which makes most of what a guest writes three times as fast as smaller blocks are.
 */
export const BLOCK_BYTES = 64 * 1024;

/** Blocks whose state one map page holds: 64 MiB of disk, and about 5 KiB that go with every commit that touches it. */
export const PAGE_BLOCKS = 1024;

/** The unit of addresses on a disk (virtio 1.2 §5.2.4). */
export const SECTOR_BYTES = 512;

/** 2 TiB: what 32 bits of sectors can address, and EC2's limit for a boot volume with an MBR. */
export const MAX_VOLUME_BYTES = 2 ** 41;

export const blockKey = (layerId: string, block: number): StoreKey => ["block", layerId, block];
export const blockRange = (layerId: string, from?: number, below?: number): StoreRange => ({
  prefix: ["block", layerId],
  ...(from === undefined ? {} : { from }),
  ...(below === undefined ? {} : { below }),
});
export const mapKey = (layerId: string, page: number): StoreKey => ["map", layerId, page];
export const mapRange = (layerId: string, from?: number): StoreRange => ({
  prefix: ["map", layerId],
  ...(from === undefined ? {} : { from }),
});

export const pageOf = (block: number): number => Math.floor(block / PAGE_BLOCKS);
export const slotOf = (block: number): number => block % PAGE_BLOCKS;
export const pageCount = (sizeBytes: number): number => Math.ceil(sizeBytes / (BLOCK_BYTES * PAGE_BLOCKS));

/** How large an open disk is. */
export interface DiskSize {
  bytes: number;
}

/** The part of a byte range that lies in one block. */
export interface Piece {
  readonly block: number;
  /** Where in the block, and where in the range. */
  readonly inBlock: number;
  readonly inRange: number;
  readonly length: number;
}

/** A byte range, cut at the borders of blocks. */
export function piecesOf(offset: number, length: number): Piece[] {
  const pieces: Piece[] = [];
  for (let done = 0; done < length; ) {
    const at = offset + done;
    const inBlock = at % BLOCK_BYTES;
    const step = Math.min(BLOCK_BYTES - inBlock, length - done);
    pieces.push({ block: Math.floor(at / BLOCK_BYTES), inBlock, inRange: done, length: step });
    done += step;
  }
  return pieces;
}

/** `Volume.OutOfRange` unless the range is whole sectors inside the disk. */
export function rangeError(offset: number, length: number, sizeBytes: number): CloudError | undefined {
  const aligned = offset % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0;
  if (aligned && offset >= 0 && length >= 0 && offset + length <= sizeBytes) return undefined;
  return new CloudError(
    "Volume.OutOfRange",
    `Bytes ${offset} to ${offset + length} are not whole sectors of a disk of ${sizeBytes} bytes.`,
    { offset, length, sizeBytes },
  );
}
