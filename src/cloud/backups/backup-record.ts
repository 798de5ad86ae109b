import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { DEFAULT_SCOPE, ownedEntries, ownedIn } from "../scope.ts";

export const backupPolicyRecord = defineRecordKind({
  kind: "backup-policy",
  version: 2,
  schema: v.object({
    ...ownedEntries,
    target: v.object({ kind: v.picklist(["volume", "instance"]), id: v.string() }),
    everyHours: v.number(),
    keep: v.number(),
    freeze: v.boolean(),
    createdAt: v.number(),
    lastAt: v.nullable(v.number()),
    nextAt: v.number(),
    lastError: v.nullable(v.object({ code: v.string(), message: v.string() })),
  }),
  migrations: { 2: (old) => ({ ...(old as object), ...ownedIn(DEFAULT_SCOPE) }) },
});
export type BackupPolicyRecord = v.InferOutput<typeof backupPolicyRecord.schema>;
