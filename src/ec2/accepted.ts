import { CloudError } from "../base/errors.ts";
import { shorten } from "./wire/parameters.ts";

/**
 * The parameters that an action acts upon, in the form of its input. A parameter of EC2's that is not among them is
 * refused: passed over, it would have the action do something else than was asked for.
 */
export type Accepted<T> = { readonly [K in keyof T]?: Accept<NonNullable<T[K]>> };

type Accept<V> = true | Check<V> | (V extends readonly (infer Item)[] ? Accepted<Item> : Accepted<V>);

/** Throws when the value is not one that the parameter may have: types do not say ranges and enumerations. */
export type Check<V> = (value: V, path: string) => void;

/** Throws `UnsupportedOperation` for a parameter that is not accepted, and what a check throws. */
export function checkAccepted<T extends object>(input: T, accepted: Accepted<T>, path = ""): void {
  for (const [name, value] of Object.entries(input)) {
    const own = path === "" ? name : `${path}.${name}`;
    const accept: unknown = (accepted as Readonly<Record<string, unknown>>)[name];
    if (accept === true) continue;
    if (accept === undefined) {
      throw new CloudError("UnsupportedOperation", `The parameter ${own} is not supported.`, { parameter: own });
    }
    if (typeof accept === "function") accept(value, own);
    else
      for (const part of Array.isArray(value) ? value : [value]) checkAccepted(part, accept as Accepted<object>, own);
  }
}

/** A whole number within these bounds. */
export function integer(least: number, most: number): Check<number> {
  return (value, path) => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    const text = `Value ( ${value} ) for parameter ${path} is invalid. Expecting a whole number from ${least} to ${most}.`;
    throw new CloudError("InvalidParameterValue", text, { parameter: path, value, least, most });
  };
}

/** One of these texts; the SDK's schemas do not have its enumerations. */
export function oneOf(...choices: readonly string[]): Check<string> {
  return (value, path) => {
    if (choices.includes(value)) return;
    const text = `Value (${shorten(value)}) for parameter ${path} is invalid. Expecting one of: ${choices.join(", ")}.`;
    throw new CloudError("InvalidParameterValue", text, { parameter: path, choices });
  };
}

/** A list of such texts. */
export function eachOneOf(...choices: readonly string[]): Check<readonly string[]> {
  const check = oneOf(...choices);
  return (values, path) => {
    for (const value of values) check(value, path);
  };
}

/** A list of at most so many. */
export function listOf(most: number): Check<readonly unknown[]> {
  return (value, path) => {
    if (value.length <= most) return;
    const text = `The parameter ${path} has ${value.length} items; at most ${most} are allowed.`;
    throw new CloudError("InvalidParameterValue", text, { parameter: path, most });
  };
}

/** The one value that says what is so anyway; any other asks for what is not there: `UnsupportedOperation`. */
export function only(sole: boolean): Check<boolean> {
  return (value, path) => {
    if (value === sole) return;
    const text = `The parameter ${path} can only be ${sole}: anything else is not supported.`;
    throw new CloudError("UnsupportedOperation", text, { parameter: path });
  };
}
