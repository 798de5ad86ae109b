import { CloudError } from "../../base/errors.ts";
import type { BundleSource } from "../../protocol/volume-contract.ts";
import { listenToProgress, type Progress } from "../disk-export.ts";
import type { VolumeWork } from "../volume-work.ts";

/** A file of a disk. */
export type DiskSource =
  | { readonly kind: "blob"; readonly blob: Blob; readonly name: string }
  | { readonly kind: "url"; readonly url: string }
  /** A disk of an image bundle: 0 is the root's, then those of the manifest's volumes. */
  | { readonly kind: "bundle"; readonly bundle: BundleSource; readonly disk: number };

export interface ImportControl {
  readonly signal?: AbortSignal | undefined;
  /** `disk`: of several that are imported together, which. */
  readonly onProgress: (progress: Progress, disk: number) => void;
  /** What to encrypt the snapshot with. */
  readonly key?: CryptoKey | undefined;
}

/** A file, or an absolute http(s) URL: else `InvalidParameterValue`. */
export function checkSource(source: unknown): DiskSource {
  if (source instanceof Blob)
    return { kind: "blob", blob: source, name: source instanceof File ? source.name : "the file" };
  const url = typeof source === "string" && URL.canParse(source) ? new URL(source) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return { kind: "url", url: url.href };
  const text = "The source of an import is a file or the URL of one, which begins with https:// or http://.";
  throw new CloudError("InvalidParameterValue", text, { source: String(source) });
}

/** A volume that copies and imports pass through on their way to a snapshot. */
export const passingVolume = (snapshotId: string): string => `vol-${snapshotId.slice("snap-".length)}`;

/** Has the volume worker make a snapshot of a file; gives its size. */
export async function importDisk(
  work: VolumeWork,
  snapshotId: string,
  source: DiskSource,
  {
    signal,
    onProgress,
    key,
  }: Omit<ImportControl, "onProgress"> & { readonly onProgress: (progress: Progress) => void },
): Promise<number> {
  const cancelled = () => new CloudError("Image.Cancelled", "The import was cancelled.", { snapshotId });
  if (signal?.aborted) throw cancelled();
  const client = await work.client();
  const { port1, port2 } = new MessageChannel();
  const cancel = () => port1.postMessage({ cancel: true });
  signal?.addEventListener("abort", cancel);
  listenToProgress(port1, onProgress);
  try {
    const address = { database: work.database, volumeId: passingVolume(snapshotId) };
    const request = { ...address, snapshotId, source, ...(key !== undefined && { key }) };
    return (await client.importSnapshot(request, port2)).sizeBytes;
  } finally {
    signal?.removeEventListener("abort", cancel);
    port1.close();
  }
}
