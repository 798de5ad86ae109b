import type { RequestContext } from "../evaluation/request-context.ts";
import { malformed, quote } from "./malformed.ts";
import { literally, type Pattern, withWildcards } from "./wildcard.ts";

interface Variable {
  readonly key: string;
  readonly fallback: Pattern | undefined;
}

/** A string of a policy, read once: pieces of pattern and the policy variables between them. */
export type Template = readonly (Pattern | Variable)[];

export interface TemplateSyntax {
  /** `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** `${…}` is a policy variable: in policies of version 2012-10-17 only (P20). */
  readonly variables: boolean;
}

/** `${*}`, `${?}` and `${$}` are these characters themselves (P22). */
const ESCAPES = ["*", "?", "$"];

/** Throws `MalformedPolicyDocument` for a `${` that is no variable. */
export function compileTemplate(text: string, { wildcards, variables }: TemplateSyntax, path: string): Template {
  const plain = wildcards ? withWildcards : literally;
  if (!variables) return [plain(text)];
  const template: (Pattern | Variable)[] = [];
  let at = 0;
  for (let start = text.indexOf("${"); start >= 0; start = text.indexOf("${", at)) {
    template.push(plain(text.slice(at, start)));
    const { part, end } = readVariable(text, start, path);
    template.push(part);
    at = end;
  }
  template.push(plain(text.slice(at)));
  return template;
}

/** The pattern for a request; `undefined` where a variable has no value, which is then like nothing (P23). */
export function resolveTemplate(template: Template, context: RequestContext): Pattern | undefined {
  const [first] = template;
  if (template.length === 1 && first !== undefined && !isVariable(first)) return first;
  const resolved: number[] = [];
  for (const part of template) {
    const piece = isVariable(part) ? variableValue(part, context) : part;
    if (piece === undefined) return undefined;
    resolved.push(...piece);
  }
  return resolved;
}

const isVariable = (part: Pattern | Variable): part is Variable => "key" in part;

/** Wildcards in a value are not wildcards: who may choose their own user name must not choose what they may do (P21). */
function variableValue({ key, fallback }: Variable, context: RequestContext): Pattern | undefined {
  const value = context.variable(key);
  return value === undefined ? fallback : literally(value);
}

/** `${key}` or `${key, 'default'}`, from `start` on. */
function readVariable(text: string, start: number, path: string): { part: Pattern | Variable; end: number } {
  const wrong = (problem: string) => malformed(path, `${problem} in ${quote(text)}`);
  const close = text.indexOf("}", start);
  if (close < 0) throw wrong('a policy variable without "}"');
  const comma = text.indexOf(",", start);
  const hasFallback = comma >= 0 && comma < close;
  const key = text.slice(start + 2, hasFallback ? comma : close).trim();
  if (key === "") throw wrong("a policy variable without a name");
  if (!hasFallback) {
    return { part: ESCAPES.includes(key) ? literally(key) : { key, fallback: undefined }, end: close + 1 };
  }
  const open = text.indexOf("'", comma);
  const quoted = open >= 0 && text.slice(comma + 1, open).trim() === "" ? text.indexOf("'}", open + 1) : -1;
  if (quoted < 0) throw wrong("a policy variable whose default value is not in single quotes");
  return { part: { key, fallback: literally(text.slice(open + 1, quoted)) }, end: quoted + 2 };
}
