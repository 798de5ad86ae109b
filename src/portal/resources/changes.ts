import type { ApiCall } from "../command/script.ts";

/** One thing that is to be done, and the call that does it. */
export interface Change {
  readonly call: ApiCall;
  readonly act: () => Promise<unknown>;
}

/** One after the other; what rejects ends it. */
export async function doAll(changes: readonly Change[]): Promise<void> {
  for (const { act } of changes) await act();
}

type Flat = Readonly<Record<string, string>>;

interface Differences<Row> {
  readonly gone: readonly Row[];
  readonly changed: readonly { readonly row: Row; readonly at: number }[];
  readonly added: readonly { readonly row: Row; readonly at: number }[];
}

/**
 * What makes `before` of what there is `after`, by keys of which there is one each. A key that comes a second time is added,
 * too: whoever is asked refuses it.
 */
export function differencesOf<Row extends { readonly [K in keyof Row]: string }>(
  before: readonly Row[],
  after: readonly Row[],
  keyOf: (row: Row) => string,
): Differences<Row> {
  const left = new Map(before.map((row) => [keyOf(row), row]));
  const changed: { row: Row; at: number }[] = [];
  const added: { row: Row; at: number }[] = [];
  after.forEach((row, at) => {
    const known = left.get(keyOf(row));
    left.delete(keyOf(row));
    if (known === undefined) added.push({ row, at });
    else if (!isSame(known, row)) changed.push({ row, at });
  });
  return { gone: [...left.values()], changed, added };
}

const isSame = (one: Flat, other: Flat): boolean => Object.entries(one).every(([name, text]) => other[name] === text);
