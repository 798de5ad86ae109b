// Makes qcow2 files for tests, with everything in them that our own writer never writes: small and large clusters,
// compressed ones, subclusters, zero flags, holes, any order in the file, version 2.

/** How a guest cluster is stored. `bytes` has the cluster's length. */
export type TestCluster =
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "packed"; readonly bytes: Uint8Array }
  | { readonly kind: "zero"; readonly preallocated: boolean }
  /** Bit i of `allocated`: subcluster i has its part of `bytes`; bit i of `zeros`: it is marked as zeros. */
  | { readonly kind: "subclusters"; readonly bytes: Uint8Array; readonly allocated: number; readonly zeros: number };

export interface TestImage {
  readonly version: 2 | 3;
  readonly clusterBits: number;
  readonly sizeBytes: number;
  readonly extendedL2?: boolean;
  readonly compression?: "zlib" | "zstd";
  readonly clusters: ReadonlyMap<number, TestCluster>;
  /** Packs a cluster: raw deflate, or zstd. */
  readonly pack?: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** The order in which guest clusters lie in the file. */
  readonly order?: (clusters: number[]) => number[];
}

export interface BuiltImage {
  readonly file: Uint8Array<ArrayBuffer>;
  /** Places in the file, in bytes. */
  readonly l1Offset: number;
  readonly l2Offsets: readonly number[];
}

export async function buildQcow2(image: TestImage): Promise<BuiltImage> {
  const clusterBytes = 2 ** image.clusterBits;
  const entryBytes = image.extendedL2 === true ? 16 : 8;
  const l2Entries = clusterBytes / entryBytes;
  const guestClusters = Math.ceil(image.sizeBytes / clusterBytes);
  const l1Entries = Math.ceil(guestClusters / l2Entries);
  const l1Clusters = Math.max(1, Math.ceil((l1Entries * 8) / clusterBytes));
  const indexes = [...image.clusters.keys()].sort((a, b) => a - b);
  const tables = [...new Set(indexes.map((index) => Math.floor(index / l2Entries)))];
  const l1Offset = clusterBytes;
  const tableOffset = (table: number) => (1 + l1Clusters + tables.indexOf(table)) * clusterBytes;
  const parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  const entries = new Map<number, readonly [bigint, bigint]>();
  let end = (1 + l1Clusters + tables.length) * clusterBytes;
  const aligned = () => {
    end = Math.ceil(end / clusterBytes) * clusterBytes;
    return end;
  };
  for (const index of image.order?.(indexes) ?? indexes) {
    const cluster = image.clusters.get(index) as TestCluster;
    const packed = cluster.kind === "packed" ? await (image.pack ?? deflateRaw)(cluster.bytes) : undefined;
    // What does not become smaller is not packed: the entry's field for its length would not hold it.
    if (packed !== undefined && packed.byteLength < clusterBytes) {
      const sectors = Math.floor((end + packed.byteLength - 1) / 512) - Math.floor(end / 512);
      const x = BigInt(62 - (image.clusterBits - 8));
      entries.set(index, [(1n << 62n) | (BigInt(sectors) << x) | BigInt(end), 0n]);
      parts.push({ at: end, bytes: packed });
      end += packed.byteLength;
      continue;
    }
    if (cluster.kind === "zero" && !cluster.preallocated) {
      entries.set(index, [1n, 0n]);
      continue;
    }
    const at = aligned();
    end += clusterBytes;
    if (cluster.kind === "zero") {
      parts.push({ at, bytes: new Uint8Array(clusterBytes).fill(0xee) });
      entries.set(index, [(1n << 63n) | BigInt(at) | 1n, 0n]);
      continue;
    }
    parts.push({ at, bytes: cluster.bytes });
    const all = image.extendedL2 === true ? 0xffffffffn : 0n;
    const bitmap = cluster.kind === "subclusters" ? (BigInt(cluster.zeros) << 32n) | BigInt(cluster.allocated) : all;
    entries.set(index, [(1n << 63n) | BigInt(at), bitmap]);
  }
  const file = new Uint8Array(aligned());
  const view = new DataView(file.buffer);
  writeHeader(view, image, l1Entries, l1Offset);
  for (const table of tables) view.setBigUint64(l1Offset + table * 8, (1n << 63n) | BigInt(tableOffset(table)));
  for (const [index, [entry, bitmap]] of entries) {
    const at = tableOffset(Math.floor(index / l2Entries)) + (index % l2Entries) * entryBytes;
    view.setBigUint64(at, entry);
    if (image.extendedL2 === true) view.setBigUint64(at + 8, bitmap);
  }
  for (const { at, bytes } of parts) file.set(bytes, at);
  return { file, l1Offset, l2Offsets: tables.map(tableOffset) };
}

function writeHeader(view: DataView, image: TestImage, l1Entries: number, l1Offset: number): void {
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, image.version);
  view.setUint32(20, image.clusterBits);
  view.setBigUint64(24, BigInt(image.sizeBytes));
  view.setUint32(36, l1Entries);
  view.setBigUint64(40, BigInt(l1Offset));
  if (image.version === 2) return;
  const zstd = image.compression === "zstd";
  view.setBigUint64(72, (zstd ? 8n : 0n) | (image.extendedL2 === true ? 16n : 0n));
  view.setUint32(96, 4);
  view.setUint32(100, zstd ? 112 : 104);
  if (zstd) view.setUint8(104, 1);
}

/** The disk that an image is of. */
export function contentOf(image: TestImage): Uint8Array<ArrayBuffer> {
  const clusterBytes = 2 ** image.clusterBits;
  const disk = new Uint8Array(Math.ceil(image.sizeBytes / 512) * 512);
  for (const [index, cluster] of image.clusters) {
    if (cluster.kind === "zero") continue;
    const bytes = cluster.bytes.slice();
    if (cluster.kind === "subclusters") {
      const step = clusterBytes / 32;
      for (let i = 0; i < 32; i++) if (((cluster.allocated >>> i) & 1) === 0) bytes.fill(0, i * step, (i + 1) * step);
    }
    const at = index * clusterBytes;
    disk.set(bytes.subarray(0, image.sizeBytes - at), at);
  }
  return disk;
}

export async function deflateRaw(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
