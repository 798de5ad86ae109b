export type ContextValue = string | readonly string[];
export type ContextEntry = readonly [key: string, value: ContextValue];

interface Known {
  readonly values: readonly string[];
  readonly isList: boolean;
}

/** What is known of a request, by condition key. Names of keys are not case-sensitive, the part after `/` neither (P31). */
export class RequestContext {
  readonly #known = new Map<string, Known>();

  constructor(entries: Iterable<ContextEntry> = []) {
    for (const [key, value] of entries) this.#add(key.toLowerCase(), value);
  }

  /** This and `entries`. */
  with(entries: Iterable<ContextEntry>): RequestContext {
    const extended = new RequestContext(entries);
    for (const [key, known] of this.#known) if (!extended.#known.has(key)) extended.#known.set(key, known);
    return extended;
  }

  /** The values of a key; none where the key is missing, or is a list without members (P34). */
  values(key: string): readonly string[] {
    return this.#known.get(key.toLowerCase())?.values ?? [];
  }

  /** The value that a policy variable stands for: `undefined` where the key is missing or has several values (P24). */
  variable(key: string): string | undefined {
    const known = this.#known.get(key.toLowerCase());
    return known === undefined || known.isList ? undefined : known.values[0];
  }

  /** Tag keys can differ by case alone, condition keys cannot: such a key has the values of both. */
  #add(key: string, value: ContextValue): void {
    const before = this.#known.get(key);
    const values = typeof value === "string" ? [value] : value;
    const isList = typeof value !== "string" || before !== undefined;
    this.#known.set(key, { values: [...(before?.values ?? []), ...values], isList });
  }
}
