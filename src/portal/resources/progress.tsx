import ProgressBar from "@cloudscape-design/components/progress-bar";
import { formatBytes, formatProgress } from "../format/bytes.ts";

export interface BytesDone {
  readonly doneBytes: number;
  /** Null where nobody knows. */
  readonly totalBytes: number | null;
}

/** How far something long is. */
export function Progress({ label, progress: { doneBytes, totalBytes } }: { label: string; progress: BytesDone }) {
  const share = totalBytes === null || totalBytes === 0 ? 0 : (doneBytes / totalBytes) * 100;
  return (
    <ProgressBar
      label={label}
      value={Math.min(100, share)}
      additionalInfo={totalBytes === null ? formatBytes(doneBytes) : formatProgress(doneBytes, totalBytes)}
    />
  );
}
