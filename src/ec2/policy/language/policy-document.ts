import * as v from "valibot";
import { isJsonObject, type JsonObject, readJson } from "./json-text.ts";
import { malformed, quote } from "./malformed.ts";
import { checkElements, checkShape } from "./shape.ts";
import { readStatement, type Statement } from "./statement.ts";

/** The language's version, not the policy's: without one it is the older (P4). */
export type PolicyVersion = "2012-10-17" | "2008-10-17";

/** An identity-based policy, checked and with its patterns compiled. */
export interface PolicyDocument {
  readonly version: PolicyVersion;
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
}

/** The longest document that IAM's API takes (`policyDocumentType`). The quotas for policies are much lower. */
export const MAX_DOCUMENT_LENGTH = 131_072;

const ELEMENTS = ["Version", "Id", "Statement"];

const documentSchema = v.object({
  Version: v.optional(
    v.picklist(["2012-10-17", "2008-10-17"], 'the versions are "2012-10-17" and "2008-10-17"'),
    "2008-10-17",
  ),
  Id: v.optional(v.string()),
  Statement: v.union(
    [v.custom<JsonObject>(isJsonObject), v.pipe(v.array(v.unknown()), v.minLength(1))],
    "a statement, or a list of at least one, is expected",
  ),
});

/** Reads an identity-based policy. Throws `MalformedPolicyDocument`, which says where and what (P1–P9). */
export function parsePolicyDocument(text: string): PolicyDocument {
  checkCharacters(text);
  const json = readJson(text);
  if (!isJsonObject(json)) throw malformed("document", `an object is expected, not ${quote(json)}`);
  checkElements(json, ELEMENTS, "document");
  const { Version: version, Id: id, Statement } = checkShape(documentSchema, json, "document");
  const given = Array.isArray(Statement) ? Statement : [Statement];
  const statements = given.map((statement, i) => readStatement(statement, `Statement[${i}]`, version === "2012-10-17"));
  checkSids(statements);
  return { version, id, statements };
}

/** How long a policy is by IAM's quotas, which do not count white space. */
export const policySize = (text: string): number => text.replace(/\s/g, "").length;

/** IAM User Guide, "IAM name requirements": tab, line feed, carriage return, and U+0020 to U+00FF. */
function checkCharacters(text: string): void {
  if (text.length > MAX_DOCUMENT_LENGTH) {
    const problem = `${text.length} characters; a policy has at most ${MAX_DOCUMENT_LENGTH}`;
    throw malformed("document", problem, undefined, { length: text.length, limit: MAX_DOCUMENT_LENGTH });
  }
  const bad = text.search(/[^\t\n\r\u0020-\u00ff]/);
  if (bad < 0) return;
  const code = `U+${(text.codePointAt(bad) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  throw malformed(`character ${bad + 1}`, `${code} cannot stand in a policy; characters up to U+00FF can`);
}

function checkSids(statements: readonly Statement[]): void {
  const seen = new Map<string, number>();
  for (const [i, { sid }] of statements.entries()) {
    if (sid === undefined || sid === "") continue;
    const before = seen.get(sid);
    if (before !== undefined) {
      const problem = `${quote(sid)} is that of Statement[${before}] too`;
      throw malformed(`Statement[${i}].Sid`, problem, "Statement IDs (SID) in a single policy must be unique.");
    }
    seen.set(sid, i);
  }
}
