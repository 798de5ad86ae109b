/** The records of a table by something that each of them says: who asks for one thousand times does not look at all each time. */
export class RecordIndex<T> {
  readonly #keyOf: (value: T) => string | undefined;
  readonly #byKey = new Map<string, Map<string, T>>();

  /** Undefined: the record is not looked for. */
  constructor(keyOf: (value: T) => string | undefined) {
    this.#keyOf = keyOf;
  }

  /** In the order in which they came to say it. */
  of(key: string): [id: string, value: T][] {
    return [...(this.#byKey.get(key) ?? [])];
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** The table's record is another one, or is there no more. */
  replace(id: string, before: T | undefined, value: T | undefined): void {
    const was = before === undefined ? undefined : this.#keyOf(before);
    const is = value === undefined ? undefined : this.#keyOf(value);
    if (was !== undefined && was !== is) this.#remove(was, id);
    if (is === undefined || value === undefined) return;
    const known = this.#byKey.get(is);
    if (known === undefined) this.#byKey.set(is, new Map([[id, value]]));
    else known.set(id, value);
  }

  #remove(key: string, id: string): void {
    const known = this.#byKey.get(key);
    known?.delete(id);
    if (known?.size === 0) this.#byKey.delete(key);
  }
}
