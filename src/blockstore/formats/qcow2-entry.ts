import { malformed, truncated } from "./errors.ts";
import type { Qcow2Header } from "./qcow2-header.ts";

/** Where a guest cluster's bytes are. Offsets are of the file, in bytes. */
export type Qcow2Cluster =
  | { readonly kind: "zero" }
  | { readonly kind: "data"; readonly offset: number }
  /** `bytes`: what the packed cluster has at most. */
  | { readonly kind: "packed"; readonly offset: number; readonly bytes: number }
  /** Bit i of `allocated`: subcluster i is in the file; the others are zeros. */
  | { readonly kind: "subclusters"; readonly offset: number; readonly allocated: number };

const ZERO: Qcow2Cluster = { kind: "zero" };

/** §L2 table entry: bits of the upper half. */
const COPIED = 0x80000000;
const COMPRESSED = 0x40000000;
/** §L1 table entry: bits 56–62; §Standard Cluster Descriptor: bits 56–61. */
const L1_RESERVED = 0x7f000000;
const STANDARD_RESERVED = 0x3f000000;
/** The lower half's bits below the offset; bit 0 is the zero flag of standard clusters. */
const LOW_RESERVED = 0x1ff;
const ZERO_FLAG = 1;

/** The L2 table's offset, 0 for none. */
export function readL1Entry(table: DataView, index: number, header: Qcow2Header, fileBytes: number): number {
  const [high, low] = [table.getUint32(index * 8), table.getUint32(index * 8 + 4)];
  const where = { l1Index: index };
  if ((high & L1_RESERVED) !== 0 || (low & LOW_RESERVED) !== 0) {
    throw malformed("an entry of its L1 table has bits that mean nothing", where);
  }
  const offset = offsetOf(high, low);
  if (offset === 0) {
    if ((high & COPIED) !== 0) throw malformed("an entry of its L1 table leads to its header", where);
    return 0;
  }
  if (offset % header.clusterBytes !== 0)
    throw malformed("an L2 table does not begin with a cluster", { offset, ...where });
  if (offset + header.clusterBytes > fileBytes) throw truncated("an L2 table is behind its end", { offset, ...where });
  return offset;
}

/** One entry of an L2 table. That all its bytes are in the file is left to who reads them. */
export function readL2Entry(table: DataView, index: number, header: Qcow2Header): Qcow2Cluster {
  const at = index * (header.extendedL2 ? 16 : 8);
  const [high, low] = [table.getUint32(at), table.getUint32(at + 4)];
  if ((high & COMPRESSED) !== 0) return packedCluster(high, low, header);
  if ((high & STANDARD_RESERVED) !== 0 || (low & (LOW_RESERVED & ~ZERO_FLAG)) !== 0) {
    throw malformed("an entry of an L2 table has bits that mean nothing");
  }
  const offset = offsetOf(high, low & ~ZERO_FLAG);
  if (offset % header.clusterBytes !== 0) throw malformed("a cluster does not begin where clusters do", { offset });
  if (offset === 0 && (high & COPIED) !== 0) throw malformed("a cluster is where the header is");
  if (header.extendedL2) return subclusters(offset, low, table.getUint32(at + 8), table.getUint32(at + 12));
  if ((low & ZERO_FLAG) !== 0) {
    if (header.version === 2) throw malformed("an entry of an L2 table has bits that mean nothing in version 2");
    return ZERO;
  }
  return offset === 0 ? ZERO : { kind: "data", offset };
}

/** §Compressed Clusters Descriptor. */
function packedCluster(high: number, low: number, { clusterBits }: Qcow2Header): Qcow2Cluster {
  if ((high & COPIED) !== 0) throw malformed("a compressed cluster is marked as one that is not");
  /** x of the standard, less the 32 bits of the lower half: 17 to 29. */
  const offsetBits = 62 - (clusterBits - 8) - 32;
  const offsetHigh = high & (2 ** offsetBits - 1);
  if (offsetHigh >= 2 ** 24) throw malformed("a compressed cluster is where none can be");
  const offset = offsetHigh * 2 ** 32 + low;
  const sectors = (high >>> offsetBits) & (2 ** (clusterBits - 8) - 1);
  if (offset === 0) throw malformed("a compressed cluster is where the header is");
  return { kind: "packed", offset, bytes: (sectors + 1) * 512 - (offset % 512) };
}

/** §Extended L2 Entries. */
function subclusters(offset: number, low: number, zeros: number, allocated: number): Qcow2Cluster {
  if ((low & ZERO_FLAG) !== 0) throw malformed("an entry of an L2 table has bits that mean nothing with subclusters");
  if ((zeros & allocated) !== 0) throw malformed("a subcluster both has data and is zeros");
  if (allocated === 0) return ZERO;
  if (offset === 0) throw malformed("a subcluster has data, and its cluster is nowhere");
  return { kind: "subclusters", offset, allocated };
}

/** Bits 9–55. */
function offsetOf(high: number, low: number): number {
  return (high & 0x00ffffff) * 2 ** 32 + low;
}
