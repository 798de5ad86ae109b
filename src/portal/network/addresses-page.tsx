import { useState } from "react";
import type { Address } from "../../api/network-types.ts";
import { RegionField } from "../images/region-field.tsx";
import { InstanceField } from "../instances/instance-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useInstances, useRerenderOn } from "../live/use-live.ts";
import { textColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { NameField } from "./name-field.tsx";
import { nameOf, nameTags } from "./names.ts";

const NOUN = ["Elastic IP address", "Elastic IP addresses"] as const;

const labelOf = ({ publicIp }: Address): string => publicIp;

export default function AddressesPage() {
  const { addresses, networkInterfaces } = usePortal().cloud;
  useRerenderOn(networkInterfaces.onChange);
  const instanceOf = ({ association }: Address): string =>
    networkInterfaces.list().find(({ id }) => id === association?.networkInterfaceId)?.attachment?.instanceId ?? "";
  const columns: readonly ResourceColumn<Address>[] = [
    textColumn("name", "Name", nameOf, { minWidth: 120 }),
    textColumn("ip", "Public IP", ({ publicIp }) => publicIp, { isRowHeader: true }),
    textColumn("id", "Allocation ID", ({ id }) => id),
    textColumn("instance", "Instance", instanceOf, {
      cell: (address) =>
        instanceOf(address) === "" ? "–" : <ResourceLink page="instances" id={instanceOf(address)} />,
    }),
    textColumn("private", "Private IP", ({ association }) => association?.privateIpAddress ?? ""),
    textColumn("interface", "Network interface", ({ association }) => association?.networkInterfaceId ?? ""),
    textColumn("region", "Region", ({ region }) => region),
  ];
  const mustBeFree = ({ association }: Address) => (association === null ? null : "Disassociate it first");
  const actions: readonly ResourceAction<Address>[] = [
    { text: "Associate…", dialog: ([address], close) => <AssociateAddress address={address} onClose={close} /> },
    askedAction<Address>({
      verb: "Disassociate",
      noun: NOUN,
      labelOf,
      whyNot: ({ association }) => (association === null ? "It is associated with nothing" : null),
      consequence: "What it leads to now is not reached by it any more, at once. The address stays yours.",
      act: async ({ association }) => association && (await addresses.disassociate(association.id)),
      callOf: ({ association }) => ({ member: "addresses.disassociate", args: [association?.id] }),
    }),
    tagsAction<Address>({ labelOf, member: "addresses", setTags: (id, tags) => addresses.setTags(id, tags) }),
    askedAction<Address>({
      verb: "Release",
      noun: NOUN,
      labelOf,
      whyNot: mustBeFree,
      consequence: "The address goes back to the pool. Getting the same one again is unlikely.",
      act: ({ id }) => addresses.release(id),
      callOf: ({ id }) => ({ member: "addresses.release", args: [id] }),
    }),
  ];
  return (
    <ListPage
      description="Public addresses that stay yours until they are released, whatever they lead to."
      noun={NOUN}
      collection={addresses}
      columns={columns}
      labelOf={labelOf}
      sortedBy={{ column: "ip", descending: false }}
      buttons={
        <DialogButton
          primary
          text="Allocate Elastic IP address"
          dialog={(close) => <AllocateAddress onClose={close} />}
        />
      }
      actions={actions}
      empty="There are no Elastic IP addresses. An instance in a subnet that gives public addresses has one while it runs."
    />
  );
}

function AllocateAddress({ onClose }: { onClose: () => void }) {
  const { addresses } = usePortal().cloud;
  const [name, setName] = useState("");
  const [region, setRegion] = useState("us-east-1");
  const request = { region, ...nameTags(name) };
  return (
    <Dialog
      title="Allocate an Elastic IP address"
      submit="Allocate"
      onSubmit={() => addresses.allocate(request)}
      onClose={onClose}
      calls={[{ member: "addresses.allocate", args: [request] }]}
    >
      <NameField name={name} onChange={setName} />
      <RegionField description="It leads to interfaces there alone." region={region} onChange={setRegion} />
    </Dialog>
  );
}

function AssociateAddress({ address, onClose }: { address: Address; onClose: () => void }) {
  const { cloud } = usePortal();
  const { addresses } = cloud;
  const instances = useInstances(cloud).filter(({ state }) => state !== "terminated" && state !== "shutting-down");
  const [instanceId, setInstanceId] = useState("");
  const request = { allocationId: address.id, instanceId };
  return (
    <Dialog
      title={`Associate ${address.publicIp}`}
      submit="Associate"
      disabled={instanceId === ""}
      onSubmit={() => addresses.associate(request)}
      onClose={onClose}
      calls={[{ member: "addresses.associate", args: [request] }]}
    >
      <InstanceField
        instances={instances}
        description="Its primary interface. The public address that it has now, if any, goes."
        instanceId={instanceId}
        onChange={setInstanceId}
      />
    </Dialog>
  );
}
