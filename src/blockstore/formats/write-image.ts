import type { DiskContent, ExportOptions } from "./disk-content.ts";
import { throwIfCancelled } from "./errors.ts";
import { exportQcow2 } from "./qcow2-writer.ts";
import { exportRaw, exportRawZstd } from "./raw-writer.ts";

export type ExportFormat = "raw" | "raw.zst" | "qcow2";

/** A disk as a file of this format, front to back. See `exportRaw`, `exportRawZstd`, `exportQcow2`. */
export function exportImage(
  format: ExportFormat,
  content: DiskContent,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  if (format === "raw") return exportRaw(content, options);
  if (format === "raw.zst") return exportRawZstd(content, options);
  return exportQcow2(content, options);
}

/**
 * Writes a disk to a stream and closes it; a chunk at a time, and no faster than the stream takes them. If anything
 * fails the stream is aborted, so that nobody takes what there is of the file for all of it. Gives the file's bytes.
 */
export async function writeImage(
  format: ExportFormat,
  content: DiskContent,
  stream: WritableStream<Uint8Array>,
  options: ExportOptions = {},
): Promise<number> {
  const writer = stream.getWriter();
  let bytes = 0;
  try {
    for await (const chunk of exportImage(format, content, options)) {
      await writer.write(chunk);
      bytes += chunk.byteLength;
    }
    throwIfCancelled(options.signal);
    await writer.close();
    return bytes;
  } catch (thrown) {
    // The stream may be what failed: then it has nothing to abort any more.
    await writer.abort(thrown).catch(() => undefined);
    throw thrown;
  } finally {
    writer.releaseLock();
  }
}
