import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";
import { QUOTA_REQUEST_STATES } from "./quota-info.ts";
import { QUOTA_CODES } from "./quota-table.ts";

const code = v.picklist(QUOTA_CODES);
const value = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A quota that was raised. Its id: account, region and code. */
export const quotaRecord = defineRecordKind({
  kind: "quota",
  version: 1,
  schema: v.object({ ...ownedEntries, code, value }),
});
export type QuotaRecord = v.InferOutput<typeof quotaRecord.schema>;

export const quotaRequestRecord = defineRecordKind({
  kind: "quota-request",
  version: 1,
  schema: v.object({
    ...ownedEntries,
    code,
    requestedBy: v.string(),
    desired: value,
    reason: v.string(),
    createdAt: v.number(),
    state: v.picklist(QUOTA_REQUEST_STATES),
    granted: v.nullable(value),
    decidedBy: v.nullable(v.string()),
    decidedAt: v.nullable(v.number()),
    comment: v.string(),
  }),
});
export type QuotaRequestRecord = v.InferOutput<typeof quotaRequestRecord.schema>;
