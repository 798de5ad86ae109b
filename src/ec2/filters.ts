import type { Filter } from "@aws-sdk/client-ec2";
import { CloudError } from "../base/errors.ts";
import type { Tags } from "../cloud/tags.ts";
import { literally, matchesPattern, type Pattern, withWildcards } from "./policy/language/wildcard.ts";
import { shorten } from "./wire/parameters.ts";

type FilterValue = string | number | boolean | Date | null | undefined;

/** What a resource can be filtered by: EC2's names, and what the resource has under each. */
export type FilterTable<T> = Readonly<Record<string, (item: T) => FilterValue | readonly FilterValue[]>>;

/** EC2 User Guide, "List and filter using the CLI and API". */
const MAX_VALUES = 200;

/**
 * Those that match all filters, each with any of its values (F76). Values are case-sensitive; "*" stands for any
 * characters, "?" for one, and a backslash before them for themselves. With `tagsOf`, also "tag:KEY", "tag-key" and
 * "tag-value". Throws `InvalidParameterValue` for a filter that there is not, or that has no values.
 */
export function applyFilters<T>(
  items: readonly T[],
  filters: readonly Filter[] = [],
  table: FilterTable<T>,
  tagsOf?: (item: T) => Tags,
): T[] {
  const tests = filters.map((filter) => filterTest(filter, table, tagsOf));
  return items.filter((item) => tests.every((test) => test(item)));
}

function filterTest<T>(
  { Name: name, Values: values = [] }: Filter,
  table: FilterTable<T>,
  tagsOf: ((item: T) => Tags) | undefined,
): (item: T) => boolean {
  if (name === undefined)
    throw new CloudError("MissingParameter", "The request must contain the parameter Filter.Name");
  const read = Object.hasOwn(table, name) ? table[name] : tagFilter(name, tagsOf);
  if (read === undefined) {
    const text = `The filter '${shorten(name)}' is invalid`;
    throw new CloudError("InvalidParameterValue", text, { filter: shorten(name), known: Object.keys(table) });
  }
  if (values.length === 0 || values.length > MAX_VALUES) {
    const text = `The filter '${name}' has ${values.length} values; it must have 1 to ${MAX_VALUES}.`;
    throw new CloudError("InvalidParameterValue", text, { filter: name, values: values.length });
  }
  const patterns = values.map(filterPattern);
  return (item) =>
    textsOf(read(item)).some((text) => {
      const points = literally(text);
      return patterns.some((pattern) => matchesPattern(pattern, points));
    });
}

function tagFilter<T>(name: string, tagsOf: ((item: T) => Tags) | undefined): FilterTable<T>[string] | undefined {
  if (tagsOf === undefined) return undefined;
  if (name === "tag-key") return (item) => Object.keys(tagsOf(item));
  if (name === "tag-value") return (item) => Object.values(tagsOf(item));
  if (!name.startsWith("tag:")) return undefined;
  const key = name.slice("tag:".length);
  return (item) => {
    const tags = tagsOf(item);
    return Object.hasOwn(tags, key) ? tags[key] : undefined;
  };
}

function textsOf(value: FilterValue | readonly FilterValue[]): string[] {
  const all: readonly FilterValue[] = Array.isArray(value) ? value : [value as FilterValue];
  return all
    .filter((one) => one !== undefined && one !== null)
    .map((one) => (one instanceof Date ? one.toISOString() : String(one)));
}

/** A backslash takes the meaning of the character after it away. */
function filterPattern(value: string): Pattern {
  const parts = value.match(/\\[\s\S]|[^\\]+|\\/g) ?? [];
  return parts.flatMap((part) =>
    part.length === 2 && part.startsWith("\\") ? literally(part.slice(1)) : withWildcards(part),
  );
}
