import * as v from "valibot";
import { actionPattern } from "./action-pattern.ts";
import { type Condition, readConditions } from "./condition.ts";
import { isJsonObject, type JsonObject } from "./json-text.ts";
import { malformed, quote } from "./malformed.ts";
import { type ResourcePattern, resourcePattern } from "./resource-pattern.ts";
import { checkElements, checkShape } from "./shape.ts";
import type { Pattern } from "./wildcard.ts";

/** What a statement is about: what one of the patterns describes, or where `negated` everything but that. */
export interface Scope<P> {
  readonly negated: boolean;
  readonly patterns: readonly P[];
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  /** `Action`, or `NotAction`. */
  readonly actions: Scope<Pattern>;
  /** `Resource`, or `NotResource`. */
  readonly resources: Scope<ResourcePattern>;
  /** All must hold. */
  readonly conditions: readonly Condition[];
}

const ELEMENTS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

const oneOrMany = v.union([v.string(), v.array(v.string())], "a string or a list of strings is expected");

const statementSchema = v.object({
  Sid: v.optional(v.string()),
  Effect: v.picklist(["Allow", "Deny"], '"Allow" or "Deny" is expected'),
  Action: v.optional(oneOrMany),
  NotAction: v.optional(oneOrMany),
  Resource: v.optional(oneOrMany),
  NotResource: v.optional(oneOrMany),
  Condition: v.optional(v.custom<JsonObject>(isJsonObject, "an object is expected")),
});

/** Reads one statement. `variables`: the policy's version has them. Throws `MalformedPolicyDocument`. */
export function readStatement(given: unknown, path: string, variables: boolean): Statement {
  if (!isJsonObject(given)) throw malformed(path, `an object is expected, not ${quote(given)}`);
  checkElements(given, ELEMENTS, path);
  const { Sid: sid, Effect: effect, Condition, ...rest } = checkShape(statementSchema, given, path);
  if (sid !== undefined && !/^[0-9A-Za-z]*$/.test(sid)) {
    throw malformed(`${path}.Sid`, quote(sid), "Statement IDs (SID) must be alpha-numeric.");
  }
  const actions = readScope(["Action", rest.Action], ["NotAction", rest.NotAction], path, "actions", actionPattern);
  const resources = readScope(
    ["Resource", rest.Resource],
    ["NotResource", rest.NotResource],
    path,
    "resources",
    (text, at) => resourcePattern(text, variables, at),
  );
  return { sid, effect, actions, resources, conditions: readConditions(Condition, `${path}.Condition`, variables) };
}

type Element = readonly [name: string, value: string | string[] | undefined];

/** Exactly one of the two elements, with at least one pattern. */
function readScope<P>(
  positive: Element,
  negative: Element,
  path: string,
  what: string,
  compile: (text: string, path: string) => P,
): Scope<P> {
  const negated = negative[1] !== undefined;
  if (negated && positive[1] !== undefined)
    throw malformed(path, `${positive[0]} and ${negative[0]} exclude each other`);
  const [name, value] = negated ? negative : positive;
  const texts = typeof value === "string" ? [value] : (value ?? []);
  if (texts.length === 0) {
    const problem = `${positive[0]} or ${negative[0]} is missing or empty`;
    throw malformed(path, problem, `Policy statement must contain ${what}.`);
  }
  const pathOf = (i: number) => `${path}.${name}${typeof value === "string" ? "" : `[${i}]`}`;
  return { negated, patterns: texts.map((text, i) => compile(text, pathOf(i))) };
}
