import type { RequestContext } from "../evaluation/request-context.ts";
import { arnPattern, matchesArn } from "./arn-pattern.ts";
import { readDateTime } from "./date-time.ts";
import { isInRange, readIpRange } from "./ip-range.ts";
import { malformed, quote } from "./malformed.ts";
import { compileTemplate, resolveTemplate } from "./template.ts";
import { asText, literally, matchesPattern, type Pattern } from "./wildcard.ts";

/** Says whether a value of the request is what one value of the policy asks for. */
export type ValueTest = (value: string, context: RequestContext) => boolean;

/** Where a value stands, and what its policy's version lets it be. */
export interface ValueSite {
  readonly path: string;
  readonly variables: boolean;
}

/** Reads a policy's value. Throws `MalformedPolicyDocument` for one that nothing could ever match. */
type Operator = (text: string, site: ValueSite) => ValueTest;

/** Variables are there for strings and ARNs only (IAM User Guide, "Where you can use policy variables"). */
function templated(wildcards: boolean, test: (pattern: Pattern, value: string) => boolean): Operator {
  return (text, { path, variables }) => {
    const template = compileTemplate(text, { wildcards, variables }, path);
    return (value, context) => {
      const pattern = resolveTemplate(template, context);
      return pattern !== undefined && test(pattern, value);
    };
  };
}

const like = templated(true, (pattern, value) => matchesPattern(pattern, literally(value)));
const equal = templated(false, (pattern, value) => asText(pattern) === value);
const equalIgnoringCase = templated(false, (pattern, value) => asText(pattern).toLowerCase() === value.toLowerCase());

/** IAM makes no difference between ArnEquals and ArnLike. */
const arnLike: Operator = (text, site) => {
  const canBeArn = text.startsWith("arn:") || /^[*?]/.test(text) || (site.variables && text.startsWith("${"));
  if (!canBeArn) throw malformed(site.path, `${quote(text)} is no ARN; one begins with "arn:"`);
  return templated(true, (pattern, value) => matchesArn(arnPattern(pattern), value))(text, site);
};

const NUMBER = /^[+-]?\d{1,30}(?:\.\d{1,30})?$/;
const readNumber = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined);

/** Compares what both sides can be read as; a value of the request that cannot be read matches nothing. */
function compared<T>(
  read: (text: string) => T | undefined,
  kind: string,
  test: (value: T, wanted: T) => boolean,
): Operator {
  return (text, { path }) => {
    const wanted = read(text);
    if (wanted === undefined) throw malformed(path, `${quote(text)} is no ${kind}`);
    return (valueText) => {
      const value = read(valueText);
      return value !== undefined && test(value, wanted);
    };
  };
}

type Comparison = (value: number, wanted: number) => boolean;
const numeric = (test: Comparison) => compared(readNumber, "number", test);
const date = (test: Comparison) => compared(readDateTime, "date as in ISO 8601, nor seconds since 1970", test);

const readBoolean = (text: string): boolean | undefined => {
  const word = text.toLowerCase();
  return word === "true" || word === "false" ? word === "true" : undefined;
};
const BASE_64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const readBinary = (text: string): string | undefined => (BASE_64.test(text) ? text : undefined);

const ipAddress: Operator = (text, { path }) => {
  const range = readIpRange(text);
  if (range === undefined) throw malformed(path, `${quote(text)} is no IP address and no CIDR block`);
  return (value) => isInRange(value, range);
};

const COMPARISONS: readonly (readonly [name: string, test: Comparison])[] = [
  ["Equals", (value, wanted) => value === wanted],
  ["LessThan", (value, wanted) => value < wanted],
  ["LessThanEquals", (value, wanted) => value <= wanted],
  ["GreaterThan", (value, wanted) => value > wanted],
  ["GreaterThanEquals", (value, wanted) => value >= wanted],
];

/** IAM User Guide, "IAM JSON policy elements: Condition operators". Null is not here: it tests the key, not its values. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["StringEquals", equal],
  ["StringEqualsIgnoreCase", equalIgnoringCase],
  ["StringLike", like],
  ...COMPARISONS.map(([name, test]) => [`Numeric${name}`, numeric(test)] as const),
  ...COMPARISONS.map(([name, test]) => [`Date${name}`, date(test)] as const),
  ["Bool", compared(readBoolean, 'boolean ("true" or "false")', (value, wanted) => value === wanted)],
  ["BinaryEquals", compared(readBinary, "base64", (value, wanted) => value === wanted)],
  ["IpAddress", ipAddress],
  ["ArnEquals", arnLike],
  ["ArnLike", arnLike],
]);

/** Negated operators, and what they negate. */
export const NEGATIONS: ReadonlyMap<string, string> = new Map([
  ["StringNotEquals", "StringEquals"],
  ["StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"],
  ["StringNotLike", "StringLike"],
  ["NumericNotEquals", "NumericEquals"],
  ["DateNotEquals", "DateEquals"],
  ["NotIpAddress", "IpAddress"],
  ["ArnNotEquals", "ArnEquals"],
  ["ArnNotLike", "ArnLike"],
]);
