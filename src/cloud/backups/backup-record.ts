import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";

export const backupPolicyRecord = defineRecordKind({
  kind: "backup-policy",
  version: 1,
  schema: v.object({
    target: v.object({ kind: v.picklist(["volume", "instance"]), id: v.string() }),
    everyHours: v.number(),
    keep: v.number(),
    freeze: v.boolean(),
    createdAt: v.number(),
    lastAt: v.nullable(v.number()),
    nextAt: v.number(),
    lastError: v.nullable(v.object({ code: v.string(), message: v.string() })),
  }),
});
export type BackupPolicyRecord = v.InferOutput<typeof backupPolicyRecord.schema>;
