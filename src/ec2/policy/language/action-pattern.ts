import { malformed, quote } from "./malformed.ts";
import { literally, matchesPattern, type Pattern, withWildcards } from "./wildcard.ts";

const NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

/** Reads `ec2:Describe*` or `*`. Throws `MalformedPolicyDocument` in IAM's words. */
export function actionPattern(text: string, path: string): Pattern {
  const [vendor = "", ...names] = text.split(":");
  if (text !== "*" && names.length === 0)
    throw malformed(path, `${quote(text)} has no prefix such as "ec2:"`, NO_VENDOR);
  if (names.length > 1) throw malformed(path, quote(text), "Actions/Condition can contain only one colon.");
  if (vendor !== "*" && !/^[A-Za-z0-9.-]+$/.test(vendor))
    throw malformed(path, quote(text), `Vendor ${vendor} is not valid`);
  if (names[0] === "") throw malformed(path, `${quote(text)} names no action`);
  return withWildcards(text.toLowerCase());
}

/** Names of actions are not case-sensitive (P11). */
export const matchesAction = (pattern: Pattern, action: string): boolean =>
  matchesPattern(pattern, literally(action.toLowerCase()));
