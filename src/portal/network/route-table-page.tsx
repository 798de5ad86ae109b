import SpaceBetween from "@cloudscape-design/components/space-between";
import type { RouteTable, RouteTarget } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { textColumn } from "../resources/columns.tsx";
import { Facts } from "../resources/facts.tsx";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { Page } from "../shell/page.tsx";
import { tagsText } from "../tags/tags.ts";
import { nameOf } from "./names.ts";
import { actionsOf, NOUN, subnetsOf } from "./route-tables-page.tsx";
import { SUBNET_COLUMNS } from "./subnet-columns.tsx";

interface Row {
  /** The block that it is for: a table has one route for each. */
  readonly id: string;
  /** Null: the local route. */
  readonly target: RouteTarget | null;
  readonly status: string;
}

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("destination", "Destination", ({ id }) => id, { isRowHeader: true }),
  textColumn("target", "Target", ({ target }) => target?.id ?? "local"),
  textColumn("status", "Status", ({ status }) => status),
];

/** A route table: where packets of its subnets go. */
export default function RouteTablePage({ id }: { id: string }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.routeTables.onChange);
  useRerenderOn(cloud.internetGateways.onChange);
  useRerenderOn(cloud.natGateways.onChange);
  useRerenderOn(cloud.networkInterfaces.onChange);
  useRerenderOn(cloud.subnets.onChange);
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
        />
        <ResourceTable
          items={subnets}
          columns={SUBNET_COLUMNS.filter((column) => column.id !== "vpc")}
          noun={["subnet", "subnets"]}
          initialSorting={{ column: "cidr", descending: false }}
          filterPlaceholder="Find a subnet by name, ID, block, zone"
          nameOf={(subnet) => subnet.id}
          empty="No subnet's packets go by it."
        />
      </SpaceBetween>
    </Page>
  );
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

function isThere(cloud: Cloud, { kind, id }: RouteTarget, vpcId: string): boolean {
  switch (kind) {
    case "internet-gateway":
      return cloud.internetGateways.list().some((one) => one.id === id && one.vpcId === vpcId);
    case "nat-gateway":
      return cloud.natGateways.list().some((one) => one.id === id && one.state === "available");
    case "network-interface":
      return cloud.networkInterfaces.list().some((one) => one.id === id);
  }
}
