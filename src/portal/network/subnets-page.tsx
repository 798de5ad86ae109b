import { useState } from "react";
import type { Subnet } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { SelectField, TextField } from "../resources/fields.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import { typed } from "../resources/typed.ts";
import { useAction } from "../resources/use-action.ts";
import { labelOf, nameTags } from "./names.ts";
import { SUBNET_COLUMNS } from "./subnet-columns.tsx";

const NOUN = ["subnet", "subnets"] as const;

export default function SubnetsPage() {
  const { subnets } = usePortal().cloud;
  const run = useAction();
  const setMapped = (subnet: Subnet, mapPublicIpOnLaunch: boolean) =>
    run(`Could not change ${labelOf(subnet)}`, () => subnets.modify(subnet.id, { mapPublicIpOnLaunch }));
  const actions: readonly ResourceAction<Subnet>[] = [
    {
      text: "Give public IPs at launch",
      whyNot: ({ mapPublicIpOnLaunch }) => (mapPublicIpOnLaunch ? "It does" : null),
      act: ([subnet]) => setMapped(subnet, true),
    },
    {
      text: "Give no public IPs at launch",
      whyNot: ({ mapPublicIpOnLaunch }) => (mapPublicIpOnLaunch ? null : "It gives none"),
      act: ([subnet]) => setMapped(subnet, false),
    },
    tagsAction<Subnet>({ labelOf, member: "subnets", setTags: (id, tags) => subnets.setTags(id, tags) }),
    askedAction<Subnet>({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      consequence: "It cannot be undone. No interface may be in it.",
      act: ({ id }) => subnets.delete(id),
      callOf: ({ id }) => ({ member: "subnets.delete", args: [id] }),
    }),
  ];
  return (
    <ListPage
      description="Ranges of a VPC's addresses, each in one zone. The first four addresses and the last one of each are the network's own."
      noun={NOUN}
      collection={subnets}
      columns={SUBNET_COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "zone", descending: false }}
      filterPlaceholder="Find a subnet by name, ID, VPC, block, zone"
      buttons={<DialogButton primary text="Create subnet" dialog={(close) => <CreateSubnet onClose={close} />} />}
      actions={actions}
      empty="There are no subnets."
    />
  );
}

function CreateSubnet({ onClose }: { onClose: () => void }) {
  const { vpcs, subnets } = usePortal().cloud;
  const choices = vpcs.list();
  const [name, setName] = useState("");
  const [vpcId, setVpcId] = useState(choices.find(({ isDefault }) => !isDefault)?.id ?? choices[0]?.id ?? "");
  const [cidrBlock, setCidrBlock] = useState("");
  const [zone, setZone] = useState("");
  const vpc = choices.find(({ id }) => id === vpcId);
  const request = { vpcId, cidrBlock: cidrBlock.trim(), ...typed({ availabilityZone: zone }), ...nameTags(name) };
  return (
    <Dialog
      title="Create a subnet"
      submit="Create subnet"
      disabled={vpcId === "" || request.cidrBlock === ""}
      onSubmit={() => subnets.create(request)}
      onClose={onClose}
      calls={[{ member: "subnets.create", args: [request] }]}
    >
      <SelectField
        label="VPC"
        value={vpcId}
        options={choices.map((one) => ({ value: one.id, label: labelOf(one), description: one.cidrBlock }))}
        onChange={setVpcId}
      />
      <TextField label="Name" description="To tell it from others; may be empty." value={name} onChange={setName} />
      <TextField
        label="IPv4 CIDR block"
        description={`A part of ${vpc?.cidrBlock ?? "the VPC's"} that no other subnet has; from /16 to /28.`}
        value={cidrBlock}
        placeholder={vpc?.cidrBlock.replace(/\/\d+$/, "/24") ?? "10.0.0.0/24"}
        onChange={setCidrBlock}
      />
      <TextField
        label="Availability zone"
        description={`Of ${vpc?.region ?? "the VPC's region"}; empty: the first one.`}
        value={zone}
        placeholder={`${vpc?.region ?? "us-east-1"}a`}
        onChange={setZone}
      />
    </Dialog>
  );
}
