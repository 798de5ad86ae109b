import type { RouteTable } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn, yesNoColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { labelOf, nameOf } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";

export const NOUN = ["route table", "route tables"] as const;

/** The subnets whose packets it leads: those that are associated, and of a main one those that have no other. */
export const subnetsOf = ({ vpcs, subnets }: Cloud, table: RouteTable) => {
  const isMain = vpcs.list().some(({ mainRouteTable }) => mainRouteTable.id === table.id);
  const leads = ({ vpcId, routeTable }: ReturnType<typeof subnets.list>[number]) =>
    routeTable === null ? isMain && vpcId === table.vpcId : routeTable.id === table.id;
  return { isMain, subnets: subnets.list().filter(leads) };
};

/** What can be done with a route table. */
export const actionsOf = (cloud: Cloud): readonly ResourceAction<RouteTable>[] => [
  tagsAction<RouteTable>({
    labelOf,
    member: "routeTables",
    setTags: (id, tags) => cloud.routeTables.setTags(id, tags),
  }),
  askedAction<RouteTable>({
    verb: "Delete",
    noun: NOUN,
    labelOf,
    whyNot: (table) => (subnetsOf(cloud, table).isMain ? "The main route table of a VPC stays" : null),
    consequence: "It cannot be undone. No subnet may be associated with it.",
    act: ({ id }) => cloud.routeTables.delete(id),
    callOf: ({ id }) => ({ member: "routeTables.delete", args: [id] }),
  }),
];

export default function RouteTablesPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.vpcs.onChange);
  useRerenderOn(cloud.subnets.onChange);
  const columns: readonly ResourceColumn<RouteTable>[] = [
    textColumn("name", "Name", nameOf, { minWidth: 120 }),
    textColumn("id", "Route table ID", ({ id }) => id, {
      cell: ({ id }) => <ResourceLink page="route-tables" id={id} />,
      isRowHeader: true,
    }),
    vpcColumn(),
    yesNoColumn("main", "Main", (table) => subnetsOf(cloud, table).isMain),
    numberColumn("routes", "Routes", ({ routes }) => routes.length + 1),
    numberColumn("subnets", "Subnets", (table) => subnetsOf(cloud, table).subnets.length),
  ];
  return (
    <ListPage
      description="Where packets of subnets go: of the routes that match, the one with the longest prefix."
      noun={NOUN}
      collection={cloud.routeTables}
      columns={columns}
      labelOf={labelOf}
      sortedBy={{ column: "id", descending: false }}
      filterPlaceholder="Find a route table by name, ID, VPC"
      actions={actionsOf(cloud)}
      empty="There are no route tables."
    />
  );
}
