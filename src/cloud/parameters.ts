import { CloudError } from "../base/errors.ts";

/** The names of all parameters of a request; the compiler sees to it that none is left out. */
export type Parameters<T> = Readonly<Record<keyof Required<T>, true>>;

/**
 * Throws `UnknownParameter` for a parameter that an action does not have: passed over, a misspelt one would have the
 * action do something else than was asked for. `MissingParameter` when there is no request at all.
 */
export function checkParameters<T extends object>(request: T, known: Parameters<T>): void {
  if (typeof request !== "object" || request === null) {
    throw new CloudError("MissingParameter", "The request must be an object with the action's parameters.");
  }
  const unknown = Object.keys(request).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const text = `The parameter ${unknown} is not recognized. There are: ${Object.keys(known).join(", ")}.`;
  throw new CloudError("UnknownParameter", text, { parameter: unknown });
}
