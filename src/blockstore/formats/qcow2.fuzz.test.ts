import { constants, inflateRawSync } from "node:zlib";
import { expect } from "vitest";
import { type FuzzRandom, fuzz } from "../../../test/fuzz/harness.ts";
import { CloudError } from "../../base/errors.ts";
import { IMAGE_BLOCK_BYTES, type ImageBlock } from "./blocks.ts";
import { openImport } from "./import-image.ts";
import { type BuiltImage, buildQcow2, contentOf } from "./testing/qcow2-builder.ts";
import { randomImage } from "./testing/random-image.ts";
import { bytesSource, chunkedSource, countingSource, importAll } from "./testing/sources.ts";
import { ZstdPacker } from "./zstd-codec.ts";

const packer = await ZstdPacker.open(3, 1 << 21);
const packZstd = (bytes: Uint8Array) => Promise.resolve(packer.pack(bytes));

fuzz(
  "a qcow2 image imports as what it was made of (I10)",
  { runs: 20, steps: 4, pinned: [2127105411] },
  async ({ random, steps, log }) => {
    for (let step = 0; step < steps; step++) {
      const image = randomImage(random, packZstd);
      log(
        `version ${image.version}, 2^${image.clusterBits}, ${image.sizeBytes} bytes, ${image.clusters.size} clusters`,
      );
      const { file } = await buildQcow2(image);
      const { sizeBytes, disk } = await importAll(bytesSource(file));
      expect(sizeBytes).toBe(Math.ceil(image.sizeBytes / 512) * 512);
      expect(Buffer.compare(disk, contentOf(image))).toBe(0);
    }
  },
);

/** No read is larger than an L2 table of the largest cluster, or a cluster that is packed into more than itself. */
const MAX_READ_BYTES = 4 << 20;
/** No small file needs more reads than this. */
const MAX_READS = 3_000;

fuzz(
  "a damaged qcow2 image gives a typed error, or just what its tables say (I12)",
  { runs: 25, steps: 40, pinned: [] },
  async ({ random, steps, log }) => {
    const built = await buildQcow2(randomImage(random));
    for (let step = 0; step < steps; step++) {
      const file = mutated(random, built, log);
      const source = countingSource(file);
      const outcome = await blocksOf(source).catch((thrown: unknown) => thrown);
      expect(source.largest).toBeLessThanOrEqual(MAX_READ_BYTES);
      expect(source.reads).toBeLessThan(MAX_READS);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(CloudError);
        expect((outcome as CloudError).code).toMatch(/^Image\.(Malformed|Unsupported|Truncated)$/);
        continue;
      }
      const { sizeBytes, blocks } = outcome as Awaited<ReturnType<typeof blocksOf>>;
      const given = new Map(blocks.map(({ offset, data }) => [offset, data]));
      const checked = Math.min(sizeBytes, 64 << 20);
      for (let offset = 0; offset < checked; offset += IMAGE_BLOCK_BYTES) {
        const length = Math.min(IMAGE_BLOCK_BYTES, sizeBytes - offset);
        const expected = modelRead(file, offset, length);
        expect(Buffer.compare(given.get(offset) ?? new Uint8Array(length), expected), `at ${offset}`).toBe(0);
      }
    }
  },
);

fuzz(
  "a file cut off anywhere gives an error, or had nothing there (I12)",
  { runs: 6, steps: 25, pinned: [] },
  async ({ random, steps }) => {
    const image = randomImage(random);
    const { file } = await buildQcow2(image);
    for (let step = 0; step < steps; step++) {
      const outcome = await importAll(bytesSource(file.subarray(0, 4 + random.int(file.byteLength - 4)))).catch(
        (thrown: unknown) => thrown,
      );
      if (outcome instanceof Error) expect((outcome as CloudError).code).toMatch(/^Image\.(Truncated|Malformed)$/);
      else expect(Buffer.compare((outcome as Awaited<ReturnType<typeof importAll>>).disk, contentOf(image))).toBe(0);
    }
  },
);

fuzz(
  "whatever bytes come, an import ends with a disk or a typed error (I12)",
  { runs: 10, steps: 30, pinned: [] },
  async ({ random, steps }) => {
    const heads = ["QFI\xfb\0\0\0\x03", "QFI\xfb\0\0\0\x02", "\x1f\x8b\x08\0", "\x28\xb5\x2f\xfd", ""];
    for (let step = 0; step < steps; step++) {
      const bytes = Buffer.concat([Buffer.from(random.pick(heads), "latin1"), random.bytes(1 + random.int(3_000))]);
      const source = random.chance(0.5) ? bytesSource(bytes) : chunkedSource(bytes, () => random.int(900));
      const outcome = await importAll(source).catch((thrown: unknown) => thrown);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(CloudError);
      else expect((outcome as { sizeBytes: number }).sizeBytes).toBe(Math.ceil(bytes.byteLength / 512) * 512);
    }
  },
);

