import { hasCode } from "../../src/base/errors.ts";
import { type ExportFormat, exportImage, IMAGE_BLOCK_BYTES } from "../../src/blockstore/formats/index.ts";
import {
  databaseUsage,
  deleteSnapshot,
  type OpenVolumeOptions,
  openSnapshot,
  openVolume,
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

/** Blocks that are looked at at once: 1 MiB. */
const LOOK_BLOCKS = 16;

/** Writes a disk into a port stream as a file of the format; stops when its reader has gone. Progress is of the disk. */
export async function exportDisk(
  { database, disk, imageUrl, key, format }: ExportRequest,
  ports: { readonly data: MessagePort; readonly progress: MessagePort },
): Promise<void> {
  const writer = new PortWriter(ports.data);
  try {
    const address = { database, ...(imageUrl !== null && { imageUrl }), ...(key !== undefined && { key }) };
    const { volume, letGo } = await (disk.kind === "volume"
      ? openAsItIs({ ...address, volumeId: disk.id })
      : openSnapshot({ ...address, snapshotId: disk.id }).then(untouched));
    try {
      const content = {
        sizeBytes: volume.sizeBytes,
        // A qcow2 file says before its data which blocks it has; elsewhere zeros are as good as nothing.
        blocks: format === "qcow2" ? blocksWithData(volume, writer) : allBlocks(volume),
        read: (offset: number, length: number) => volume.read(offset, length),
      };
      const onProgress = (progress: object) => ports.progress.postMessage(progress);
      for await (const chunk of exportImage(format, content, { onProgress })) {
        if (writer.cancelled) return;
        // A copy of its own: chunks of zeros are shared, and what is written is moved away.
        await writer.write(chunk.slice());
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

function* allBlocks({ sizeBytes }: Volume): Generator<number> {
  for (let block = 0; block * IMAGE_BLOCK_BYTES < sizeBytes; block++) yield block;
}

/** Reads the whole disk: what nobody ever wrote is known without a look into the store. */
async function* blocksWithData(volume: Volume, writer: PortWriter): AsyncGenerator<number> {
  const step = LOOK_BLOCKS * IMAGE_BLOCK_BYTES;
  for (let offset = 0; offset < volume.sizeBytes && !writer.cancelled; offset += step) {
    const bytes = await volume.read(offset, Math.min(step, volume.sizeBytes - offset));
    for (let at = 0; at < bytes.byteLength; at += IMAGE_BLOCK_BYTES) {
      if (hasData(bytes.subarray(at, at + IMAGE_BLOCK_BYTES))) yield (offset + at) / IMAGE_BLOCK_BYTES;
    }
  }
}

/** Disks are whole sectors, so that words of eight bytes fit. */
function hasData(bytes: Uint8Array<ArrayBuffer>): boolean {
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8).some((word) => word !== 0n);
}
