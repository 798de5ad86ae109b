/** "data (vol-…)" or the id alone. */
export function labelOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === "" ? id : `${name} (${id})`;
}

/** One by its label, several by their number. */
export function labelOfAll(resources: readonly Parameters<typeof labelOf>[0][]): string {
  const [first] = resources;
  return first !== undefined && resources.length === 1 ? labelOf(first) : `all ${resources.length}`;
}
