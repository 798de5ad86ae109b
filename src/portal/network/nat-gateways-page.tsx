import type { NatGateway } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { textColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { ListPage } from "../resources/list-page.tsx";
import { capitalised } from "../resources/nouns.ts";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { labelOf, nameOf } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";

const NOUN = ["NAT gateway", "NAT gateways"] as const;

const COLUMNS: readonly ResourceColumn<NatGateway>[] = [
  textColumn("name", "Name", nameOf, { minWidth: 120 }),
  textColumn("id", "NAT gateway ID", ({ id }) => id, { isRowHeader: true }),
  textColumn("state", "State", ({ state }) => capitalised(state)),
  textColumn("type", "Connectivity", ({ connectivityType }) => capitalised(connectivityType)),
  textColumn("public", "Public IP", ({ address }) => address?.publicIp ?? ""),
  textColumn("private", "Private IP", ({ privateIp }) => privateIp),
  textColumn("subnet", "Subnet", ({ subnetId }) => subnetId),
  vpcColumn(),
];

export default function NatGatewaysPage() {
  const { natGateways } = usePortal().cloud;
  const actions: readonly ResourceAction<NatGateway>[] = [
    tagsAction<NatGateway>({ labelOf, member: "natGateways", setTags: (id, tags) => natGateways.setTags(id, tags) }),
    askedAction<NatGateway>({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      whyNot: ({ state }) => (state === "deleted" ? "It is deleted already" : null),
      consequence:
        "What goes out through it ends at once; routes to it lead nowhere. Its Elastic IP address stays yours.",
      act: ({ id }) => natGateways.delete(id),
      callOf: ({ id }) => ({ member: "natGateways.delete", args: [id] }),
    }),
  ];
  return (
    <ListPage
      title="NAT gateways"
      description="A way out for private subnets, and none in: what leaves by it has its address."
      noun={NOUN}
      collection={natGateways}
      columns={COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "id", descending: false }}
      filterPlaceholder="Find a NAT gateway by name, ID, address, subnet"
      actions={actions}
      empty="There are no NAT gateways."
    />
  );
}
