import { CloudError } from "../../../base/errors.ts";

/** What IAM says of most mistakes in a policy, and no more than that; we add where and what. */
export const SYNTAX_ERROR = "Syntax errors in policy.";

/**
 * `MalformedPolicyDocument`: IAM's sentence, then the place in the document and what is wrong there.
 * Details: `path` (such as `Statement[0].Action`), `problem`, and what else is known (`line` and `column` of bad JSON).
 */
export function malformed(
  path: string,
  problem: string,
  iamSays: string = SYNTAX_ERROR,
  details: Readonly<Record<string, unknown>> = {},
): CloudError {
  return new CloudError("MalformedPolicyDocument", `${iamSays} ${path}: ${problem}`, { path, problem, ...details });
}

const MAX_QUOTED = 100;

/** A value of the document as it can stand in a message. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED)}…`;
}
