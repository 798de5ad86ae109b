import type { CloudError } from "../../base/errors.ts";

/** What is wrong, by the field that it is about. */
export type FieldErrors<Field extends string> = { readonly [F in Field]?: string };

/** Gives the field that a refusal is about; undefined where it is about the whole. */
export type FieldOf<Field extends string> = (refusal: Pick<CloudError, "code" | "details">) => Field | undefined;

/**
 * Finds the field of a refusal by what it says: by the parameter that it names, its code, or the names in its details. Each
 * field says which of them are about it; its own name is, too.
 */
export function bySigns<Field extends string>(signs: Readonly<Record<Field, readonly string[]>>): FieldOf<Field> {
  const fields = Object.entries<readonly string[]>(signs) as [Field, readonly string[]][];
  return ({ code, details }) => {
    const said = [String(details.parameter), code, ...Object.keys(details)];
    for (const word of said) {
      const found = fields.find(([field, more]) => field === word || more.includes(word));
      if (found !== undefined) return found[0];
    }
    return undefined;
  };
}

/** What stands at the field. */
export const refusalText = ({ code, message }: Pick<CloudError, "code" | "message">): string => `${message} (${code})`;
