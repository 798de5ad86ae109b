import type { InternetGateway } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { textColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ChangeInternetAccess } from "./internet-access.tsx";
import { labelOf, nameOf } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";

const NOUN = ["internet gateway", "internet gateways"] as const;

const COLUMNS: readonly ResourceColumn<InternetGateway>[] = [
  textColumn("name", "Name", nameOf, { minWidth: 120 }),
  textColumn("id", "Internet gateway ID", ({ id }) => id, { isRowHeader: true }),
  vpcColumn(),
  textColumn("outbound", "Internet access", ({ outbound }) => (outbound ? "On" : "Off")),
  textColumn("region", "Region", ({ region }) => region),
];

export default function InternetGatewaysPage() {
  const { internetGateways } = usePortal().cloud;
  const actions: readonly ResourceAction<InternetGateway>[] = [
    {
      text: "Change internet access…",
      dialog: ([gateway], close) => <ChangeInternetAccess gateway={gateway} onClose={close} />,
    },
    tagsAction<InternetGateway>({
      labelOf,
      member: "internetGateways",
      setTags: (id, tags) => internetGateways.setTags(id, tags),
    }),
    askedAction<InternetGateway>({
      verb: "Detach",
      noun: NOUN,
      labelOf,
      whyNot: ({ vpcId }) => (vpcId === null ? "It is attached to no VPC" : null),
      consequence: "Nothing gets into the VPC or out of it any more. Nothing in it may have a public address.",
      act: async ({ id, vpcId }) => vpcId !== null && (await internetGateways.detach(id, vpcId)),
      callOf: ({ id, vpcId }) => ({ member: "internetGateways.detach", args: [id, vpcId] }),
    }),
    askedAction<InternetGateway>({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      whyNot: ({ vpcId }) => (vpcId === null ? null : "Detach it first"),
      consequence: "It cannot be undone. Routes to it lead nowhere then.",
      act: ({ id }) => internetGateways.delete(id),
      callOf: ({ id }) => ({ member: "internetGateways.delete", args: [id] }),
    }),
  ];
  return (
    <ListPage
      description="A VPC's way in, from this page, and out, to the real Internet where that is switched on."
      noun={NOUN}
      collection={internetGateways}
      columns={COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "id", descending: false }}
      filterPlaceholder="Find an internet gateway by name, ID, VPC"
      actions={actions}
      empty="There are no internet gateways."
    />
  );
}
