import { type AppliedPolicy, type Decision, evaluate } from "../../src/ec2/policy/evaluation/evaluate.ts";
import { type ContextValue, RequestContext } from "../../src/ec2/policy/evaluation/request-context.ts";
import { parsePolicyDocument } from "../../src/ec2/policy/language/policy-document.ts";

export type Context = Readonly<Record<string, ContextValue>>;

/** A policy of version 2012-10-17. */
export const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A policy variable. */
export const variable = (name: string): string => `$${"{"}${name}}`;

export const allow = (action: string | string[], resource: string | string[] = "*", condition?: object) =>
  statement("Allow", action, resource, condition);

export const deny = (action: string | string[], resource: string | string[] = "*", condition?: object) =>
  statement("Deny", action, resource, condition);

function statement(effect: string, action: string | string[], resource: string | string[], condition?: object): object {
  return {
    Effect: effect,
    Action: action,
    Resource: resource,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

export const applied = (text: string, policy = "policy"): AppliedPolicy => ({
  policy,
  kind: "inline",
  attachedTo: "user/alice",
  document: parsePolicyDocument(text),
});

export const INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0";

export function decide(
  policies: string | readonly string[],
  action: string,
  resource: string = INSTANCE,
  context: Context = {},
): Decision {
  const documents = typeof policies === "string" ? [policies] : policies;
  const question = { action, resource, context: new RequestContext(Object.entries(context)) };
  return evaluate(
    documents.map((text, i) => applied(text, `policy ${i}`)),
    question,
  );
}

export const isAllowed = (...question: Parameters<typeof decide>): boolean => decide(...question).allowed;

/** Says whether a condition holds. */
export const holds = (condition: object, context: Context): boolean =>
  isAllowed(policyOf(allow("*", "*", condition)), "ec2:StopInstances", INSTANCE, context);
