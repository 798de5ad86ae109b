import { hasCode } from "../../base/errors.ts";
import { BlockAssembler, type ImageBlock, wholeSectors } from "./blocks.ts";
import { ClusterClaims } from "./cluster-claims.ts";
import { malformed, throwIfCancelled, truncated } from "./errors.ts";
import { ClusterInflater } from "./inflate.ts";
import { type Qcow2Cluster, readL1Entry, readL2Entry } from "./qcow2-entry.ts";
import type { Qcow2Header } from "./qcow2-header.ts";
import type { Bytes, RandomAccessSource } from "./source.ts";
import { WindowReader } from "./window-reader.ts";
import { unzstdCluster } from "./zstd.ts";
import { ZstdUnpacker } from "./zstd-codec.ts";

/** L1 entries held at a time: 64 KiB. */
const L1_PART_ENTRIES = 8192;
/** Clusters that follow one another on the disk and in the file are read together, so many bytes at most. */
const RUN_BYTES = 1024 * 1024;
/** What is read ahead of tables, and of clusters that are packed or small. */
const TABLE_WINDOW_BYTES = 64 * 1024;
const DATA_WINDOW_BYTES = 512 * 1024;
/** §Extended L2 Entries. */
const SUBCLUSTERS = 32;

export interface Qcow2ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** How far on the disk it is. */
  readonly onPosition?: (guestOffset: number) => void;
}

/** Bytes in the file that are bytes of the disk. */
interface Run {
  readonly guest: number;
  readonly host: number;
  readonly length: number;
}

/** The content of a qcow2 disk, in order. Rejects with `Image.Malformed`, `Image.Truncated`, and the source's errors. */
export class Qcow2Reader {
  readonly #source: RandomAccessSource;
  readonly #header: Qcow2Header;
  readonly #options: Qcow2ReadOptions;
  readonly #claims: ClusterClaims;
  readonly #tables: WindowReader;
  readonly #data: WindowReader;
  readonly #inflater = new ClusterInflater();
  /** What runs are read, and clusters unpacked into. */
  #run: Bytes = new Uint8Array(0);
  /** Once a cluster needs it. */
  #unzstd: ZstdUnpacker | undefined;
  readonly #assembler: BlockAssembler;

  constructor(source: RandomAccessSource, header: Qcow2Header, options: Qcow2ReadOptions = {}) {
    this.#source = source;
    this.#header = header;
    this.#options = options;
    this.#claims = new ClusterClaims(source.sizeBytes, header.clusterBytes);
    this.#tables = new WindowReader(source, TABLE_WINDOW_BYTES);
    this.#data = new WindowReader(source, DATA_WINDOW_BYTES);
    this.#assembler = new BlockAssembler(wholeSectors(header.sizeBytes));
  }

  async *blocks(): AsyncGenerator<ImageBlock, void, void> {
    try {
      yield* this.#readAll();
    } finally {
      this.#unzstd?.dispose();
    }
  }

  async *#readAll(): AsyncGenerator<ImageBlock, void, void> {
    const { l1Offset, l1Entries, clusterBytes } = this.#header;
    this.#claims.claim(0, clusterBytes, "its header");
    this.#claims.claim(l1Offset, l1Entries * 8, "its L1 table");
    for (let first = 0; first < l1Entries; first += L1_PART_ENTRIES) {
      const entries = Math.min(L1_PART_ENTRIES, l1Entries - first);
      const part = viewOf(await this.#source.read(l1Offset + first * 8, entries * 8, this.#options.signal));
      for (let i = 0; i < entries; i++)
        yield* this.#readL2(first + i, readL1Entry(part, i, this.#header, this.#source.sizeBytes));
    }
    yield* this.#assembler.end();
  }

