import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ORIGINS } from "./caller.ts";

/** One call, and what came of it. */
export const auditEntrySchema = v.object({
  /** Epoch ms when it came. */
  time: v.number(),
  requestId: v.string(),
  origin: v.picklist(ORIGINS),
  /** ARN; empty where the caller is not known: a wrong key or signature. */
  principal: v.string(),
  /** As it was given; empty for a tab that has not signed in. */
  accessKeyId: v.string(),
  region: v.string(),
  /** Empty within the page. */
  sourceIp: v.string(),
  /** E.g. "ec2:RunInstances"; empty where the request did not get as far. */
  action: v.string(),
  /** It changes nothing, whatever comes of it. */
  readOnly: v.boolean(),
  /** ARNs of what it is about, and ids of what it has made. */
  resources: v.array(v.string()),
  /** Its parameters as JSON, without secrets and user data; cut where they are long. */
  parameters: v.string(),
  /** The error's code; empty when it went well. */
  errorCode: v.string(),
  errorMessage: v.string(),
});
export type AuditEntry = v.InferOutput<typeof auditEntrySchema>;

/** Entries that follow one another, so that a thousand of them are few records. */
export const auditSegment = defineRecordKind({
  kind: "audit",
  version: 1,
  schema: v.object({ entries: v.array(auditEntrySchema) }),
});

/** Which of the log's entries are asked for; all that are given must hold. */
export interface AuditFilter {
  /** Part of the principal's ARN or of the access key id, e.g. "user/alice". */
  readonly user?: string;
  /** Part of the action's name, e.g. "RunInstances" or "ec2:". */
  readonly action?: string;
  /** "ok", "failed", or an error's code. */
  readonly result?: string;
  /** Part of an ARN or id. */
  readonly resource?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** Letters' case does not matter. */
export function matchesAudit(entry: AuditEntry, filter: AuditFilter): boolean {
  const { user, action, result, resource, since, until } = filter;
  const has = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());
  return (
    (user === undefined || has(entry.principal, user) || has(entry.accessKeyId, user)) &&
    (action === undefined || has(entry.action, action)) &&
    (result === undefined || isResult(entry.errorCode, result)) &&
    (resource === undefined || entry.resources.some((one) => has(one, resource))) &&
    (since === undefined || entry.time >= since.getTime()) &&
    (until === undefined || entry.time <= until.getTime())
  );
}

function isResult(errorCode: string, result: string): boolean {
  if (result === "ok") return errorCode === "";
  if (result === "failed") return errorCode !== "";
  return errorCode.toLowerCase() === result.toLowerCase();
}
