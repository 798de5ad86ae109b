import type { ReactNode } from "react";
import type { Event } from "../../base/event.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Page } from "../shell/page.tsx";
import { articled, capitalised, type Noun } from "./nouns.ts";
import { type ResourceAction, ResourceActions } from "./resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "./resource-table.tsx";

/** What most members of `Cloud` are: a list that is there at once, and tells when it has changed. */
interface Collection<T> {
  list(): readonly T[];
  readonly onChange: Event<void>;
}

interface ListPageProps<T> {
  /** The noun's plural by default. */
  readonly title?: string;
  readonly description: string;
  readonly noun: Noun;
  readonly collection: Collection<T>;
  readonly columns: readonly ResourceColumn<T>[];
  readonly labelOf: (item: T) => string;
  /** By the column "id" by default. */
  readonly sortedBy?: { readonly column: string; readonly descending: boolean };
  /** Beside the title: what makes new ones. */
  readonly buttons?: ReactNode;
  /** What can be done with those that are selected. */
  readonly actions: readonly ResourceAction<T>[];
  /** That there are none, and no more, by default. */
  readonly empty?: string;
}

/** A page of resources: a live table, what makes new ones, and what can be done with those there are. */
export function ListPage<T extends { readonly id: string; readonly tags?: Readonly<Record<string, string>> }>(
  props: ListPageProps<T>,
) {
  const { noun, collection, actions } = props;
  useRerenderOn(collection.onChange);
  const several = actions.some((action) => action.several);
  return (
    <Page title={props.title ?? capitalised(noun[1])} description={props.description} actions={props.buttons}>
      <ResourceTable
        items={collection.list()}
        columns={props.columns}
        noun={noun}
        selection={several ? "multi" : "single"}
        initialSorting={props.sortedBy ?? { column: "id", descending: false }}
        filterPlaceholder={`Find ${articled(noun[0])} by its columns or tags`}
        nameOf={props.labelOf}
        actions={(selected) => <ResourceActions noun={noun} items={selected} actions={actions} />}
        empty={props.empty ?? `There are no ${noun[1]}.`}
      />
    </Page>
  );
}
