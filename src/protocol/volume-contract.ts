import * as v from "valibot";
import type { Contract } from "./contract.ts";
import { imageRefSchema } from "./vm-contract.ts";

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const database = { database: v.string() };
const volume = { ...database, volumeId: v.string() };
const snapshot = { ...database, snapshotId: v.string() };
const nothing = v.void();
const port = v.instance(MessagePort);

/** What a disk can be exported as. */
export const EXPORT_FORMATS = ["raw", "raw.zst", "qcow2"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What long work tells on its way. */
export const progressSchema = v.object({ doneBytes: v.number(), totalBytes: v.nullable(v.number()) });

/** Work whose time does not grow with what a volume holds: a few records. */
const SHORT_MS = 30_000;
/** Deleting goes over keys, which takes IndexedDB time for each. */
const LONG_MS = 120_000;

export const volumeChainSchema = v.object({
  /** The writable head first. */
  layers: v.array(
    v.object({ layerId: v.string(), frozen: v.boolean(), storedBytes: bytes, snapshotIds: v.array(v.string()) }),
  ),
  image: v.nullable(v.object({ name: v.string(), version: v.string() })),
});
export type VolumeChainReply = v.InferOutput<typeof volumeChainSchema>;

/** What the page and the volume worker say to each other: work on volumes that needs no machine. Nobody else may have them open. */
export const volumeContract = {
  /**
   * Makes a volume: over a snapshot, or over `image`, or blank. Rejects with `InvalidParameterValue` when smaller than what
   * it is made from, `InvalidSnapshot.NotFound`, `Volume.AlreadyExists`.
   */
  createVolume: {
    args: v.tuple([
      v.object({
        ...volume,
        sizeBytes: v.number(),
        image: v.nullable(imageRefSchema),
        snapshotId: v.optional(v.string()),
      }),
    ]),
    result: nothing,
    deadlineMs: SHORT_MS,
  },
  /** Deletes a volume; what its snapshots stand on stays. Unknown: `InvalidVolume.NotFound`. */
  deleteVolume: { args: v.tuple([v.object(volume)]), result: nothing, deadlineMs: LONG_MS },
  /** Grows a volume; smaller: `InvalidParameterValue`. */
  resizeVolume: {
    args: v.tuple([v.object({ ...volume, sizeBytes: v.number() })]),
    result: nothing,
    deadlineMs: SHORT_MS,
  },
  /** Takes a snapshot. `Snapshot.AlreadyExists` when the id is taken. */
  snapshotVolume: {
    args: v.tuple([v.object({ ...volume, snapshotId: v.string() })]),
    result: nothing,
    deadlineMs: SHORT_MS,
  },
  /** Makes a volume's content that of a snapshot. */
  rollbackVolume: {
    args: v.tuple([v.object({ ...volume, snapshotId: v.string() })]),
    result: nothing,
    deadlineMs: LONG_MS,
  },
  /** Unknown: `InvalidSnapshot.NotFound`. Space comes back with `collectGarbage`. */
  deleteSnapshot: { args: v.tuple([v.object(snapshot)]), result: nothing, deadlineMs: SHORT_MS },
  /** Bytes that a volume's own layers hold in IndexedDB. */
  volumeUsage: {
    args: v.tuple([v.object(volume)]),
    result: v.object({ sizeBytes: bytes, storedBytes: bytes }),
    deadlineMs: SHORT_MS,
  },
  /** `storedBytes`: of all layers that it is made of; `ownBytes`: of those that nothing else stands on. */
  snapshotUsage: {
    args: v.tuple([v.object(snapshot)]),
    result: v.object({ sizeBytes: bytes, storedBytes: bytes, ownBytes: bytes }),
    deadlineMs: SHORT_MS,
  },
  /** The layers that a volume is made of. */
  volumeChain: { args: v.tuple([v.object(volume)]), result: volumeChainSchema, deadlineMs: SHORT_MS },
  /** Where the space of a whole database is. */
  databaseUsage: {
    args: v.tuple([v.object(database)]),
    result: v.object({
      storedBytes: bytes,
      volumes: v.array(v.object({ volumeId: v.string(), sizeBytes: bytes, storedBytes: bytes })),
      snapshots: v.array(v.object({ snapshotId: v.string(), sizeBytes: bytes, storedBytes: bytes })),
      garbageBytes: bytes,
    }),
    deadlineMs: LONG_MS,
  },
  /** Bytes of the downloaded parts of images, of all clouds of this origin. */
  imageCacheUsage: { args: v.tuple([]), result: v.object({ storedBytes: bytes }), deadlineMs: LONG_MS },
  /** Drops them all: what is needed is downloaded again. */
  evictImageCache: { args: v.tuple([]), result: nothing, deadlineMs: LONG_MS },
  /** Deletes and merges layers that nothing needs by themselves. Goes on in small steps; may be killed at any time. */
  collectGarbage: {
    args: v.tuple([v.object(database)]),
    result: v.object({ layersDeleted: bytes, layersMerged: bytes, blocksMoved: bytes, bytesFreed: bytes }),
    deadlineMs: undefined,
  },
  /**
   * Streams a volume or a snapshot into a port stream as a file of the format; `progress` hears `{ doneBytes, totalBytes }`
   * of the disk. A reader that cancels ends it.
   */
  exportDisk: {
    args: v.tuple([
      v.object({
        ...database,
        disk: v.object({ kind: v.picklist(["volume", "snapshot"]), id: v.string() }),
        /** Where the image is now that the disk stands on; null: where it was. */
        imageUrl: v.nullable(v.string()),
        format: v.picklist(EXPORT_FORMATS),
      }),
      v.object({ data: port, progress: port }),
    ]),
    result: nothing,
    deadlineMs: undefined,
  },
  /**
   * Makes a snapshot of an image file: raw, packed with gzip or zstd or not, or qcow2. `volumeId`: a volume that it passes
   * through, which is gone afterwards. The port hears `{ doneBytes, totalBytes }` and takes `{ cancel: true }`. Rejects
   * with `Image.Malformed`, `Image.Truncated`, `Image.Unsupported`, `Image.SourceUnavailable`, `Image.Cancelled`, ….
   */
  importSnapshot: {
    args: v.tuple([
      v.object({
        ...volume,
        snapshotId: v.string(),
        source: v.variant("kind", [
          v.object({ kind: v.literal("blob"), blob: v.instance(Blob), name: v.string() }),
          v.object({ kind: v.literal("url"), url: v.string() }),
        ]),
      }),
      port,
    ]),
    result: v.object({
      sizeBytes: bytes,
      format: v.picklist(["raw", "raw.gz", "raw.zst", "qcow2"]),
      isIso9660: v.boolean(),
    }),
    deadlineMs: undefined,
  },
  /** Brings an image's kernel and every chunk of its disk into the cache. Tries all; rejects with the first failure. */
  keepImage: { args: v.tuple([imageRefSchema]), result: nothing, deadlineMs: undefined },
} satisfies Contract;

export type VolumeContract = typeof volumeContract;
