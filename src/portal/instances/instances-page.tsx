import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";
import { ActionButtons } from "../actions/action-buttons.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-instances.ts";
import { formatRoute } from "../routing/route.ts";
import { Page } from "../shell/page.tsx";
import { COLUMNS } from "./columns.tsx";
import { EmptyState } from "./empty-state.tsx";
import { filterInstances, type Sorting, type SortKey, sortInstances } from "./table-model.ts";

const LAUNCH = formatRoute({ page: "launch" });

export default function InstancesPage() {
  const { cloud } = usePortal();
  const instances = useInstances(cloud);
  const [selectedIds, setSelectedIds] = useState<ReadonlySet<string>>(new Set());
  const [query, setQuery] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ key: "launched", descending: true });

  const shown = sortInstances(filterInstances(instances, query), sorting);
  // What the filter hides is not acted on.
  const selected = shown.filter(({ id }) => selectedIds.has(id));
  const counter = selected.length > 0 ? `(${selected.length}/${instances.length})` : `(${instances.length})`;

  if (instances.length === 0) {
    return (
      <Page title="Instances">
        <EmptyState />
      </Page>
    );
  }
  return (
    <Page
      title="Instances"
      actions={
        <Button variant="primary" href={LAUNCH}>
          Launch instances
        </Button>
      }
    >
      <Table
        items={shown}
        columnDefinitions={COLUMNS}
        trackBy="id"
        variant="container"
        selectionType="multi"
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelectedIds(new Set(detail.selectedItems.map(({ id }) => id)))}
        sortingColumn={{ sortingField: sorting.key }}
        sortingDescending={sorting.descending}
        onSortingChange={({ detail }) =>
          setSorting({
            key: detail.sortingColumn.sortingField as SortKey,
            descending: detail.isDescending ?? false,
          })
        }
        ariaLabels={{
          tableLabel: "Instances",
          selectionGroupLabel: "Selected instances",
          allItemsSelectionLabel: () => "Select all instances",
          itemSelectionLabel: (_selection, { id, name }) => `Select ${name || id}`,
        }}
        header={
          <Header variant="h2" counter={counter} actions={<ActionButtons instances={selected} />}>
            All instances
          </Header>
        }
        filter={
          <TextFilter
            filteringText={query}
            filteringPlaceholder="Find an instance by name, ID, state, type, address"
            filteringAriaLabel="Find instances"
            countText={query === "" ? "" : `${shown.length} ${shown.length === 1 ? "match" : "matches"}`}
            onChange={({ detail }) => setQuery(detail.filteringText)}
          />
        }
        empty={
          <SpaceBetween size="s">
            <span>No instance matches the filter.</span>
            <Button onClick={() => setQuery("")}>Clear the filter</Button>
          </SpaceBetween>
        }
      />
    </Page>
  );
}
