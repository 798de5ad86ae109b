import { someContent } from "./content.ts";
import { deflateRaw, type TestCluster, type TestImage } from "./qcow2-builder.ts";

/** What a random image needs of randomness. */
export interface ImageRandom {
  int(below: number): number;
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  bytes(count: number): Uint8Array;
}

/** A small qcow2 image with some of everything. `packZstd` packs the clusters of those that are compressed with zstd. */
export function randomImage(random: ImageRandom, packZstd?: (bytes: Uint8Array) => Promise<Uint8Array>): TestImage {
  const version = random.chance(0.3) ? 2 : 3;
  const extendedL2 = version === 3 && random.chance(0.25);
  const clusterBits = extendedL2 ? random.pick([14, 16, 17]) : random.pick([9, 9, 12, 15, 16, 17]);
  const clusterBytes = 2 ** clusterBits;
  const zstd = version === 3 && packZstd !== undefined && random.chance(0.3);
  const guestClusters = random.between(1, clusterBits < 12 ? 300 : 24);
  const sizeBytes = guestClusters * clusterBytes - (random.chance(0.5) ? random.int(clusterBytes) : 0);
  const clusters = new Map<number, TestCluster>();
  for (let index = 0; index < guestClusters; index++) {
    if (random.chance(0.4)) continue;
    clusters.set(index, randomCluster(random, clusterBytes, version, extendedL2));
  }
  return {
    version,
    clusterBits,
    sizeBytes,
    extendedL2,
    compression: zstd ? "zstd" : "zlib",
    clusters,
    pack: zstd ? packZstd : deflateRaw,
    ...(random.chance(0.5) ? { order: (indexes: number[]) => shuffled(random, indexes) } : {}),
  };
}

function randomCluster(random: ImageRandom, clusterBytes: number, version: 2 | 3, extendedL2: boolean): TestCluster {
  const kind = random.int(4);
  const bytes = someContent(random, clusterBytes);
  if (kind === 0) return { kind: "packed", bytes };
  if (extendedL2 && kind < 3) {
    const allocated = Number(new DataView(random.bytes(4).slice().buffer).getUint32(0));
    const zeros = (Number(new DataView(random.bytes(4).slice().buffer).getUint32(0)) & ~allocated) >>> 0;
    return { kind: "subclusters", bytes, allocated, zeros };
  }
  if (kind === 1 && version === 3 && !extendedL2) return { kind: "zero", preallocated: random.chance(0.5) };
  return { kind: "data", bytes };
}

function shuffled<T>(random: ImageRandom, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
