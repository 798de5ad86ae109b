import type { BlockSet } from "./block-set.ts";
import { IMAGE_BLOCK_BYTES } from "./blocks.ts";

/** A block of ours is a cluster of theirs (QEMU's usual size, too). */
export const CLUSTER_BITS = 16;
export const CLUSTER_BYTES = IMAGE_BLOCK_BYTES;
/** §Host cluster management: reference counts of 16 bits, the usual ones. */
export const REFCOUNT_ORDER = 4;
const REFCOUNTS_PER_BLOCK = CLUSTER_BYTES / 2;
const ENTRIES_PER_CLUSTER = CLUSTER_BYTES / 8;
/** Guest clusters of one L2 table. */
export const L2_ENTRIES = ENTRIES_PER_CLUSTER;

/** Where everything is in a qcow2 file, in clusters; in this order, without gaps. The header is cluster 0. */
export interface Qcow2Layout {
  readonly refcountTable: number;
  readonly refcountTableClusters: number;
  readonly refcountBlocks: number;
  readonly refcountBlockCount: number;
  readonly l1Table: number;
  readonly l1Entries: number;
  readonly l2Tables: number;
  /** Indexes of the L1 entries that have an L2 table, in order. */
  readonly l2Indexes: readonly number[];
  readonly data: number;
  readonly clusters: number;
}

/** Plans a file that holds these blocks. */
export function planQcow2(used: BlockSet): Qcow2Layout {
  const l1Entries = Math.ceil(used.blocks / L2_ENTRIES);
  const l2Indexes = Array.from({ length: l1Entries }, (_, index) => index).filter((index) =>
    used.hasAny(index * L2_ENTRIES, Math.min((index + 1) * L2_ENTRIES, used.blocks)),
  );
  const l1Clusters = Math.ceil(l1Entries / ENTRIES_PER_CLUSTER);
  const content = 1 + l1Clusters + l2Indexes.length + used.count;
  // Reference counts are counted, too.
  let refcountBlockCount = 1;
  let refcountTableClusters = 1;
  for (;;) {
    const clusters = content + refcountBlockCount + refcountTableClusters;
    const blocksNeeded = Math.ceil(clusters / REFCOUNTS_PER_BLOCK);
    const tableNeeded = Math.ceil(blocksNeeded / ENTRIES_PER_CLUSTER);
    if (blocksNeeded <= refcountBlockCount && tableNeeded <= refcountTableClusters) break;
    refcountBlockCount = Math.max(blocksNeeded, refcountBlockCount);
    refcountTableClusters = Math.max(tableNeeded, refcountTableClusters);
  }
  const refcountTable = 1;
  const refcountBlocks = refcountTable + refcountTableClusters;
  const l1Table = refcountBlocks + refcountBlockCount;
  const l2Tables = l1Table + l1Clusters;
  const data = l2Tables + l2Indexes.length;
  const clusters = data + used.count;
  const places = { refcountTable, refcountTableClusters, refcountBlocks, refcountBlockCount };
  return { ...places, l1Table, l1Entries, l2Tables, l2Indexes, data, clusters };
}

/** Reference counts of the clusters of one refcount block. */
export const countsInBlock = (index: number, { clusters }: Qcow2Layout): number =>
  Math.min(REFCOUNTS_PER_BLOCK, Math.max(0, clusters - index * REFCOUNTS_PER_BLOCK));
