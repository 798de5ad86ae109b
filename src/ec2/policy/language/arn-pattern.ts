import { ANY_RUN, literally, matchesPattern, type Pattern } from "./wildcard.ts";

/** `arn:partition:service:region:account:resource`; the last field may contain colons (IAM User Guide, "IAM ARNs"). */
const FIELDS = 6;
const COLON = ":".codePointAt(0) as number;

/** Pattern or text by field. */
export type ArnFields = readonly Pattern[];

/** Splits at the first five colons. */
function splitArn(arn: Pattern): ArnFields {
  const fields: Pattern[] = [];
  let start = 0;
  while (fields.length < FIELDS - 1) {
    const colon = arn.indexOf(COLON, start);
    if (colon < 0) break;
    fields.push(arn.slice(start, colon));
    start = colon + 1;
  }
  fields.push(arn.slice(start));
  return fields;
}

/** `undefined` for what has not the form of an ARN, such as `*`. */
export function readArn(text: string): ArnFields | undefined {
  const fields = splitArn(literally(text));
  return text.startsWith("arn:") && fields.length === FIELDS ? fields : undefined;
}

/** An ARN pattern ready to match; `whole` is there for `*`, and for what is held against something that is no ARN. */
export interface ArnPattern {
  readonly whole: Pattern;
  readonly fields: ArnFields;
}

export const arnPattern = (pattern: Pattern): ArnPattern => ({ whole: pattern, fields: splitArn(pattern) });

const isAnything = (pattern: Pattern) => pattern.length > 0 && pattern.every((token) => token === ANY_RUN);

/**
 * Field by field: a wildcard never reaches over a colon, but in the last field, which may have colons of its own (P12).
 * Fields that the pattern does not have can be anything: `arn:aws:ec2` is `arn:aws:ec2:*:*:*` (P13).
 */
export function matchesArn({ whole, fields }: ArnPattern, text: string): boolean {
  if (isAnything(whole)) return true;
  const arn = readArn(text);
  if (arn === undefined) return matchesPattern(whole, literally(text));
  return fields.every((field, i) => matchesPattern(field, arn[i] ?? []));
}
