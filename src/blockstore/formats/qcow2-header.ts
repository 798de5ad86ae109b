import { checkDiskSize } from "./blocks.ts";
import { malformed, truncated, unsupported } from "./errors.ts";
import type { RandomAccessSource } from "./source.ts";

// docs/interop/qcow2.txt of QEMU is the standard here; "§" refers to its headings.

/** "QFI\xfb" */
export const QCOW2_MAGIC = 0x514649fb;
const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;
/** The optional field of version 3 (§Additional fields). */
const COMPRESSION_TYPE_AT = 104;

/** §Header: 512 bytes at least; 2 MiB is QEMU's own limit, and ours, since one cluster must fit into memory. */
const MIN_CLUSTER_BITS = 9;
const MAX_CLUSTER_BITS = 21;
/** §Header: with extended L2 entries. */
const MIN_EXTENDED_CLUSTER_BITS = 14;
/** QEMU's limit too (§Header, size). The table is read in parts. */
const MAX_L1_BYTES = 32 * 1024 * 1024;
/** §Header. */
const MAX_BACKING_NAME_BYTES = 1023;

/** §Header, incompatible_features. */
const INCOMPATIBLE = { dirty: 0, corrupt: 1, externalData: 2, compressionType: 3, extendedL2: 4 } as const;
const KNOWN_INCOMPATIBLE_BITS = 5;

export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly clusterBytes: number;
  readonly clusterBits: number;
  /** Of the disk; not always whole sectors. */
  readonly sizeBytes: number;
  readonly l1Offset: number;
  /** Entries that the disk needs; the table may have more. */
  readonly l1Entries: number;
  readonly l2Entries: number;
  readonly extendedL2: boolean;
  readonly compression: "zlib" | "zstd";
}

/**
 * Reads and checks the head of a qcow2 file. Reference counts and internal snapshots are of no use for reading the
 * disk, so neither they nor the dirty bit, which is about them, are looked at.
 */
