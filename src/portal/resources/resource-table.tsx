import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type ReactNode, useState } from "react";
import { type ColumnModel, filterItems, isSortable, type Sorting, sortItems } from "./table-model.ts";

export interface ResourceColumn<T> extends ColumnModel<T> {
  readonly header: string;
  readonly cell: (item: T) => ReactNode;
  readonly isRowHeader?: boolean;
  readonly minWidth?: number;
}

interface ResourceTableProps<T> {
  readonly items: readonly T[];
  readonly columns: readonly ResourceColumn<T>[];
  /** In the singular and plural, as "instance" and "instances". */
  readonly noun: readonly [one: string, many: string];
  /** Absent: nothing can be selected. */
  readonly selection?: "single" | "multi";
  readonly initialSorting: Sorting;
  readonly filterPlaceholder: string;
  readonly nameOf: (item: T) => string;
  readonly loading?: boolean;
  readonly actions?: (selected: readonly T[]) => ReactNode;
  /** What stands there when there are no items at all. */
  readonly empty?: ReactNode;
}

/** A table of resources: live, sorted, filtered, with a selection that actions are for. */
export function ResourceTable<T extends { readonly id: string }>(props: ResourceTableProps<T>) {
  const { items, columns, noun, selection, nameOf } = props;
  const [one, many] = noun;
  const [selectedIds, setSelectedIds] = useState<ReadonlySet<string>>(new Set());
  const [query, setQuery] = useState("");
  const [sorting, setSorting] = useState(props.initialSorting);

  const shown = sortItems(filterItems(items, columns, query), columns, sorting);
  // What the filter hides is not acted on.
  const selected = shown.filter(({ id }) => selectedIds.has(id));
  const counter = selected.length > 0 ? `(${selected.length}/${items.length})` : `(${items.length})`;
  return (
    <Table
      items={shown}
      columnDefinitions={columns.map((column) => ({
        ...column,
        ...(isSortable(column) && { sortingField: column.id }),
      }))}
      trackBy="id"
      variant="container"
      loading={props.loading ?? false}
      loadingText={`Loading the ${many}`}
      {...(selection !== undefined && { selectionType: selection })}
      selectedItems={selected}
      onSelectionChange={({ detail }) => setSelectedIds(new Set(detail.selectedItems.map(({ id }) => id)))}
      sortingColumn={{ sortingField: sorting.column }}
      sortingDescending={sorting.descending}
      onSortingChange={({ detail }) =>
        setSorting({
          column: detail.sortingColumn.sortingField ?? sorting.column,
          descending: detail.isDescending ?? false,
        })
      }
      ariaLabels={{
        tableLabel: capitalised(many),
        selectionGroupLabel: `Selected ${many}`,
        allItemsSelectionLabel: () => `Select all ${many}`,
        itemSelectionLabel: (_selection, item) => `Select ${nameOf(item)}`,
      }}
      header={
        <Header variant="h2" counter={counter} actions={props.actions?.(selected)}>
          All {many}
        </Header>
      }
      filter={
        <TextFilter
          filteringText={query}
          filteringPlaceholder={props.filterPlaceholder}
          filteringAriaLabel={`Find ${many}`}
          countText={query === "" ? "" : `${shown.length} ${shown.length === 1 ? "match" : "matches"}`}
          onChange={({ detail }) => setQuery(detail.filteringText)}
        />
      }
      empty={
        items.length === 0 ? (
          props.empty
        ) : (
          <SpaceBetween size="s">
            <span>No {one} matches the filter.</span>
            <Button onClick={() => setQuery("")}>Clear the filter</Button>
          </SpaceBetween>
        )
      }
    />
  );
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
