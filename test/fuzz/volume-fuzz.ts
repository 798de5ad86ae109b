import type { BaseDisk } from "../../src/blockstore/base-disk.ts";
import { BLOCK_BYTES, PAGE_BLOCKS, SECTOR_BYTES } from "../../src/blockstore/geometry.ts";
import type { DiskImage } from "../../src/blockstore/image-disk.ts";
import { imageFingerprint } from "../../src/blockstore/image-source.ts";
import { type Stamp, stamped } from "./drive-model.ts";
import type { FuzzRandom } from "./harness.ts";

export const SECTORS_PER_BLOCK = BLOCK_BYTES / SECTOR_BYTES;
const CHUNK_BYTES = 2 * BLOCK_BYTES;
const ZONE_BLOCKS = 4;
const ZONE_SECTORS = ZONE_BLOCKS * SECTORS_PER_BLOCK;

/** Lets so many microtasks go by: time that is the same in every run. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/**
 * A model of few sectors on a disk of many: zones of four blocks, each across the border of two map pages.
 * What lies between the zones is never written.
 */
export const zones = {
  /** Where a sector of the model is on the disk. */
  toDisk(sector: number): number {
    const zone = Math.floor(sector / ZONE_SECTORS);
    const start = ((zone + 1) * PAGE_BLOCKS - ZONE_BLOCKS / 2) * SECTORS_PER_BLOCK;
    return start + (sector % ZONE_SECTORS);
  },
  /** How many of the sectors from this one on lie in one piece. */
  roomAt: (sector: number): number => ZONE_SECTORS - (sector % ZONE_SECTORS),
  /** The disk ends with the model's last sector. */
  diskSectors: (sectors: number): number => zones.toDisk(sectors - 1) + 1,
  /** Runs of model sectors that lie in one piece each. */
  runs(sectors: number): { first: number; count: number }[] {
    return Array.from({ length: Math.ceil(sectors / ZONE_SECTORS) }, (_, zone) => {
      const first = zone * ZONE_SECTORS;
      return { first, count: Math.min(ZONE_SECTORS, sectors - first) };
    });
  },
};

/** A made-up image: its description, and a base disk of its content that answers late and forgets what it has in memory. */
export interface FakeImage {
  readonly image: DiskImage;
  readonly base: BaseDisk;
  readonly stamps: readonly Stamp[];
  /** The next reads that have to wait fail with these. */
  readonly failures: Error[];
}

/** An image under the first `sectors` of the model. About a third of its chunks are zeros; its stamps are above those of writes. */
export async function fakeImage(random: FuzzRandom, sectors: number): Promise<FakeImage> {
  const sizeBytes = zones.diskSectors(sectors) * SECTOR_BYTES;
  const dataChunks = new Set<number>();
  const content = new Map<number, Uint8Array>();
  const perChunk = CHUNK_BYTES / SECTOR_BYTES;
  for (let sector = 0; sector < sectors; sector += perChunk) {
    if (random.chance(0.65)) dataChunks.add(Math.floor(zones.toDisk(sector) / perChunk));
  }
  const stamps = Array.from({ length: sectors }, (_, sector) => {
    const at = zones.toDisk(sector);
    const stamp = dataChunks.has(Math.floor(at / perChunk)) ? 0x40000000 + random.int(1000) : 0;
    content.set(at, stamped([stamp], at));
    return stamp;
  });
  const chunks = Array.from({ length: Math.ceil(sizeBytes / CHUNK_BYTES) }, (_, i) =>
    dataChunks.has(i) ? { sha256: i.toString(16).padStart(64, "0"), bytes: 1 } : null,
  );
  const disk = { bytes: sizeBytes, chunkBytes: CHUNK_BYTES, compression: "gzip" as const, chunks };
  const failures: Error[] = [];
  const inMemory = new Set<number>();
  const chunksOf = (offset: number, length: number) => {
    const first = Math.floor(offset / CHUNK_BYTES);
    const below = Math.ceil(Math.min(offset + length, sizeBytes) / CHUNK_BYTES);
    return Array.from({ length: Math.max(0, below - first) }, (_, i) => first + i);
  };
  const fill = (offset: number, target: Uint8Array) => {
    for (let at = 0; at < target.byteLength; at += SECTOR_BYTES) {
      const sector = content.get((offset + at) / SECTOR_BYTES);
      if (sector === undefined) target.fill(0, at, at + SECTOR_BYTES);
      else target.set(sector, at);
    }
  };
  const base: BaseDisk = {
    fingerprint: await imageFingerprint(disk),
    sizeBytes,
    isZero: (offset, length) => chunksOf(offset, length).every((chunk) => !dataChunks.has(chunk)),
    has: (offset, length) => chunksOf(offset, length).every((chunk) => !dataChunks.has(chunk) || inMemory.has(chunk)),
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
