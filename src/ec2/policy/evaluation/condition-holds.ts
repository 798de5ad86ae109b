import type { Condition } from "../language/condition.ts";
import type { RequestContext } from "./request-context.ts";

/** Says whether a condition holds for a request (P30–P36). */
export function conditionHolds(condition: Condition, context: RequestContext): boolean {
  const values = context.values(condition.key);
  if ("missing" in condition) return condition.missing.includes(values.length === 0);
  const { set, ifExists, negated, tests } = condition;
  /** One value of the policy is enough; of a negated operator's values none may be it. */
  const passes = (value: string) => tests.some((test) => test(value, context)) !== negated;
  if (values.length === 0) return ifExists || set === "ForAllValues" || (set === undefined && negated);
  if (set !== undefined && values.every((value) => value === "")) return set === "ForAllValues";
  const every = set === undefined ? negated : set === "ForAllValues";
  return every ? values.every(passes) : values.some(passes);
}
