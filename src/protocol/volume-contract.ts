import * as v from "valibot";
import type { Contract } from "./contract.ts";
import { imageRefSchema } from "./vm-contract.ts";

/** What the page and the volume worker say to each other: work on volumes that needs no machine. */
export const volumeContract = {
  /** Makes a volume; a layer over `image`, or blank. Rejects with `InvalidParameterValue` when smaller than the image. */
  createVolume: {
    args: v.tuple([
      v.object({
        database: v.string(),
        volumeId: v.string(),
        sizeBytes: v.number(),
        image: v.nullable(imageRefSchema),
      }),
    ]),
    result: v.void(),
    deadlineMs: 30_000,
  },
  /** Deletes a volume and gives its space back. Unknown: `InvalidVolume.NotFound`. */
  deleteVolume: {
    args: v.tuple([v.object({ database: v.string(), volumeId: v.string() })]),
    result: v.void(),
    deadlineMs: 60_000,
  },
  /** Bytes that a volume's own layers hold in IndexedDB. */
  volumeUsage: {
    args: v.tuple([v.object({ database: v.string(), volumeId: v.string() })]),
    result: v.object({ sizeBytes: v.number(), storedBytes: v.number() }),
    deadlineMs: 30_000,
  },
  /** Streams a volume's content from first byte to last (raw) into a port stream. */
  exportVolume: {
    args: v.tuple([
      v.object({ database: v.string(), volumeId: v.string(), image: v.nullable(imageRefSchema) }),
      v.instance(MessagePort),
    ]),
    result: v.void(),
    deadlineMs: undefined,
  },
  /** Brings an image's kernel and every chunk of its disk into the cache. Tries all; rejects with the first failure. */
  keepImage: { args: v.tuple([imageRefSchema]), result: v.void(), deadlineMs: undefined },
} satisfies Contract;

export type VolumeContract = typeof volumeContract;