async function blocksOf(
  source: Parameters<typeof openImport>[0],
): Promise<{ sizeBytes: number; blocks: ImageBlock[] }> {
  const image = await openImport(source);
  const blocks: ImageBlock[] = [];
  for await (const block of image.blocks) blocks.push({ ...block, data: block.data.slice() });
  return { sizeBytes: image.virtualSizeBytes as number, blocks };
}

function mutated(
  random: FuzzRandom,
  { file, l1Offset, l2Offsets }: BuiltImage,
  log: (line: string) => void,
): Uint8Array {
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  for (let i = random.between(1, 2); i > 0; i--) {
    const kind = random.weighted({ header: 4, l1: 2, l2: 4, copied: 1, bytes: 1 });
    if (kind === "bytes" || (l2Offsets.length === 0 && kind !== "header")) {
      const at = 8 + random.int(copy.byteLength - 8);
      copy[at] = random.int(256);
      log(`byte ${at}`);
      continue;
    }
    if (kind === "header") {
      // The magic stays: it would be another format.
      const at = 4 * random.between(1, 26);
      view.setUint32(at, interesting32(random, view.getUint32(at)));
      log(`header ${at}: ${view.getUint32(at).toString(16)}`);
      continue;
    }
    const table = kind === "l1" ? l1Offset : random.pick(l2Offsets);
    const entry = (random.chance(0.7) ? random.int(8) : random.int(64)) * 8;
    const value =
      kind === "copied"
        ? view.getBigUint64(table + random.int(32) * 8)
        : interesting64(random, view.getBigUint64(table + entry), copy.byteLength);
    view.setBigUint64(table + entry, value);
    log(`${kind} ${table}+${entry}: ${value.toString(16)}`);
  }
  return copy;
}

function interesting32(random: FuzzRandom, now: number): number {
  const choices = [
    0,
    1,
    0xffffffff,
    0x80000000,
    0x7fffffff,
    now + 1,
    now - 1,
    now ^ (1 << random.int(32)),
    random.int(2 ** 32),
  ];
  return random.pick(choices) >>> 0;
}

function interesting64(random: FuzzRandom, now: bigint, fileBytes: number): bigint {
  const flag = 1n << 63n;
  const place = BigInt(random.int(fileBytes / 512 + 8) * 512);
  return BigInt.asUintN(
    64,
    random.pick([
      0n,
      1n,
      flag,
      -1n,
      now ^ (1n << BigInt(random.int(64))),
      flag | place,
      place,
      now + 512n,
      (1n << 62n) | place,
    ]),
  );
}

/** What the standard says is at a place of the disk; an independent reading of it, without checks and without bounds. */
function modelRead(file: Uint8Array, offset: number, length: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const clusterBits = view.getUint32(20);
  const clusterBytes = 2 ** clusterBits;
  const extended = view.getUint32(4) === 3 && (view.getUint32(76) & 16) !== 0;
  const entryBytes = extended ? 16 : 8;
  const perTable = clusterBytes / entryBytes;
  const result = new Uint8Array(length);
  const diskBytes = Number(view.getBigUint64(24));
  for (
    let at = offset;
    at < Math.min(offset + length, diskBytes);
    at = (Math.floor(at / clusterBytes) + 1) * clusterBytes
  ) {
    const index = Math.floor(at / clusterBytes);
    const l2 = Number(
      view.getBigUint64(Number(view.getBigUint64(40)) + Math.floor(index / perTable) * 8) & 0x00fffffffffffe00n,
    );
    if (l2 === 0) continue;
    const entryAt = l2 + (index % perTable) * entryBytes;
    const entry = view.getBigUint64(entryAt);
    const bitmap = extended ? view.getBigUint64(entryAt + 8) : 0xffffffffn;
    const cluster = modelCluster(file, entry, bitmap, clusterBits, extended);
    const inCluster = at % clusterBytes;
    const bytes = Math.min(clusterBytes - inCluster, offset + length - at, diskBytes - at);
    result.set(cluster.subarray(inCluster, inCluster + bytes), at - offset);
  }
  return result;
}

function modelCluster(
  file: Uint8Array,
  entry: bigint,
  bitmap: bigint,
  clusterBits: number,
  extended: boolean,
): Uint8Array {
  const bytes = 2 ** clusterBits;
  if ((entry & (1n << 62n)) !== 0n) {
    const x = BigInt(62 - (clusterBits - 8));
    const offset = Number(entry & ((1n << x) - 1n));
    const sectors = Number((entry & ((1n << 62n) - 1n)) >> x) + 1;
    const packed = file.subarray(offset, offset - (offset % 512) + sectors * 512);
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, bytes);
  }
  const offset = Number(entry & 0x00fffffffffffe00n);
  const cluster = new Uint8Array(bytes);
  if (offset === 0 || (!extended && (entry & 1n) !== 0n)) return cluster;
  cluster.set(file.subarray(offset, offset + bytes));
  for (let i = 0; i < 32; i++) {
    if (((bitmap >> BigInt(i)) & 1n) === 0n) cluster.fill(0, (i * bytes) / 32, ((i + 1) * bytes) / 32);
  }
  return cluster;
}
