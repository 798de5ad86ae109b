/** "data (vol-…)" or the id alone. */
export function labelOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === "" ? id : `${name} (${id})`;
}
