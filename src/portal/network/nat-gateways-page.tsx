import type { NatGateway } from "../../api/network-types.ts";
import { unlessDenied } from "../live/denied.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { textColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import { capitalised } from "../resources/nouns.ts";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { AddRoute } from "./add-route.tsx";
import { CreateNatGateway } from "./create-nat-gateway.tsx";
import { labelOf, nameOf } from "./names.ts";
import { RouteTableLinks } from "./route-table-links.tsx";
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
  const { cloud } = usePortal();
  const { natGateways, routeTables } = cloud;
  useRerenderOn(routeTables.onChange);
  const tablesTo = (id: string) =>
    unlessDenied(() => routeTables.list(), []).filter(({ routes }) => routes.some(({ target }) => target.id === id));
  const columns: readonly ResourceColumn<NatGateway>[] = [
    ...COLUMNS,
    textColumn("routes", "Routes to it", ({ id }) => tablesTo(id).map(labelOf).join(", "), {
      cell: ({ id }) => <RouteTableLinks tables={tablesTo(id)} />,
    }),
  ];
  const actions: readonly ResourceAction<NatGateway>[] = [
    {
      text: "Add a route to it…",
      whyNot: ({ state }) => (state === "deleted" ? "It is deleted" : null),
      dialog: ([one], close) => (
        <AddRoute
          target={{ kind: "nat-gateway", id: one.id }}
          label={labelOf(one)}
          vpcId={one.vpcId}
          description="That of the private subnets which are to use it; not that of its own subnet."
          onClose={close}
        />
      ),
    },
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
      description="A way out for private subnets, and none in: what leaves by it has its address."
      noun={NOUN}
      collection={natGateways}
      columns={columns}
      buttons={
        <DialogButton primary text="Create NAT gateway" dialog={(close) => <CreateNatGateway onClose={close} />} />
      }
      labelOf={labelOf}
      actions={actions}
      empty="There are no NAT gateways. One in a public subnet, and a route 0.0.0.0/0 to it in a private subnet’s route table, let instances of the private one out."
    />
  );
}
