import * as v from "valibot";
import type { JsonObject } from "./json-text.ts";
import { malformed, quote } from "./malformed.ts";

/** Refuses elements that the language does not have: ignored, they would not do what their author thinks (P3). */
export function checkElements(object: JsonObject, known: readonly string[], path: string): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue;
    if (name === "Principal" || name === "NotPrincipal") {
      const problem = `${name} is for policies of resources; whom this policy is for follows from whom it is attached to`;
      throw malformed(path, problem, "Policy document should not specify a principal.");
    }
    throw malformed(path, `there is no element ${quote(name)}; there are ${known.join(", ")}`);
  }
}

/** Throws for the first thing that is not as the schema says. */
export function checkShape<T>(schema: v.GenericSchema<unknown, T>, value: unknown, path: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const inner = v.getDotPath(issue);
  throw malformed(inner === null ? path : `${path}.${inner}`, issue.message);
}
