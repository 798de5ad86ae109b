import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { DEFAULT_SCOPE, EVERYBODY, ownedEntries, ownedIn, type View } from "../scope.ts";
import { nameOf, tagsSchema } from "../tags.ts";
import { SNAPSHOT_STATES, type SnapshotInfo } from "./snapshot-info.ts";

/** A snapshot as the registry keeps it. The frozen layer is the block store's, under the same id. */
export const snapshotRecord = defineRecordKind({
  kind: "snapshot",
  version: 3,
  schema: v.object({
    ...ownedEntries,
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
    /** Who else may make volumes of it: accounts, or "all" (F50). */
    createVolumePermissions: v.array(v.string()),
    /** It is on its way out, and nobody shall see it any more. */
    deleting: v.boolean(),
  }),
  migrations: {
    2: (old) => ({ ...(old as object), keyId: null }),
    3: (old) => ({ ...(old as object), ...ownedIn(DEFAULT_SCOPE), createVolumePermissions: [] }),
  },
});
export type SnapshotRecord = v.InferOutput<typeof snapshotRecord.schema>;

/** A record as the public API shows it. */
export function describeSnapshot(
  id: string,
  record: SnapshotRecord,
  view: View,
  { imageIds, progress }: { readonly imageIds: readonly string[]; readonly progress: number },
): SnapshotInfo {
  const { ownerId, region, volumeId, sizeBytes, description, state, stateReason, startedAt } = record;
  // Of another account's, what its owner has written down about it is not shown (F34).
  const shared = !view.sees(record);
  const tags = shared ? {} : record.tags;
  return {
    id,
    ownerId,
    region,
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
    imageIds: shared ? [] : imageIds,
    encrypted: record.keyId !== null,
    shared,
    createVolumePermissions: record.createVolumePermissions.filter(
      (whom) => !shared || whom === EVERYBODY || whom === view.makesIn.accountId,
    ),
  };
}
