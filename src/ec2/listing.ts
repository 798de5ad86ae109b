import type { Filter } from "@aws-sdk/client-ec2";
import { CloudError, hasCode } from "../base/errors.ts";
import type { Tags } from "../cloud/tags.ts";
import { integer } from "./accepted.ts";
import type { ActionContext } from "./action.ts";
import { applyFilters, type FilterTable } from "./filters.ts";
import { MAX_PAGE, type Page, type PageRequest } from "./pages.ts";

/** How a kind of resource is listed. */
export interface Listing<T> {
  readonly idOf: (item: T) => string;
  readonly filters: FilterTable<T>;
  /** For those that have tags. */
  readonly tagsOf?: (item: T) => Tags;
}

interface ListRequest extends PageRequest {
  readonly Filters?: readonly Filter[] | undefined;
}

/** What all actions that list something take: EC2 mostly wants five or more to a page. */
export const LISTED = {
  Filters: { Name: true, Values: true },
  MaxResults: integer(5, MAX_PAGE),
  NextToken: true,
} as const;

/** Those that the request's filters let through, a page of them when pages are asked for. `action` names the list. */
export async function listPage<T>(
  { pages, caller }: ActionContext,
  action: string,
  items: readonly T[],
  request: ListRequest,
  { idOf, filters, tagsOf }: Listing<T>,
): Promise<Page<T>> {
  const matching = applyFilters(items, request.Filters, filters, tagsOf);
  return await pages.page(
    matching,
    idOf,
    request,
    JSON.stringify([action, caller.accountId, caller.region, request.Filters ?? []]),
  );
}

/**
 * The resources with these ids, each once, or all when none are named. Ids do not go with pages (F75). `name` is EC2's for
 * the list of ids, e.g. "instancesSet".
 */
export function named<T>(
  name: string,
  ids: readonly string[] | undefined,
  request: PageRequest,
  { all, get }: { readonly all: () => readonly T[]; readonly get: (id: string) => T },
): readonly T[] {
  if (ids === undefined || ids.length === 0) return all();
  if (request.MaxResults !== undefined) {
    const text = `The parameter ${name} cannot be used with the parameter maxResults`;
    throw new CloudError("InvalidParameterCombination", text);
  }
  return getAll(ids, get);
}

/** Each once. When several are not there, the error tells of all of them, as EC2's does. */
export function getAll<T>(ids: readonly string[], get: (id: string) => T): T[] {
  const found: T[] = [];
  const missing: string[] = [];
  let first: CloudError | undefined;
  for (const id of new Set(ids)) {
    try {
      found.push(get(id));
    } catch (error) {
      if (!(error instanceof CloudError) || !error.code.endsWith(".NotFound")) throw error;
      first ??= error;
      missing.push(id);
    }
  }
  if (first === undefined) return found;
  if (missing.length === 1 || !hasCode(first, "InvalidInstanceID.NotFound")) throw first;
  throw new CloudError(first.code, `The instance IDs '${missing.join(", ")}' do not exist`, { instanceIds: missing });
}
