import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { Subnet } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import { networkAclChange, routeTableChange } from "./associations.ts";
import { ChangeAssociation } from "./change-association.tsx";
import { CreateSubnet } from "./create-subnet.tsx";
import { labelOf } from "./names.ts";
import { subnetColumns } from "./subnet-columns.tsx";

const NOUN = ["subnet", "subnets"] as const;

export default function SubnetsPage() {
  const { cloud } = usePortal();
  const { subnets, routeTables, networkAcls } = cloud;
  useRerenderOn(cloud.network.onChange);
  const actions: readonly ResourceAction<Subnet>[] = [
    {
      text: "Edit public IPs at launch…",
      dialog: ([subnet], close) => <PublicIps subnet={subnet} onClose={close} />,
    },
    {
      text: "Change route table…",
      dialog: ([subnet], close) => (
        <ChangeAssociation
          subnet={subnet}
          label="Route table"
          description="What its instances send goes by it at once."
          choices={routeTables.list()}
          otherwise="The main route table of the VPC"
          now={subnet.routeTable?.id ?? ""}
          changeOf={(id) => routeTableChange(cloud, subnet, id === "" ? null : id)}
          onClose={close}
        />
      ),
    },
    {
      text: "Change network ACL…",
      dialog: ([subnet], close) => (
        <ChangeAssociation
          subnet={subnet}
          label="Network ACL"
          description="What comes into it and leaves it is filtered by it at once."
          choices={networkAcls.list()}
          now={subnet.networkAcl.id}
          changeOf={(id) => networkAclChange(cloud, subnet, id)}
          onClose={close}
        />
      ),
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
      columns={subnetColumns(cloud)}
      labelOf={labelOf}
      sortedBy={{ column: "default", descending: false }}
      buttons={<DialogButton primary text="Create subnet" dialog={(close) => <CreateSubnet onClose={close} />} />}
      actions={actions}
    />
  );
}

/** Whether instances that are launched into it have public addresses (F53). */
function PublicIps({ subnet, onClose }: { subnet: Subnet; onClose: () => void }) {
  const { subnets } = usePortal().cloud;
  const [mapPublicIpOnLaunch, setMapped] = useState(subnet.mapPublicIpOnLaunch);
  const request = { mapPublicIpOnLaunch };
  return (
    <Dialog
      title={`Public IPs in ${labelOf(subnet)}`}
      submit="Save"
      onSubmit={() => subnets.modify(subnet.id, request)}
      onClose={onClose}
      calls={[{ member: "subnets.modify", args: [subnet.id, request] }]}
    >
      <Checkbox
        checked={mapPublicIpOnLaunch}
        description="Those that run already stay as they are. A launch may say otherwise."
        onChange={({ detail }) => setMapped(detail.checked)}
      >
        Give instances a public IP address at launch
      </Checkbox>
    </Dialog>
  );
}
