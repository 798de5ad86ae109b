import type { Snapshot } from "../../api/snapshot-types.ts";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";

/** What deleting a snapshot that is completed would give back, once it is known. */
export function OwnBytes({ snapshot: { id } }: { snapshot: Snapshot }) {
  const { cloud } = usePortal();
  // Its neighbours share with it, so their coming and going changes it.
  const { length } = cloud.snapshots.list();
  const { value, error } = useLoaded(() => cloud.snapshots.usage(id), [], [id, length]);
  if (error !== null) return "unknown";
  return value === null ? "…" : formatBytes(value.ownBytes);
}
