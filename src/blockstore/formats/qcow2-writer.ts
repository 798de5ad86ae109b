import type { BlockSet } from "./block-set.ts";
import { type DiskContent, type ExportOptions, stretchesOf, usedBlocks } from "./disk-content.ts";
import { throwIfCancelled } from "./errors.ts";
import { QCOW2_MAGIC } from "./qcow2-header.ts";
import {
  CLUSTER_BITS,
  CLUSTER_BYTES,
  countsInBlock,
  L2_ENTRIES,
  planQcow2,
  type Qcow2Layout,
  REFCOUNT_ORDER,
} from "./qcow2-layout.ts";

const VERSION = 3;
/** §Header: what version 3 has at least. The end of the extensions follows, which is zeros. */
const HEADER_BYTES = 104;
/** §L1 and L2 table entry, upper half: the only reference there is. */
const COPIED = 0x80000000;

/**
 * A disk as a qcow2 file (version 3), front to back: all tables come before the data, so which blocks have data must be
 * known before. Blocks of zeros take no space. Gives chunks of at most 1 MiB, which are the taker's.
 */
export async function* exportQcow2(
  content: DiskContent,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const used = await usedBlocks(content, options);
  const layout = planQcow2(used);
  yield header(content.sizeBytes, layout);
  for (const table of tables(used, layout)) {
    throwIfCancelled(options.signal);
    yield table;
  }
  for await (const { length, data } of stretchesOf(content, used, options)) {
    if (data === undefined) continue;
    yield data;
    const rest = length % CLUSTER_BYTES;
    if (rest > 0) yield new Uint8Array(CLUSTER_BYTES - rest);
  }
}

/** Bytes of the file that `exportQcow2` makes. */
export const qcow2FileBytes = (used: BlockSet): number => planQcow2(used).clusters * CLUSTER_BYTES;

function header(sizeBytes: number, layout: Qcow2Layout): Uint8Array<ArrayBuffer> {
  const { cluster, view } = newCluster();
  view.setUint32(0, QCOW2_MAGIC);
  view.setUint32(4, VERSION);
  view.setUint32(20, CLUSTER_BITS);
  setOffset(view, 24, sizeBytes);
  view.setUint32(36, layout.l1Entries);
  setOffset(view, 40, layout.l1Table * CLUSTER_BYTES);
  setOffset(view, 48, layout.refcountTable * CLUSTER_BYTES);
  view.setUint32(56, layout.refcountTableClusters);
  view.setUint32(96, REFCOUNT_ORDER);
  view.setUint32(100, HEADER_BYTES);
  return cluster;
}

function* tables(used: BlockSet, layout: Qcow2Layout): Generator<Uint8Array<ArrayBuffer>, void, void> {
  const { refcountBlocks, refcountBlockCount, l2Tables, l2Indexes } = layout;
  yield* entries(
    layout.refcountTableClusters,
    refcountBlockCount,
    (index) => (refcountBlocks + index) * CLUSTER_BYTES,
    0,
  );
  for (let index = 0; index < refcountBlockCount; index++) {
    const { cluster, view } = newCluster();
    for (let i = 0; i < countsInBlock(index, layout); i++) view.setUint16(i * 2, 1);
    yield cluster;
  }
  const tableOf = new Map(l2Indexes.map((l1Index, i) => [l1Index, (l2Tables + i) * CLUSTER_BYTES]));
  const l1Clusters = l2Tables - layout.l1Table;
  yield* entries(l1Clusters, layout.l1Entries, (index) => tableOf.get(index) ?? 0, COPIED);
  let next = layout.data;
  for (const l1Index of l2Indexes) {
    const first = l1Index * L2_ENTRIES;
    yield* entries(1, L2_ENTRIES, (i) => (used.has(first + i) ? next++ * CLUSTER_BYTES : 0), COPIED);
  }
}

/** So many clusters with a table of offsets; those that are not 0 get the flags. */
function* entries(
  clusters: number,
  count: number,
  offsetOf: (index: number) => number,
  flags: number,
): Generator<Uint8Array<ArrayBuffer>, void, void> {
  const perCluster = CLUSTER_BYTES / 8;
  for (let first = 0; first < clusters * perCluster; first += perCluster) {
    const { cluster, view } = newCluster();
    for (let i = 0; i < Math.min(perCluster, count - first); i++) {
      const offset = offsetOf(first + i);
      if (offset !== 0) setOffset(view, i * 8, offset, flags);
    }
    yield cluster;
  }
}

function newCluster(): { cluster: Uint8Array<ArrayBuffer>; view: DataView } {
  const cluster = new Uint8Array(CLUSTER_BYTES);
  return { cluster, view: new DataView(cluster.buffer) };
}

function setOffset(view: DataView, at: number, offset: number, flags = 0): void {
  view.setUint32(at, Math.floor(offset / 2 ** 32) + flags);
  view.setUint32(at + 4, offset % 2 ** 32);
}
