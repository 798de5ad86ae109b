import type { BaseDisk } from "../../src/blockstore/base-disk.ts";
import { BLOCK_BYTES } from "../../src/blockstore/geometry.ts";
import type { DiskImage } from "../../src/blockstore/image-disk.ts";
import { imageFingerprint } from "../../src/blockstore/image-source.ts";
import { type Stamp, stamped } from "./drive-model.ts";
import type { FuzzRandom } from "./harness.ts";

const SECTOR = 512;
const CHUNK_BYTES = 2 * BLOCK_BYTES;

/** Lets so many microtasks go by: time that is the same in every run. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** A made-up image: its description, and a base disk of its content that answers late and forgets what it has in memory. */
export interface FakeImage {
  readonly image: DiskImage;
  readonly base: BaseDisk;
  readonly stamps: readonly Stamp[];
  /** The next reads that have to wait fail with these. */
  readonly failures: Error[];
}

/** About a third of the chunks are zeros. Stamps of the image are above all those of writes. */
export async function fakeImage(random: FuzzRandom, sectors: number): Promise<FakeImage> {
  const perChunk = CHUNK_BYTES / SECTOR;
  const zeroChunks = Array.from({ length: Math.ceil(sectors / perChunk) }, () => random.chance(0.35));
  const stamps = Array.from({ length: sectors }, (_, sector) =>
    zeroChunks[Math.floor(sector / perChunk)] ? 0 : 0x40000000 + random.int(1000),
  );
  const bytes = stamped(stamps, 0);
  const chunks = zeroChunks.map((zero, i) => (zero ? null : { sha256: i.toString(16).padStart(64, "0"), bytes: 1 }));
  const disk = { bytes: bytes.byteLength, chunkBytes: CHUNK_BYTES, compression: "gzip" as const, chunks };
  const failures: Error[] = [];
  const inMemory = new Set<number>();
  const chunksOf = (offset: number, length: number) => {
    const end = Math.min(offset + length, bytes.byteLength);
    const first = Math.floor(offset / CHUNK_BYTES);
    return Array.from({ length: Math.max(0, Math.ceil(end / CHUNK_BYTES) - first) }, (_, i) => first + i);
  };
  const fill = (offset: number, target: Uint8Array) => {
    target.fill(0);
    target.set(bytes.subarray(offset, offset + target.byteLength));
  };
  const base: BaseDisk = {
    fingerprint: await imageFingerprint(disk),
    sizeBytes: bytes.byteLength,
    isZero: (offset, length) => chunksOf(offset, length).every((chunk) => zeroChunks[chunk]),
    has: (offset, length) => chunksOf(offset, length).every((chunk) => zeroChunks[chunk] || inMemory.has(chunk)),
    copy(offset, target) {
      if (!base.has(offset, target.byteLength)) return false;
      fill(offset, target);
      return true;
    },
    async read(offset, target) {
      await turns(random.int(8));
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      fill(offset, target);
      if (random.chance(0.3)) inMemory.clear();
      for (const chunk of chunksOf(offset, target.byteLength)) inMemory.add(chunk);
    },
  };
  return {
    image: { url: "https://images.test/x/", manifest: { name: "x", version: "1", disk } },
    base,
    stamps,
    failures,
  };
}
