import type { ConfigField } from "./virtio-types.ts";

export const SECTOR = 512;
export const QUEUE_SIZE = 128;
/** Data segments of a request; with header and status it fills a queue (virtio 1.2 §2.7.5.3.1). */
const SEGMENTS_MAX = QUEUE_SIZE - 2;
/** The blockstore's blocks, in sectors: the best unit for large requests and for discards. */
const BLOCK_SECTORS = 128;
export const RANGE_SECTORS_MAX = 1 << 21;
export const RANGES_MAX = 16;
/** A physical block is 2³ logical ones (4 KiB). */
const PHYSICAL_EXPONENT = 3;

/** What of the configuration space changes. */
export interface BlkConfiguration {
  readonly sizeBytes: () => number;
  /** 1: the disk has a cache that the driver flushes; 0: every write is durable when it is acknowledged. */
  writeBack: 0 | 1;
}

/** virtio 1.2 §5.2.4. A driver reads all of it, whatever features it takes. */
export function configurationOf(state: BlkConfiguration): ConfigField[] {
  const constant = (bytes: 1 | 2 | 4, name: string, value: number): ConfigField => ({ bytes, name, read: () => value });
  const sectors = () => state.sizeBytes() / SECTOR;
  return [
    { bytes: 4, name: "capacity (low)", read: () => sectors() >>> 0 },
    { bytes: 4, name: "capacity (high)", read: () => Math.floor(sectors() / 2 ** 32) },
    constant(4, "size_max", 0),
    constant(4, "seg_max", SEGMENTS_MAX),
    constant(2, "cylinders", 0),
    constant(1, "heads", 0),
    constant(1, "sectors", 0),
    constant(4, "blk_size", SECTOR),
    constant(1, "physical_block_exp", PHYSICAL_EXPONENT),
    constant(1, "alignment_offset", 0),
    constant(2, "min_io_size", 1 << PHYSICAL_EXPONENT),
    constant(4, "opt_io_size", BLOCK_SECTORS),
    {
      bytes: 1,
      name: "writeback",
      read: () => state.writeBack,
      write: (value) => {
        state.writeBack = (value & 1) as 0 | 1;
      },
    },
    constant(1, "unused0", 0),
    constant(2, "num_queues", 1),
    constant(4, "max_discard_sectors", RANGE_SECTORS_MAX),
    constant(4, "max_discard_seg", RANGES_MAX),
    constant(4, "discard_sector_alignment", BLOCK_SECTORS),
    constant(4, "max_write_zeroes_sectors", RANGE_SECTORS_MAX),
    constant(4, "max_write_zeroes_seg", RANGES_MAX),
    constant(1, "write_zeroes_may_unmap", 1),
    constant(1, "unused1 (0)", 0),
    constant(1, "unused1 (1)", 0),
    constant(1, "unused1 (2)", 0),
  ];
}
