/** What a table shows of its items, one after the other. */
export interface ColumnModel<T> {
  readonly id: string;
  /** What the column says as text: what it is sorted by, and what a filter looks at. */
  readonly text?: (item: T) => string;
  /** What it is sorted by instead, when the order is not the text's. */
  readonly order?: (item: T) => number;
}

export interface Sorting {
  /** A column's id. */
  readonly column: string;
  readonly descending: boolean;
}

/** Items that have every word of `query` in one of the texts of their columns. */
export function filterItems<T>(items: readonly T[], columns: readonly ColumnModel<T>[], query: string): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    const text = columns
      .map((column) => column.text?.(item) ?? "")
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A sorted copy; equal ones keep their order, and all do when the column has none. */
export function sortItems<T>(
  items: readonly T[],
  columns: readonly ColumnModel<T>[],
  { column: id, descending }: Sorting,
): T[] {
  const column = columns.find((candidate) => candidate.id === id);
  const compare = column && compareBy(column);
  if (compare === undefined) return [...items];
  const sign = descending ? -1 : 1;
  return [...items].sort((a, b) => sign * compare(a, b));
}

export const isSortable = <T>({ text, order }: ColumnModel<T>): boolean => (text ?? order) !== undefined;

function compareBy<T>({ text, order }: ColumnModel<T>): ((a: T, b: T) => number) | undefined {
  if (order !== undefined) return (a, b) => order(a) - order(b);
  if (text !== undefined) return (a, b) => text(a).localeCompare(text(b), "en", { numeric: true });
  return undefined;
}
