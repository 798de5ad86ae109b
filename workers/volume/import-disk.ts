import { hasCode } from "../../src/base/errors.ts";
import { bundleDisk, openBundle } from "../../src/blockstore/bundle/index.ts";
import {
  blobSource,
  type ImageBlock,
  type ImageImport,
  type ImportFormat,
  type ImportOptions,
  openImport,
  openUrlSource,
} from "../../src/blockstore/formats/index.ts";
import { createVolume, deleteVolume, openVolume, snapshotVolume, type Volume } from "../../src/blockstore/index.ts";
import type { BundleSource } from "../../src/protocol/volume-contract.ts";
import { readBundle } from "./bundle-files.ts";

export interface ImportRequest {
  readonly database: string;
  /** A volume that the import passes through; gone afterwards, whatever comes of it. */
  readonly volumeId: string;
  readonly snapshotId: string;
  /** What to encrypt it with. */
  readonly key?: CryptoKey | undefined;
  readonly source:
    | { readonly kind: "blob"; readonly blob: Blob; readonly name: string }
    | { readonly kind: "url"; readonly url: string }
    /** `disk`: 0 is the root's, then those of the manifest's volumes. */
    | { readonly kind: "bundle"; readonly bundle: BundleSource; readonly disk: number };
}

export interface ImportedDisk {
  readonly sizeBytes: number;
  readonly format: ImportFormat | "bundle";
  readonly isIso9660: boolean;
}

/** Where the size is not known before the end, the volume grows by what has come: 16 MiB at a time. */
const BATCH_BLOCKS = 256;
const SECTOR_BYTES = 512;

/** Makes a snapshot of an image file. `control` tells progress, and takes `{ cancel: true }`. */
export async function importSnapshot(request: ImportRequest, control: MessagePort): Promise<ImportedDisk> {
  const { database, volumeId, snapshotId, source, key } = request;
  const abort = new AbortController();
  control.onmessage = (event: MessageEvent<{ cancel?: true }>) => {
    if (event.data.cancel) abort.abort();
  };
  const { signal } = abort;
  const address = { database, volumeId };
  try {
    const image = await openSource(source, {
      signal,
      onProgress: ({ doneBytes, totalBytes = null }) => control.postMessage({ doneBytes, totalBytes }),
    });
    try {
      const { virtualSizeBytes = SECTOR_BYTES } = image;
      await createVolume({ ...address, key, sizeBytes: virtualSizeBytes, image: null });
      const sizeBytes = await fill(await openVolume({ ...address, key }), image);
      await snapshotVolume({ ...address, snapshotId });
      return { sizeBytes, format: image.format, isIso9660: image.isIso9660 };
    } finally {
      await image.close();
    }
  } finally {
    control.close();
    await deleteVolume(address).catch((error: unknown) => {
      if (!hasCode(error, "InvalidVolume.NotFound")) throw error;
    });
  }
}

async function openSource(source: ImportRequest["source"], options: ImportOptions & { readonly signal: AbortSignal }) {
  if (source.kind === "bundle") {
    const { disk, volumes = [] } = await readBundle(source.bundle, options.signal);
    const chosen = [disk, ...volumes.map((volume) => volume.disk)][source.disk];
    if (chosen === undefined) throw new RangeError(`the bundle has no disk ${source.disk}`);
    return { format: "bundle" as const, ...bundleDisk(openBundle(source.bundle), chosen, options) };
  }
  const file = source.kind === "blob" ? blobSource(source.blob, source.name) : await openUrlSource(source.url, options);
  return await openImport(file, options);
}

/** Writes an image into an empty volume and closes it; gives the disk's size. */
async function fill(volume: Volume, image: Omit<ImageImport, "format">): Promise<number> {
  try {
    if (image.virtualSizeBytes === undefined) await fillGrowing(volume, image);
    else for await (const { offset, data } of image.blocks) await volume.write(offset, data);
    const { virtualSizeBytes = volume.sizeBytes } = image;
    if (volume.sizeBytes < virtualSizeBytes) await volume.resize(virtualSizeBytes);
    await volume.close();
    return virtualSizeBytes;
  } catch (thrown) {
    await volume.abandon();
    throw thrown;
  }
}

async function fillGrowing(volume: Volume, image: Pick<ImageImport, "blocks">): Promise<void> {
  let batch: ImageBlock[] = [];
  const write = async () => {
    const last = batch.at(-1);
    const end = last === undefined ? 0 : last.offset + last.data.byteLength;
    if (end > volume.sizeBytes) await volume.resize(end);
    for (const { offset, data } of batch) await volume.write(offset, data);
    batch = [];
  };
  for await (const { offset, data } of image.blocks) {
    // What a block holds is the next one's when that comes.
    batch.push({ offset, data: data.slice() });
    if (batch.length >= BATCH_BLOCKS) await write();
  }
  await write();
}