export async function readQcow2Header(source: RandomAccessSource, signal?: AbortSignal): Promise<Qcow2Header> {
  const length = Math.min(source.sizeBytes, COMPRESSION_TYPE_AT + 8);
  if (length < V2_HEADER_BYTES) throw truncated("not even its header is all there", { sizeBytes: source.sizeBytes });
  const bytes = await source.read(0, length, signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(4);
  if (view.getUint32(0) !== QCOW2_MAGIC) throw malformed("it is no qcow2 file");
  if (version !== 2 && version !== 3) {
    throw unsupported(`it is qcow version ${version}`, "Convert it with qemu-img convert -O qcow2.", { version });
  }
  const clusterBits = view.getUint32(20);
  if (clusterBits < MIN_CLUSTER_BITS) throw malformed(`its clusters have 2^${clusterBits} bytes, less than a sector`);
  if (clusterBits > MAX_CLUSTER_BITS) {
    const remedy = "Convert it with qemu-img convert -O qcow2 -o cluster_size=64k.";
    throw unsupported(`its clusters have 2^${clusterBits} bytes, and 2 MiB are the most`, remedy, { clusterBits });
  }
  const clusterBytes = 2 ** clusterBits;
  const features = version === 3 ? readFeatures(view, clusterBytes) : NO_FEATURES;
  checkEncryption(view.getUint32(32));
  await checkBackingFile(source, view, clusterBytes, signal);
  return { version, clusterBits, clusterBytes, ...features, ...readTables(view, source, clusterBits, features) };
}

interface Features {
  readonly extendedL2: boolean;
  readonly compression: "zlib" | "zstd";
}

const NO_FEATURES: Features = { extendedL2: false, compression: "zlib" };

function readFeatures(view: DataView, clusterBytes: number): Features {
  if (view.byteLength < V3_HEADER_BYTES) throw truncated("not even its header is all there");
  const headerBytes = view.getUint32(100);
  if (headerBytes < V3_HEADER_BYTES || headerBytes % 8 !== 0 || headerBytes > clusterBytes) {
    throw malformed(`its header says that it has ${headerBytes} bytes`, { headerBytes });
  }
  if (view.getUint32(96) > 6) throw malformed("its reference counts have more than 64 bits");
  const [high, low] = [view.getUint32(72), view.getUint32(76)];
  const has = (bit: number) => (low & (1 << bit)) !== 0;
  if (high !== 0 || low >>> KNOWN_INCOMPATIBLE_BITS !== 0) {
    const bits = [...bitsOf(low, 0), ...bitsOf(high, 32)].filter((bit) => bit >= KNOWN_INCOMPATIBLE_BITS);
    const remedy = "Convert it with qemu-img convert -O qcow2.";
    throw unsupported(`it uses features that are not known here (bits ${bits.join(", ")})`, remedy, { bits });
  }
  if (has(INCOMPATIBLE.corrupt)) throw malformed("it is marked as corrupt by the program that wrote it last");
  if (has(INCOMPATIBLE.externalData)) {
    throw unsupported(
      "its data is in another file",
      "Convert it with qemu-img convert -O qcow2, which brings them together.",
    );
  }
  return {
    extendedL2: has(INCOMPATIBLE.extendedL2),
    compression: readCompression(view, headerBytes, has(INCOMPATIBLE.compressionType)),
  };
}

function readCompression(view: DataView, headerBytes: number, marked: boolean): "zlib" | "zstd" {
  const present = headerBytes > COMPRESSION_TYPE_AT;
  if (present && view.byteLength <= COMPRESSION_TYPE_AT) throw truncated("not even its header is all there");
  const type = present ? view.getUint8(COMPRESSION_TYPE_AT) : 0;
  if (marked !== (type !== 0)) throw malformed("its header contradicts itself about how its clusters are compressed");
  if (type > 1) {
    const remedy = "Convert it with qemu-img convert -O qcow2.";
    throw unsupported(`its clusters are compressed in a way that is not known here (${type})`, remedy, { type });
  }
  return type === 1 ? "zstd" : "zlib";
}

function checkEncryption(method: number): void {
  if (method === 0) return;
  if (method > 2) throw malformed(`it is encrypted with method ${method}, and there is none`, { method });
  const name = method === 1 ? "AES" : "LUKS";
  const remedy = "Decrypt it with qemu-img convert, and encrypt the volume that it becomes.";
  throw unsupported(`it is encrypted (${name})`, remedy, { encryption: name });
}

async function checkBackingFile(
  source: RandomAccessSource,
  view: DataView,
  clusterBytes: number,
  signal?: AbortSignal,
): Promise<void> {
  const offset = readOffset(view, 8);
  if (offset === 0) return;
  const length = view.getUint32(16);
  if (length === 0 || length > MAX_BACKING_NAME_BYTES || offset + length > clusterBytes) {
    throw malformed("the name of its backing file is where it cannot be", { offset, length });
  }
  const name = new TextDecoder().decode(await source.read(offset, length, signal));
  const remedy = "Bring both together with qemu-img convert -O qcow2, and import the result.";
  throw unsupported(`it holds only what differs from its backing file "${name}"`, remedy, { backingFile: name });
}

function readTables(view: DataView, source: RandomAccessSource, clusterBits: number, { extendedL2 }: Features) {
  const clusterBytes = 2 ** clusterBits;
  if (extendedL2 && clusterBits < MIN_EXTENDED_CLUSTER_BITS) {
    throw malformed("its clusters are too small for the subclusters that it has");
  }
  const sizeBytes = readOffset(view, 24);
  if (sizeBytes === 0) throw malformed("its disk has no bytes");
  checkDiskSize(sizeBytes);
  const l2Entries = clusterBytes / (extendedL2 ? 16 : 8);
  const l1Entries = Math.ceil(sizeBytes / (clusterBytes * l2Entries));
  const l1Size = view.getUint32(36);
  const l1Offset = readOffset(view, 40);
  if (l1Size < l1Entries) throw malformed("its L1 table is too short for its disk", { l1Size, l1Entries });
  if (l1Entries * 8 > MAX_L1_BYTES) {
    const remedy = "Convert it with qemu-img convert -O qcow2 -o cluster_size=64k.";
    throw unsupported("its clusters are too small for a disk of this size", remedy, { sizeBytes, clusterBytes });
  }
  if (l1Offset === 0 || l1Offset % clusterBytes !== 0)
    throw malformed("its L1 table is where it cannot be", { l1Offset });
  if (l1Offset + l1Entries * 8 > source.sizeBytes) {
    throw truncated("its L1 table is behind its end", { l1Offset, sizeBytes: source.sizeBytes });
  }
  return { sizeBytes, l1Offset, l1Entries, l2Entries };
}

/** Numbers above 2^53 are not exact, and far behind every file's end. */
function readOffset(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}

function bitsOf(word: number, first: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => (word & (1 << bit)) !== 0)
    .map((bit) => first + bit);
}
