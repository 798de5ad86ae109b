import Link from "@cloudscape-design/components/link";
import type { NetworkInterface } from "../../api/network-types.ts";
import { textColumn } from "../resources/columns.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { formatRoute } from "../routing/route.ts";

const primary = ({ addresses }: NetworkInterface) => addresses[0];

export const INTERFACE_COLUMNS: readonly ResourceColumn<NetworkInterface>[] = [
  textColumn("id", "Interface ID", ({ id }) => id, {
    cell: ({ id }) => <ResourceLink page="interfaces" id={id} />,
    isRowHeader: true,
  }),
  textColumn("instance", "Instance", ({ attachment }) => attachment?.instanceId ?? "", {
    cell: ({ attachment }) =>
      attachment === null ? "–" : <ResourceLink page="instances" id={attachment.instanceId} />,
  }),
  textColumn("private", "Private IP", (one) => primary(one)?.privateIp ?? ""),
  textColumn("public", "Public IP", (one) => primary(one)?.publicIp ?? ""),
  textColumn("subnet", "Subnet", ({ subnetId }) => subnetId),
  textColumn("vpc", "VPC", ({ vpcId }) => vpcId, { cell: ({ vpcId }) => <ResourceLink page="vpcs" id={vpcId} /> }),
  textColumn("description", "Description", ({ description }) => description),
  {
    id: "passes",
    header: "What passes",
    cell: ({ id }) => (
      <Link href={formatRoute({ page: "interfaces", id, tab: "flow-log" })} ariaLabel={`Flow log of ${id}`}>
        Flow log
      </Link>
    ),
  },
];

/** Network interfaces, as something else's page shows them. */
export function InterfaceTable({ interfaces, empty }: { interfaces: readonly NetworkInterface[]; empty: string }) {
  return (
    <ResourceTable
      items={interfaces}
      columns={INTERFACE_COLUMNS}
      noun={["network interface", "network interfaces"]}
      initialSorting={{ column: "private", descending: false }}
      filterPlaceholder="Find an interface by ID, instance, address, subnet"
      nameOf={({ id }) => id}
      empty={empty}
    />
  );
}
