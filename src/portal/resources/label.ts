interface Named {
  readonly id: string;
  readonly name: string;
}

/** "data (vol-…)" or the id alone. */
export function labelOf({ id, name }: Named): string {
  return name === "" ? id : `${name} (${id})`;
}
