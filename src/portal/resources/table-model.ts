/** What a table shows of its items, one after the other. */
export interface ColumnModel<T> {
  readonly id: string;
  /** What the column says as text: what it is sorted by, and what a filter looks at. */
  readonly text?: (item: T) => string;
  /** What it is sorted by instead, when the order is not the text's. */
  readonly order?: (item: T) => number;
}

/** An item as tables filter it: each of its columns' texts, and its tags, by the filter's name for it. */
export type Row<T> = { readonly id: string; readonly item: T } & Readonly<Record<`${"of" | "tag"}:${string}`, string>>;

/** The filter's names for a column, and for a tag. */
export const columnKey = (column: string) => `of:${column}` as const;
export const tagKey = (key: string) => `tag:${key}` as const;

export function rowOf<T extends { readonly id: string; readonly tags?: Readonly<Record<string, string>> }>(
  item: T,
  columns: readonly ColumnModel<T>[],
): Row<T> {
  const texts = columns.flatMap(({ id, text }) => (text === undefined ? [] : [[columnKey(id), text(item)]]));
  const tags = Object.entries(item.tags ?? {}).map(([key, value]) => [tagKey(key), value]);
  return { ...Object.fromEntries([...texts, ...tags]), id: item.id, item };
}

/** The keys of all tags, in order. */
export function tagKeysOf(items: readonly { readonly tags?: Readonly<Record<string, string>> }[]): string[] {
  return [...new Set(items.flatMap(({ tags = {} }) => Object.keys(tags)))].sort();
}

/** How two items are ordered by a column; undefined when it has no order. "web-2" comes before "web-10". */
export function compareBy<T>({ text, order }: ColumnModel<T>): ((a: T, b: T) => number) | undefined {
  if (order !== undefined) return (a, b) => order(a) - order(b);
  if (text !== undefined) return (a, b) => text(a).localeCompare(text(b), "en", { numeric: true });
  return undefined;
}
