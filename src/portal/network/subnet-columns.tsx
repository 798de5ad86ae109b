import type { Subnet } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { unlessDenied } from "../live/denied.ts";
import { numberColumn, textColumn, yesNoColumn } from "../resources/columns.tsx";
import { capitalised } from "../resources/nouns.ts";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { nameOf } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";
import { wayOut } from "./way-out.ts";

export function subnetColumns(cloud: Cloud): readonly ResourceColumn<Subnet>[] {
  const mainOf = (id: string) =>
    unlessDenied(() => cloud.vpcs.list(), []).find((vpc) => vpc.id === id)?.mainRouteTable.id ?? "";
  return [
    textColumn("name", "Name", nameOf, { minWidth: 120 }),
    textColumn("id", "Subnet ID", ({ id }) => id, { isRowHeader: true }),
    vpcColumn(),
    textColumn("cidr", "IPv4 CIDR", ({ cidrBlock }) => cidrBlock),
    textColumn("zone", "Availability zone", ({ zone }) => zone),
    numberColumn("free", "Free addresses", ({ availableIpAddressCount }) => availableIpAddressCount),
    textColumn("way", "Way out", (subnet) => capitalised(unlessDenied(() => wayOut(cloud, subnet), ""))),
    textColumn("table", "Route table", ({ vpcId, routeTable }) => routeTable?.id ?? mainOf(vpcId), {
      cell: ({ vpcId, routeTable }) => (
        <>
          <ResourceLink page="route-tables" id={routeTable?.id ?? mainOf(vpcId)} />
          {routeTable === null && " (main)"}
        </>
      ),
    }),
    textColumn("acl", "Network ACL", ({ networkAcl }) => networkAcl.id, {
      cell: ({ networkAcl }) => <ResourceLink page="network-acls" id={networkAcl.id} />,
    }),
    yesNoColumn("public", "Public IP at launch", ({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch),
    yesNoColumn("default", "Default subnet", ({ isDefault }) => isDefault),
  ];
}
