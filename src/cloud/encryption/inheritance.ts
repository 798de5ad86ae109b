import { CloudError } from "../../base/errors.ts";

/** Where the key of a new volume or snapshot comes from: from what it is made of, from nowhere yet, or it has none. */
export type KeySource = { readonly kind: "inherited"; readonly keyId: string } | { readonly kind: "new" | "none" };

/**
 * EC2's rules (F48): what is made from something encrypted is encrypted with the same key; else it is when that is asked
 * for, or the cloud encrypts by default. `false` cannot take encryption away: of something encrypted it is refused.
 */
export function keySource(
  asked: boolean | undefined,
  source: { readonly id: string; readonly keyId: string | null } | undefined,
  byDefault: boolean,
  code = "InvalidParameterCombination",
): KeySource {
  if (asked !== undefined && typeof asked !== "boolean") {
    const text = `Value (${String(asked)}) for parameter encrypted is invalid. It is true or false.`;
    throw new CloudError("InvalidParameterValue", text, { encrypted: asked });
  }
  if (source !== undefined && source.keyId !== null) {
    if (asked !== false) return { kind: "inherited", keyId: source.keyId };
    const text = `'${source.id}' is encrypted: what is made from it is too. Leave out encrypted, or set it to true.`;
    throw new CloudError(code, text, { id: source.id, encrypted: asked });
  }
  return { kind: asked === true || byDefault ? "new" : "none" };
}
