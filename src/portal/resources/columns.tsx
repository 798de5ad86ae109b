import { formatBytes } from "../format/bytes.ts";
import { formatShortDateTime } from "../format/time.ts";
import type { ResourceColumn } from "./resource-table.tsx";

type More<T> = Partial<ResourceColumn<T>>;

/** A column that says a text, or a dash where it is empty. */
export function textColumn<T>(
  id: string,
  header: string,
  text: (item: T) => string,
  more: More<T> = {},
): ResourceColumn<T> {
  return { id, header, text, cell: (item) => text(item) || "–", ...more };
}

/** A column that says a number; null stands for none. */
export function numberColumn<T>(
  id: string,
  header: string,
  number: (item: T) => number | null,
  more: More<T> = {},
): ResourceColumn<T> {
  return { id, header, order: (item) => number(item) ?? 0, cell: (item) => number(item) ?? "–", ...more };
}

/** A column that says a size. */
export const bytesColumn = <T,>(id: string, header: string, bytes: (item: T) => number): ResourceColumn<T> =>
  numberColumn(id, header, bytes, { cell: (item) => formatBytes(bytes(item)) });

/** A column that says when something was; null stands for never. */
export function timeColumn<T>(
  id: string,
  header: string,
  time: (item: T) => Date | null,
  more: More<T> = {},
): ResourceColumn<T> {
  const cell = (item: T) => {
    const when = time(item);
    return when === null ? "–" : formatShortDateTime(when);
  };
  return { id, header, order: (item) => time(item)?.getTime() ?? 0, cell, ...more };
}

/** A column that says Yes or No. */
export const yesNoColumn = <T,>(id: string, header: string, is: (item: T) => boolean): ResourceColumn<T> =>
  textColumn(id, header, (item) => yesNo(is(item)));

export const yesNo = (is: boolean): string => (is ? "Yes" : "No");
