import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { RouteTable, RouteTarget } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { textColumn } from "../resources/columns.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { Facts } from "../resources/facts.tsx";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { formatRoute } from "../routing/route.ts";
import { Page } from "../shell/page.tsx";
import { tagsText } from "../tags/tags.ts";
import { subnetsOf } from "./associations.ts";
import { EditRoutes } from "./edit-routes.tsx";
import { nameOf } from "./names.ts";
import { actionsOf, NOUN, TableSubnets } from "./route-tables-page.tsx";
import { isThere } from "./route-targets.ts";
import { SubnetTable } from "./subnet-table.tsx";

interface Row {
  /** The block that it is for: a table has one route for each. */
  readonly id: string;
  /** Null: the local route. */
  readonly target: RouteTarget | null;
  readonly status: string;
}

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("destination", "Destination", ({ id }) => id, { isRowHeader: true }),
  textColumn("target", "Target", ({ target }) => target?.id ?? "local", {
    cell: ({ target }) => <Target target={target} />,
  }),
  textColumn("status", "Status", ({ status }) => status),
];

/** A route table: where packets of its subnets go. */
export default function RouteTablePage({ id }: { id: string }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.network.onChange);
  const table = found(() => cloud.routeTables.get(id));
  if (table === null) return <NoSuch noun={NOUN[0]} id={id} />;
  const { isMain, subnets } = subnetsOf(cloud, table);
  return (
    <Page
      title={nameOf(table) || table.id}
      actions={<ResourceActions noun={NOUN} items={[table]} actions={actionsOf(cloud)} />}
    >
      <SpaceBetween size="l">
        <Facts
          facts={{
            "Route table ID": table.id,
            VPC: <ResourceLink page="vpcs" id={table.vpcId} />,
            Main: isMain ? "Yes: of the subnets that have no other" : "No",
            Owner: table.ownerId,
            Region: table.region,
            Tags: tagsText(table.tags),
          }}
        />
        <ResourceTable
          items={rowsOf(cloud, table)}
          columns={COLUMNS}
          noun={["route", "routes"]}
          initialSorting={{ column: "destination", descending: true }}
          filterPlaceholder="Find a route by destination, target"
          nameOf={(route) => route.id}
          actions={() => (
            <DialogButton text="Edit routes" dialog={(close) => <EditRoutes table={table} onClose={close} />} />
          )}
        />
        <SubnetTable
          subnets={subnets}
          actions={
            <DialogButton
              text="Edit subnet associations"
              dialog={(close) => <TableSubnets table={table} onClose={close} />}
            />
          }
          empty="No subnet's packets go by it."
        />
      </SpaceBetween>
    </Page>
  );
}

/** Where those are listed that have no page of their own. */
const LISTS = {
  "internet-gateway": "internet-gateways",
  "nat-gateway": "nat-gateways",
} as const;

function Target({ target }: { target: RouteTarget | null }) {
  if (target === null) return "local";
  if (target.kind === "network-interface") return <ResourceLink page="interfaces" id={target.id} />;
  return <Link href={formatRoute({ page: LISTS[target.kind] })}>{target.id}</Link>;
}

function rowsOf(cloud: Cloud, { vpcId, routes }: RouteTable): Row[] {
  const vpc = found(() => cloud.vpcs.get(vpcId));
  return [
    { id: vpc?.cidrBlock ?? "local", target: null, status: "Active" },
    ...routes.map(({ destinationCidrBlock, target }) => ({
      id: destinationCidrBlock,
      target,
      status: isThere(cloud, target, vpcId) ? "Active" : "Blackhole: its target is gone",
    })),
  ];
}