  async *#readL2(l1Index: number, offset: number): AsyncGenerator<ImageBlock, void, void> {
    const { clusterBytes, l2Entries, sizeBytes } = this.#header;
    throwIfCancelled(this.#options.signal);
    if (offset === 0) return;
    this.#claims.claim(offset, clusterBytes, "an L2 table");
    const first = l1Index * l2Entries * clusterBytes;
    this.#options.onPosition?.(first);
    // A copy, since the window moves on; the table is up to 2 MiB.
    const table = viewOf((await this.#tables.read(offset, clusterBytes, this.#options.signal)).slice());
    let run: Run | undefined;
    const entries = Math.min(l2Entries, Math.ceil((sizeBytes - first) / clusterBytes));
    for (let i = 0; i < entries; i++) {
      const guest = first + i * clusterBytes;
      const length = Math.min(clusterBytes, sizeBytes - guest);
      const cluster = readL2Entry(table, i, this.#header);
      if (cluster.kind === "packed") {
        if (run !== undefined) yield* this.#readRun(run);
        run = undefined;
        yield* this.#assembler.put(guest, (await this.#unpack(cluster)).subarray(0, length));
        continue;
      }
      for (const piece of this.#piecesOf(cluster, guest, length)) {
        const whole: Run | undefined = run === undefined ? piece : joined(run, piece);
        if (run !== undefined && whole === undefined) yield* this.#readRun(run);
        run = whole ?? piece;
      }
    }
    if (run !== undefined) yield* this.#readRun(run);
  }

  /** Where the bytes of a cluster are, of which `length` are on the disk. */
  #piecesOf(cluster: Exclude<Qcow2Cluster, { kind: "packed" }>, guest: number, length: number): Run[] {
    if (cluster.kind === "zero") return [];
    const { offset } = cluster;
    const pieces: Run[] = [];
    if (cluster.kind === "data") {
      pieces.push({ guest, host: offset, length });
    } else {
      const step = this.#header.clusterBytes / SUBCLUSTERS;
      for (let at = 0, bits = cluster.allocated; at < length; at += step, bits >>>= 1) {
        if ((bits & 1) === 1)
          pieces.push({ guest: guest + at, host: offset + at, length: Math.min(step, length - at) });
      }
    }
    for (const { host, length: bytes } of pieces) {
      // Not zeros: QEMU itself writes all bytes that are on the disk.
      if (host + bytes > this.#source.sizeBytes)
        throw truncated("a cluster is behind its end", { offset: host, guest });
    }
    this.#claims.claim(offset, 1, "a cluster");
    return pieces;
  }

  async *#readRun({ guest, host, length }: Run): AsyncGenerator<ImageBlock, void, void> {
    throwIfCancelled(this.#options.signal);
    const { signal } = this.#options;
    const small = length < TABLE_WINDOW_BYTES;
    const bytes = await (small
      ? this.#data.read(host, length, signal)
      : this.#source.read(host, length, signal, this.#runBuffer(length)));
    yield* this.#assembler.put(guest, bytes);
    this.#options.onPosition?.(guest + length);
  }

  #runBuffer(length: number): Bytes {
    if (this.#run.byteLength < length) this.#run = new Uint8Array(Math.max(length, RUN_BYTES));
    return this.#run;
  }

  async #unpack({ offset, bytes }: Extract<Qcow2Cluster, { kind: "packed" }>): Promise<Uint8Array> {
    const { clusterBytes, compression } = this.#header;
    throwIfCancelled(this.#options.signal);
    // Whole sectors are counted, and the file need not end with one.
    const there = Math.min(bytes, this.#source.sizeBytes - offset);
    if (there <= 0) throw truncated("a compressed cluster is behind its end", { offset });
    const packed = await this.#data.read(offset, there, this.#options.signal);
    try {
      if (compression === "zstd") {
        this.#unzstd ??= await ZstdUnpacker.open();
        const cluster = this.#runBuffer(clusterBytes).subarray(0, clusterBytes);
        unzstdCluster(this.#unzstd, packed, cluster);
        return cluster;
      }
      return this.#inflater.unpack(packed, clusterBytes);
    } catch (thrown) {
      if (there === bytes && hasCode(thrown, "Image.Truncated")) {
        throw malformed("a compressed cluster does not end where it should", { offset }, thrown);
      }
      throw thrown;
    }
  }
}

/** Two runs as one, if the second follows the first both on the disk and in the file. */
function joined(first: Run, second: Run): Run | undefined {
  const follows = first.guest + first.length === second.guest && first.host + first.length === second.host;
  if (!follows || first.length + second.length > RUN_BYTES) return undefined;
  return { guest: first.guest, host: first.host, length: first.length + second.length };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
