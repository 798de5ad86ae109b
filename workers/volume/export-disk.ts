import { hasCode } from "../../src/base/errors.ts";
import {
  EXPORT_CHUNK_BYTES,
  type ExportFormat,
  exportImage,
  IMAGE_BLOCK_BYTES,
} from "../../src/blockstore/formats/index.ts";
import {
  databaseUsage,
  deleteSnapshot,
  type OpenVolumeOptions,
  openSnapshot,
  openVolume,
  PASSING_LIMITS,
  snapshotVolume,
  type Volume,
} from "../../src/blockstore/index.ts";
import { PortWriter } from "../../src/protocol/port-stream.ts";

export interface ExportRequest {
  readonly database: string;
  readonly disk: { readonly kind: "volume" | "snapshot"; readonly id: string };
  /** Where the image is now that the disk stands on; null: where it was. */
  readonly imageUrl: string | null;
  readonly key?: CryptoKey | undefined;
  readonly format: ExportFormat;
}

/** What an export reads is a snapshot that nobody else knows of. */
const EXPORT_PREFIX = "export-";
const underWay = new Set<string>();

/** What is looked at at once: a page of a layer's map. */
const LOOK_BYTES = 1024 * IMAGE_BLOCK_BYTES;

/** Writes a disk into a port stream as a file of the format; stops when its reader has gone. Progress is of the disk. */
export async function exportDisk(
  { database, disk, imageUrl, key, format }: ExportRequest,
  ports: { readonly data: MessagePort; readonly progress: MessagePort },
): Promise<void> {
  const writer = new PortWriter(ports.data, { lends: EXPORT_CHUNK_BYTES });
  try {
    const address = {
      database,
      limits: PASSING_LIMITS,
      ...(imageUrl !== null && { imageUrl }),
      ...(key !== undefined && { key }),
    };
    const { volume, letGo } = await (disk.kind === "volume"
      ? openAsItIs({ ...address, volumeId: disk.id })
      : openSnapshot({ ...address, snapshotId: disk.id }).then(untouched));
    try {
      const content = {
        sizeBytes: volume.sizeBytes,
        // A qcow2 file says before its data which blocks it has.
        blocks: blocksWithData(volume, writer),
        read: volume.read.bind(volume),
      };
      const buffer = (bytes: number) => writer.buffer(bytes);
      const onProgress = (progress: object) => ports.progress.postMessage(progress);
      for await (const chunk of exportImage(format, content, { onProgress, buffer })) {
        if (writer.cancelled) return;
        await writer.write(chunk);
      }
    } finally {
      await volume.close();
      await letGo();
    }
    writer.end();
  } catch (thrown) {
    writer.fail(thrown);
    throw thrown;
  } finally {
    ports.progress.close();
  }
}

interface OpenDisk {
  readonly volume: Volume;
  /** To be called once the volume is closed. */
  letGo(): Promise<void>;
}

const untouched = (volume: Volume): OpenDisk => ({ volume, letGo: async () => {} });

/** Opens a volume as it is now, through a snapshot: its instance may start meanwhile. */
async function openAsItIs(address: Omit<OpenVolumeOptions, "readOnly">): Promise<OpenDisk> {
  const { database, volumeId, ...where } = address;
  const snapshotId = `${EXPORT_PREFIX}${crypto.randomUUID()}`;
  underWay.add(snapshotId);
  const letGo = async () => {
    await deleteSnapshot({ database, snapshotId });
    underWay.delete(snapshotId);
  };
  try {
    await snapshotVolume({ database, volumeId, snapshotId });
  } catch (error) {
    underWay.delete(snapshotId);
    // To save what is on a full disk it must be possible to read it.
    if (hasCode(error, "Store.QuotaExceeded")) return untouched(await openVolume({ ...address, readOnly: true }));
    throw error;
  }
  try {
    return { volume: await openSnapshot({ database, snapshotId, ...where }), letGo };
  } catch (error) {
    await letGo();
    throw error;
  }
}

/** Deletes the snapshots of exports that ended with their page. */
export async function forgetOldExports(database: string): Promise<void> {
  const { snapshots } = await databaseUsage({ database });
  for (const { snapshotId } of snapshots) {
    if (snapshotId.startsWith(EXPORT_PREFIX) && !underWay.has(snapshotId))
      await deleteSnapshot({ database, snapshotId });
  }
}

/**
 * The blocks that may have data, as the layers and the image say it: none is read for it. A block that is stored has other
 * bytes than zeros (B10); one of the image's may have only zeros, in a chunk that has others.
 */
async function* blocksWithData(volume: Volume, writer: PortWriter): AsyncGenerator<number> {
  const { sizeBytes } = volume;
  for (let offset = 0; offset < sizeBytes && !writer.cancelled; offset += LOOK_BYTES) {
    const end = Math.min(offset + LOOK_BYTES, sizeBytes);
    // Most of a large disk is empty, and known to be so as a whole.
    if (await volume.isZero(offset, end - offset)) continue;
    for (let at = offset; at < end; at += IMAGE_BLOCK_BYTES) {
      if (!(await volume.isZero(at, Math.min(IMAGE_BLOCK_BYTES, end - at)))) yield at / IMAGE_BLOCK_BYTES;
    }
  }
}
