import * as v from "valibot";
import type { Contract } from "./contract.ts";
import { cryptoKeySchema } from "./crypto-key.ts";
import { imageManifestSchema } from "./image-manifest.ts";
import { imageRefSchema } from "./vm-contract.ts";

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const database = { database: v.string() };
const volume = { ...database, volumeId: v.string() };
const snapshot = { ...database, snapshotId: v.string() };
const nothing = v.void();
const port = v.instance(MessagePort);
/** AES-GCM, of what is encrypted. Without it, or with another one: `Volume.KeyUnavailable`. */
const key = { key: v.optional(cryptoKeySchema) };

/** What a disk can be exported as. */
export const EXPORT_FORMATS = ["raw", "raw.zst", "qcow2"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The File System API has no such class where tests of the control plane run. */
const directory = v.custom<FileSystemDirectoryHandle>(
  (value) => (value as Partial<FileSystemDirectoryHandle> | null)?.kind === "directory",
  "expected a FileSystemDirectoryHandle",
);
const blob = v.instance(Blob);

/** Where an image bundle is: a tar file, the files of a folder by their paths in it, a folder here, or one on a server. */
export const bundleSourceSchema = v.variant("kind", [
  v.object({ kind: v.literal("archive"), blob }),
  v.object({ kind: v.literal("files"), files: v.array(v.object({ path: v.string(), blob })) }),
  v.object({ kind: v.literal("directory"), directory }),
  /** Absolute, ends in a slash. */
  v.object({ kind: v.literal("url"), url: v.string() }),
]);
export type BundleSource = v.InferOutput<typeof bundleSourceSchema>;

/** What a BIOS finds on a disk: a boot sector, a CD's boot record, or a CD that it cannot boot from. */
export const BOOT_LOADERS = ["boot-sector", "el-torito", "iso9660"] as const;
export type BootLoader = (typeof BOOT_LOADERS)[number];

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
   * Makes a volume: over a snapshot, whose encryption it has, or over `image`, or blank. Rejects with
   * `InvalidParameterValue` when smaller than what it is made from, `InvalidSnapshot.NotFound`, `Volume.AlreadyExists`.
   */
  createVolume: {
    args: v.tuple([
      v.object({
        ...volume,
        sizeBytes: v.number(),
        image: v.nullable(imageRefSchema),
        snapshotId: v.optional(v.string()),
        ...key,
      }),
    ]),
    result: nothing,
    deadlineMs: SHORT_MS,
  },
  /** Makes an encrypted volume with the content of a snapshot that is not: a copy. Killed, it leaves no volume. */
  encryptSnapshot: {
    args: v.tuple([v.object({ ...volume, snapshotId: v.string(), sizeBytes: v.number(), key: cryptoKeySchema })]),
    result: nothing,
    deadlineMs: undefined,
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
  /** Looks for what a BIOS would boot from. `imageUrl` as in `exportDisk`. */
  findBootLoader: {
    args: v.tuple([v.object({ ...snapshot, imageUrl: v.nullable(v.string()), ...key })]),
    result: v.nullable(v.picklist(BOOT_LOADERS)),
    deadlineMs: LONG_MS,
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
    /** `files`: SHA-256 of the kept files of images that are still needed. */
    args: v.tuple([v.object({ ...database, files: v.array(v.string()) })]),
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
        ...key,
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
        ...key,
        source: v.variant("kind", [
          v.object({ kind: v.literal("blob"), blob: v.instance(Blob), name: v.string() }),
          v.object({ kind: v.literal("url"), url: v.string() }),
          /** A disk of an image bundle: 0 is the root's, then those of the manifest's volumes. */
          v.object({ kind: v.literal("bundle"), bundle: bundleSourceSchema, disk: bytes }),
        ]),
      }),
      port,
    ]),
    result: v.object({
      sizeBytes: bytes,
      format: v.picklist(["raw", "raw.gz", "raw.zst", "qcow2", "bundle"]),
      isIso9660: v.boolean(),
    }),
    deadlineMs: undefined,
  },
  /**
   * Writes an image as a bundle, into a folder or as a tar file into the port stream `data`. `image` is what the bundle's
   * manifest will be, but for the chunks of those disks that are snapshots. `progress` hears `{ doneBytes, totalBytes }`
   * of the disks and takes `{ cancel: true }`.
   */
  exportBundle: {
    args: v.tuple([
      v.object({
        ...database,
        image: imageRefSchema,
        /** The root's, then those of the manifest's volumes. `imageUrl` as in `exportDisk`. */
        disks: v.array(v.object({ snapshotId: v.nullable(v.string()), imageUrl: v.nullable(v.string()), ...key })),
        directory: v.optional(directory),
      }),
      v.object({ data: v.nullable(port), progress: port }),
    ]),
    result: nothing,
    deadlineMs: undefined,
  },
  /** The manifest of a bundle. Rejects with `Image.BundleMalformed`, `Image.ManifestMalformed`, `Image.SourceUnavailable`. */
  readBundle: { args: v.tuple([bundleSourceSchema]), result: imageManifestSchema, deadlineMs: undefined },
  /** Keeps a bundle's kernel and firmware in the database, for images that no server has. */
  keepBundleFiles: {
    args: v.tuple([v.object({ ...database, source: bundleSourceSchema })]),
    result: nothing,
    deadlineMs: undefined,
  },
  /**
   * Brings an image's kernel and every chunk of its disks into the cache. Tries all; rejects with the first failure.
   * `database`: where files of imported images are kept.
   */
  keepImage: {
    args: v.tuple([v.object({ ...database, image: imageRefSchema })]),
    result: nothing,
    deadlineMs: undefined,
  },
} satisfies Contract;

export type VolumeContract = typeof volumeContract;
