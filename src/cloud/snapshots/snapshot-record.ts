import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { nameOf, tagsSchema } from "../tags.ts";
import { SNAPSHOT_STATES, type SnapshotInfo } from "./snapshot-info.ts";

/** A snapshot as the registry keeps it. The frozen layer is the block store's, under the same id. */
export const snapshotRecord = defineRecordKind({
  kind: "snapshot",
  version: 2,
  schema: v.object({
    volumeId: v.string(),
    sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    /** The image below its lowest layer. */
    imageId: v.nullable(v.string()),
    /** The data key that it is encrypted with: its volume's. Null where it is not. */
    keyId: v.nullable(v.string()),
    description: v.string(),
    tags: tagsSchema,
    state: v.picklist(SNAPSHOT_STATES),
    stateReason: v.nullable(v.object({ code: v.string(), message: v.string() })),
    startedAt: v.number(),
    /** It is on its way out, and nobody shall see it any more. */
    deleting: v.boolean(),
  }),
  migrations: { 2: (old) => ({ ...(old as object), keyId: null }) },
});
export type SnapshotRecord = v.InferOutput<typeof snapshotRecord.schema>;

/** A record as the public API shows it. */
export function describeSnapshot(
  id: string,
  record: SnapshotRecord,
  imageIds: readonly string[],
  progress: number,
): SnapshotInfo {
  const { volumeId, sizeBytes, description, tags, state, stateReason, startedAt } = record;
  return {
    id,
    name: nameOf(tags),
    tags,
    description,
    volumeId,
    sizeBytes,
    state,
    stateReason,
    // Freezing a layer takes one transaction, whatever it holds: only imports have something between begun and done.
    progress: state === "completed" ? 100 : progress,
    startTime: new Date(startedAt),
    imageIds,
    encrypted: record.keyId !== null,
  };
}
