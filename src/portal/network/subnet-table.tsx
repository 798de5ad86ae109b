import type { ReactNode } from "react";
import type { Subnet } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { ResourceTable } from "../resources/resource-table.tsx";
import { subnetColumns } from "./subnet-columns.tsx";

interface SubnetTableProps {
  readonly subnets: readonly Subnet[];
  readonly actions?: ReactNode;
  readonly empty: string;
}

/** Subnets of one VPC, as something else's page shows them. */
export function SubnetTable({ subnets, actions, empty }: SubnetTableProps) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.network.onChange);
  return (
    <ResourceTable
      items={subnets}
      columns={subnetColumns(cloud).filter((column) => column.id !== "vpc")}
      noun={["subnet", "subnets"]}
      initialSorting={{ column: "cidr", descending: false }}
      filterPlaceholder="Find a subnet by name, ID, block, zone"
      nameOf={(subnet) => subnet.id}
      actions={() => actions}
      empty={empty}
    />
  );
}
