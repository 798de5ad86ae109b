import { type ExportFormat, exportImage, IMAGE_BLOCK_BYTES } from "../../src/blockstore/formats/index.ts";
import { openSnapshot, openVolume, type Volume } from "../../src/blockstore/index.ts";
import { PortWriter } from "../../src/protocol/port-stream.ts";

export interface ExportRequest {
  readonly database: string;
  readonly disk: { readonly kind: "volume" | "snapshot"; readonly id: string };
  /** Where the image is now that the disk stands on; null: where it was. */
  readonly imageUrl: string | null;
  readonly format: ExportFormat;
}

/** Blocks that are looked at at once: 1 MiB. */
const LOOK_BLOCKS = 16;

/** Writes a disk into a port stream as a file of the format; stops when its reader has gone. Progress is of the disk. */
export async function exportDisk(
  { database, disk, imageUrl, format }: ExportRequest,
  ports: { readonly data: MessagePort; readonly progress: MessagePort },
): Promise<void> {
  const writer = new PortWriter(ports.data);
  try {
    const address = { database, ...(imageUrl === null ? {} : { imageUrl }) };
    const volume =
      disk.kind === "volume"
        ? await openVolume({ ...address, volumeId: disk.id, readOnly: true })
        : await openSnapshot({ ...address, snapshotId: disk.id });
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
    }
    writer.end();
  } catch (thrown) {
    writer.fail(thrown);
    throw thrown;
  } finally {
    ports.progress.close();
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
