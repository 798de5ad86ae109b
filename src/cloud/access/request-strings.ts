import { CloudError } from "../../base/errors.ts";

/**
 * Throws `MissingParameter` unless all of `required` are there, `UnknownParameter` for what is neither of them nor optional,
 * `ValidationError` for what is no text.
 */
export function checkStrings(request: object, required: readonly string[], optional: readonly string[] = []): void {
  if (typeof request !== "object" || request === null) {
    throw new CloudError("MissingParameter", `The request must be an object with ${required.join(", ")}.`);
  }
  const given = new Map<string, unknown>(Object.entries(request).filter(([, value]) => value !== undefined));
  const missing = required.find((name) => !given.has(name));
  if (missing !== undefined) {
    const text = `The request must contain the parameter ${missing}.`;
    throw new CloudError("MissingParameter", text, { parameter: missing });
  }
  for (const [name, value] of given) {
    if (![...required, ...optional].includes(name)) {
      const known = [...required, ...optional].join(", ");
      const text = `The parameter ${name} is not recognized. There are: ${known}.`;
      throw new CloudError("UnknownParameter", text, { parameter: name });
    }
    if (typeof value !== "string") {
      throw new CloudError("ValidationError", `The parameter ${name} must be a text.`, { parameter: name });
    }
  }
}
