import * as v from "valibot";
import { CloudError } from "../base/errors.ts";
import { readPortBytes } from "../protocol/port-stream.ts";
import { EXPORT_FORMATS, type ExportFormat, progressSchema } from "../protocol/volume-contract.ts";
import type { VolumeWork } from "./volume-work.ts";

export type { ExportFormat } from "../protocol/volume-contract.ts";

export interface Progress {
  readonly doneBytes: number;
  /** Null where nobody knows. */
  readonly totalBytes: number | null;
}

export interface ExportOptions {
  /** "raw" by default. Anything else: `InvalidParameterValue`. */
  readonly format?: ExportFormat;
  /** Bytes of the disk. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * A disk as a file of the format. The stream carries what goes wrong; cancelling it ends the work. Its bytes can be read
 * into buffers of one's own (mode "byob"), which takes no memory but for these.
 */
export async function exportDisk(
  work: VolumeWork,
  disk: { readonly kind: "volume" | "snapshot"; readonly id: string },
  { imageUrl, key }: { readonly imageUrl: string | null; readonly key: CryptoKey | undefined },
  { format = "raw", onProgress }: ExportOptions,
  onEnd: () => void = () => {},
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (!EXPORT_FORMATS.includes(format)) {
    const text = `Value (${format}) for parameter format is invalid. It is one of ${EXPORT_FORMATS.join(", ")}.`;
    throw new CloudError("InvalidParameterValue", text, { format });
  }
  const client = await work.client();
  const [data, progress] = [new MessageChannel(), new MessageChannel()];
  listenToProgress(progress.port1, onProgress);
  const failed = new AbortController();
  // What the worker cannot tell its reader itself, because it has died, comes as the call's error.
  client
    .exportDisk(
      { database: work.database, disk, imageUrl, format, ...(key !== undefined && { key }) },
      { data: data.port2, progress: progress.port2 },
    )
    .catch((error: unknown) => failed.abort(error))
    .finally(() => {
      progress.port1.close();
      onEnd();
    });
  return readPortBytes(data.port1, { signal: failed.signal });
}

/** What is no progress is passed over. */
export function listenToProgress(port: MessagePort, onProgress: ((progress: Progress) => void) | undefined): void {
  port.onmessage = (event: MessageEvent<unknown>) => {
    const parsed = v.safeParse(progressSchema, event.data);
    if (parsed.success) onProgress?.(parsed.output);
  };
}
