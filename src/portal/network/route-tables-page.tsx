import type { RouteTable } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn, yesNoColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { mainTableChange, routeTableChange, subnetsOf } from "./associations.ts";
import { ChooseSubnets } from "./choose-subnets.tsx";
import { CreateInVpc } from "./create-in-vpc.tsx";
import { EditRoutes } from "./edit-routes.tsx";
import { labelOf, nameOf } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";

export const NOUN = ["route table", "route tables"] as const;

/** What can be done with a route table. */
export const actionsOf = (cloud: Cloud): readonly ResourceAction<RouteTable>[] => [
  { text: "Edit routes…", dialog: ([table], close) => <EditRoutes table={table} onClose={close} /> },
  {
    text: "Edit subnet associations…",
    dialog: ([table], close) => <TableSubnets table={table} onClose={close} />,
  },
  askedAction<RouteTable>({
    verb: "Set as main",
    noun: NOUN,
    labelOf,
    several: false,
    whyNot: (table) => (subnetsOf(cloud, table).isMain ? "It is" : null),
    consequence: "All subnets of the VPC that have no route table of their own go by this one, at once.",
    act: async (table) => toMain(cloud, table)?.act(),
    callOf: (table) => toMain(cloud, table)?.call ?? { member: "routeTables.replaceAssociation", args: [] },
  }),
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

const toMain = (cloud: Cloud, table: RouteTable) => mainTableChange(cloud, cloud.vpcs.get(table.vpcId), table);

/** The subnets with a table of their own, and it is this one. */
export function TableSubnets({ table, onClose }: { table: RouteTable; onClose: () => void }) {
  const { cloud } = usePortal();
  return (
    <ChooseSubnets
      title={`Subnets of ${labelOf(table)}`}
      description="Those that are not chosen go by the main route table of the VPC, or by the one that they have."
      vpcId={table.vpcId}
      has={({ routeTable }) => routeTable?.id === table.id}
      now={({ routeTable }) => routeTable?.id ?? "the main route table"}
      changeOf={(subnet, wanted) => {
        if (wanted) return routeTableChange(cloud, subnet, table.id);
        return subnet.routeTable?.id === table.id ? routeTableChange(cloud, subnet, null) : null;
      }}
      onClose={onClose}
    />
  );
}

export default function RouteTablesPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.network.onChange);
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
      buttons={
        <DialogButton
          primary
          text="Create route table"
          dialog={(close) => (
            <CreateInVpc
              noun={NOUN[0]}
              description="At first it leads nowhere but to the VPC’s own addresses, and no subnet has it."
              member="routeTables.create"
              create={(request) => cloud.routeTables.create(request)}
              page="route-tables"
              onClose={close}
            />
          )}
        />
      }
      actions={actionsOf(cloud)}
    />
  );
}
