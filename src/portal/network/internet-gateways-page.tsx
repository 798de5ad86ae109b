import { useState } from "react";
import type { InternetGateway } from "../../api/network-types.ts";
import { RegionField } from "../images/region-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { textColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import { bySigns } from "../resources/refusal.ts";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { AddRoute } from "./add-route.tsx";
import { ChangeInternetAccess } from "./internet-access.tsx";
import { NameField } from "./name-field.tsx";
import { labelOf, nameOf, nameTags } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";
import { VpcField } from "./vpc-field.tsx";

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
    {
      text: "Add a route to it…",
      whyNot: ({ vpcId }) => (vpcId === null ? "Attach it to a VPC first" : null),
      dialog: ([gateway], close) =>
        gateway.vpcId !== null && (
          <AddRoute
            target={{ kind: "internet-gateway", id: gateway.id }}
            label={labelOf(gateway)}
            vpcId={gateway.vpcId}
            description="The subnets that have it are public ones then: instances with public addresses are reached."
            onClose={close}
          />
        ),
    },
    {
      text: "Attach…",
      whyNot: ({ vpcId }) => (vpcId === null ? null : `It is attached to ${vpcId}`),
      dialog: ([gateway], close) => <AttachGateway gateway={gateway} onClose={close} />,
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
      buttons={
        <DialogButton primary text="Create internet gateway" dialog={(close) => <CreateGateway onClose={close} />} />
      }
      actions={actions}
    />
  );
}

function CreateGateway({ onClose }: { onClose: () => void }) {
  const { internetGateways } = usePortal().cloud;
  const [name, setName] = useState("");
  const [region, setRegion] = useState("us-east-1");
  const request = { region, ...nameTags(name) };
  return (
    <Dialog
      title="Create an internet gateway"
      submit="Create internet gateway"
      onSubmit={() => internetGateways.create(request)}
      onClose={onClose}
      calls={[{ member: "internetGateways.create", args: [request] }]}
    >
      <NameField name={name} onChange={setName} />
      <RegionField
        description="Of the VPC that it is for. It is attached to that afterwards, and routes lead to it."
        region={region}
        onChange={setRegion}
      />
    </Dialog>
  );
}

const attachedFieldOf = bySigns({ vpcId: ["InvalidVpcID.NotFound"] });

function AttachGateway({ gateway, onClose }: { gateway: InternetGateway; onClose: () => void }) {
  const { internetGateways } = usePortal().cloud;
  const [vpcId, setVpcId] = useState("");
  const taken = new Set(internetGateways.list().map((one) => one.vpcId));
  return (
    <Dialog
      title={`Attach ${labelOf(gateway)}`}
      submit="Attach"
      disabled={vpcId === ""}
      fieldOf={attachedFieldOf}
      onSubmit={() => internetGateways.attach(gateway.id, vpcId)}
      onClose={onClose}
      calls={[{ member: "internetGateways.attach", args: [gateway.id, vpcId] }]}
    >
      {(errors) => (
        <VpcField
          description="Of its region, and without an internet gateway. Which of its subnets use it, their route tables say."
          error={errors.vpcId}
          vpcId={vpcId}
          canBe={({ id, region }) => region === gateway.region && !taken.has(id)}
          onChange={setVpcId}
        />
      )}
    </Dialog>
  );
}
