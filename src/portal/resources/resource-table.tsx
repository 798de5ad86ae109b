import { useCollection } from "@cloudscape-design/collection-hooks";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import PropertyFilter from "@cloudscape-design/components/property-filter";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { capitalised, type Noun } from "./nouns.ts";
import { type ColumnModel, columnKey, compareBy, type Row, rowOf, tagKey, tagKeysOf } from "./table-model.ts";

export interface ResourceColumn<T> extends ColumnModel<T> {
  readonly header: string;
  readonly cell: (item: T) => ReactNode;
  readonly isRowHeader?: boolean;
  readonly minWidth?: number;
}

interface ResourceTableProps<T> {
  readonly items: readonly T[];
  readonly columns: readonly ResourceColumn<T>[];
  readonly noun: Noun;
  /** Absent: nothing can be selected. */
  readonly selection?: "single" | "multi";
  readonly initialSorting: {
    /** A column's id. */
    readonly column: string;
    readonly descending: boolean;
  };
  readonly filterPlaceholder: string;
  readonly nameOf: (item: T) => string;
  readonly loading?: boolean;
  readonly actions?: (selected: readonly T[]) => ReactNode;
  /** What stands there when there are no items at all. */
  readonly empty?: ReactNode;
}

/** Equal and not, containing and not, beginning with: what PropertyFilter knows of texts. */
const OPERATORS = ["=", "!=", ":", "!:", "^"] as const;

/** A table of resources: live, sorted, filtered by any column or tag, with a selection that actions are for. */
export function ResourceTable<T extends { readonly id: string; readonly tags?: Readonly<Record<string, string>> }>(
  props: ResourceTableProps<T>,
) {
  const { items, columns, noun, selection, nameOf, initialSorting } = props;
  const [one, many] = noun;
  const definitions = columns.map((column) => definitionOf(column));
  const found = useCollection(
    items.map((item) => rowOf(item, columns)),
    {
      propertyFiltering: {
        filteringProperties: [...columns.flatMap(filteringOf), ...tagKeysOf(items).map(tagFiltering)],
        empty: props.empty,
        noMatch: (
          <SpaceBetween size="s">
            <span>No {one} matches the filter.</span>
            <Button onClick={() => found.actions.setPropertyFiltering({ tokens: [], operation: "and" })}>
              Clear the filter
            </Button>
          </SpaceBetween>
        ),
      },
      sorting: {
        defaultState: {
          sortingColumn: definitions.find(({ id }) => id === initialSorting.column) ?? {},
          isDescending: initialSorting.descending,
        },
      },
      selection: { trackBy: "id", keepSelection: true },
    },
  );
  const { collectionProps, propertyFilterProps } = found;
  const filtering = propertyFilterProps.query.tokens.length > 0;
  // What the filter hides is not acted on.
  const selectedIds = new Set(collectionProps.selectedItems?.map(({ id }) => id));
  const selected = found.items.filter(({ id }) => selectedIds.has(id));
  const matches = found.filteredItemsCount ?? 0;
  // The columns are made anew with each rendering: the one that it is sorted by is known by its id.
  const sortedBy = (collectionProps.sortingColumn as { readonly id?: string } | undefined)?.id;
  const sortingColumn = definitions.find(({ id }) => id === sortedBy);
  return (
    <Table
      {...collectionProps}
      {...(sortingColumn !== undefined && { sortingColumn })}
      items={found.items}
      selectedItems={selected}
      columnDefinitions={definitions}
      trackBy="id"
      variant="container"
      loading={props.loading ?? false}
      loadingText={`Loading the ${many}`}
      {...(selection !== undefined && { selectionType: selection })}
      ariaLabels={{
        tableLabel: capitalised(many),
        selectionGroupLabel: `Selected ${many}`,
        allItemsSelectionLabel: () => `Select all ${many}`,
        itemSelectionLabel: (_selection, { item }) => `Select ${nameOf(item)}`,
      }}
      header={
        <Header
          variant="h2"
          counter={selected.length > 0 ? `(${selected.length}/${items.length})` : `(${items.length})`}
          actions={props.actions?.(selected.map(({ item }) => item))}
        >
          All {many}
        </Header>
      }
      filter={
        <PropertyFilter
          {...propertyFilterProps}
          filteringPlaceholder={props.filterPlaceholder}
          filteringAriaLabel={`Find ${many}`}
          filteringEmpty="Type to search, and press Enter"
          countText={filtering ? `${matches} ${matches === 1 ? "match" : "matches"}` : ""}
        />
      }
    />
  );
}

function definitionOf<T>({ cell, ...column }: ResourceColumn<T>) {
  const compare = compareBy(column);
  return {
    ...column,
    cell: ({ item }: Row<T>) => cell(item),
    ...(compare !== undefined && { sortingComparator: (a: Row<T>, b: Row<T>) => compare(a.item, b.item) }),
  };
}

function filteringOf<T>({ id, header, text }: ResourceColumn<T>) {
  if (text === undefined) return [];
  return [{ key: columnKey(id), propertyLabel: header, groupValuesLabel: `${header}: values`, operators: OPERATORS }];
}

const tagFiltering = (key: string) => ({
  key: tagKey(key),
  propertyLabel: `Tag ${key}`,
  groupValuesLabel: `Tag ${key}: values`,
  operators: OPERATORS,
  group: "tags",
});
