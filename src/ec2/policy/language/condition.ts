import { isJsonObject, type JsonObject, type JsonValue } from "./json-text.ts";
import { malformed, quote } from "./malformed.ts";
import { NEGATIONS, OPERATORS, type ValueTest } from "./operators.ts";

export type SetOperator = "ForAllValues" | "ForAnyValue";

/** One key under one operator. */
export interface ValueCondition {
  readonly key: string;
  readonly set: SetOperator | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  /** One for each value of the policy. */
  readonly tests: readonly ValueTest[];
}

/** `Null`: whether the key may be there. */
export interface NullCondition {
  readonly key: string;
  /** `true`: missing is what is asked for. */
  readonly missing: readonly boolean[];
}

export type Condition = ValueCondition | NullCondition;

interface OperatorName {
  readonly set: SetOperator | undefined;
  readonly base: string;
  readonly ifExists: boolean;
}

/** Reads a statement's `Condition`. Throws `MalformedPolicyDocument`. */
export function readConditions(block: unknown, path: string, variables: boolean): readonly Condition[] {
  if (block === undefined) return [];
  return entries(block, path).flatMap(([operator, keys]) => {
    const name = readOperator(operator, path);
    const operatorPath = `${path}.${operator}`;
    return entries(keys, operatorPath).map(([key, given]) => {
      const keyPath = `${operatorPath}[${quote(key)}]`;
      if (!/^[^:]+:./.test(key)) {
        const iamSays = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        throw malformed(keyPath, `the key ${quote(key)} has no prefix such as "aws:"`, iamSays);
      }
      const values = readValues(given, keyPath);
      return name.base === "Null" ? nullCondition(key, values, keyPath) : test(name, key, values, keyPath, variables);
    });
  });
}

function entries(value: unknown, path: string): readonly (readonly [string, JsonValue])[] {
  if (!isJsonObject(value)) throw malformed(path, `an object is expected, not ${quote(value)}`);
  return Object.entries(value as JsonObject);
}

function test(name: OperatorName, key: string, values: readonly string[], path: string, variables: boolean): Condition {
  const { set, ifExists, base } = name;
  const positive = NEGATIONS.get(base);
  const compile = OPERATORS.get(positive ?? base);
  if (compile === undefined) throw unknownOperator(base, path);
  const tests = values.map((value) => compile(value, { path, variables }));
  return { key, set, ifExists, negated: positive !== undefined, tests };
}

function nullCondition(key: string, values: readonly string[], path: string): NullCondition {
  const missing = values.map((value) => {
    const word = value.toLowerCase();
    if (word !== "true" && word !== "false") throw malformed(path, `Null takes "true" or "false", not ${quote(value)}`);
    return word === "true";
  });
  return { key, missing };
}

/** `ForAnyValue:StringLikeIfExists`: a set operator before, `IfExists` behind; `Null` has no `IfExists`. */
function readOperator(operator: string, path: string): OperatorName {
  const [, set, rest = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/s.exec(operator) ?? [];
  const ifExists = rest.endsWith("IfExists");
  const base = ifExists ? rest.slice(0, -"IfExists".length) : rest;
  const known = OPERATORS.has(base) || NEGATIONS.has(base) || (base === "Null" && !ifExists);
  if (!known) throw unknownOperator(operator, path);
  return { set: set as SetOperator | undefined, base, ifExists };
}

const unknownOperator = (operator: string, path: string) =>
  malformed(path, `there is no condition operator ${quote(operator)}`);

/** One or many; numbers and booleans stand for their text. */
function readValues(given: JsonValue, path: string): readonly string[] {
  const values = Array.isArray(given) ? (given as readonly JsonValue[]) : [given as JsonValue];
  return values.map((value) => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
    throw malformed(path, `a string is expected, not ${quote(value)}`);
  });
}
