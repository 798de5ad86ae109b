import type { Subnet } from "../../api/network-types.ts";
import { numberColumn, textColumn, yesNoColumn } from "../resources/columns.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { nameOf } from "./names.ts";

export const SUBNET_COLUMNS: readonly ResourceColumn<Subnet>[] = [
  textColumn("name", "Name", nameOf, { minWidth: 120 }),
  textColumn("id", "Subnet ID", ({ id }) => id, { isRowHeader: true }),
  textColumn("vpc", "VPC", ({ vpcId }) => vpcId, { cell: ({ vpcId }) => <ResourceLink page="vpcs" id={vpcId} /> }),
  textColumn("cidr", "IPv4 CIDR", ({ cidrBlock }) => cidrBlock),
  textColumn("zone", "Availability zone", ({ zone }) => zone),
  numberColumn("free", "Free addresses", ({ availableIpAddressCount }) => availableIpAddressCount),
  yesNoColumn("public", "Public IP at launch", ({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch),
  yesNoColumn("default", "Default subnet", ({ isDefault }) => isDefault),
];
