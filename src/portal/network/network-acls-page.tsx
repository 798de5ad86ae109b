import type { NetworkAcl } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn, yesNoColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { networkAclChange } from "./associations.ts";
import { ChooseSubnets } from "./choose-subnets.tsx";
import { CreateInVpc } from "./create-in-vpc.tsx";
import { EditEntries } from "./edit-entries.tsx";
import { labelOf, nameOf } from "./names.ts";
import { vpcColumn } from "./vpc-column.tsx";

export const NOUN = ["network ACL", "network ACLs"] as const;

/** What can be done with a network ACL. */
export const actionsOf = ({ networkAcls }: Cloud): readonly ResourceAction<NetworkAcl>[] => [
  { text: "Edit inbound entries…", dialog: ([acl], close) => <EditEntries acl={acl} egress={false} onClose={close} /> },
  { text: "Edit outbound entries…", dialog: ([acl], close) => <EditEntries acl={acl} egress onClose={close} /> },
  { text: "Edit subnet associations…", dialog: ([acl], close) => <AclSubnets acl={acl} onClose={close} /> },
  tagsAction<NetworkAcl>({ labelOf, member: "networkAcls", setTags: (id, tags) => networkAcls.setTags(id, tags) }),
  askedAction<NetworkAcl>({
    verb: "Delete",
    noun: NOUN,
    labelOf,
    whyNot: ({ isDefault }) => (isDefault ? "The default network ACL of a VPC stays" : null),
    consequence: "It cannot be undone. No subnet may have it.",
    act: ({ id }) => networkAcls.delete(id),
    callOf: ({ id }) => ({ member: "networkAcls.delete", args: [id] }),
  }),
];

/** The subnets that have it: each has one, at first the default one of its VPC. */
export function AclSubnets({ acl, onClose }: { acl: NetworkAcl; onClose: () => void }) {
  const { cloud } = usePortal();
  const isDefaultHere = ({ isDefault, vpcId }: NetworkAcl) => isDefault && vpcId === acl.vpcId;
  const otherwise = cloud.networkAcls.list().find(isDefaultHere)?.id ?? acl.id;
  return (
    <ChooseSubnets
      title={`Subnets of ${labelOf(acl)}`}
      description={
        acl.isDefault
          ? "Each subnet has one: what is to lose the default one is chosen at another."
          : "Those that lose it have the default one of the VPC again."
      }
      vpcId={acl.vpcId}
      has={({ networkAcl }) => networkAcl.id === acl.id}
      now={({ networkAcl }) => (networkAcl.id === otherwise ? "the default network ACL" : networkAcl.id)}
      changeOf={(subnet, wanted) => {
        if (wanted) return networkAclChange(cloud, subnet, acl.id);
        return subnet.networkAcl.id === acl.id ? networkAclChange(cloud, subnet, otherwise) : null;
      }}
      onClose={onClose}
    />
  );
}

export default function NetworkAclsPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.subnets.onChange);
  const subnetsWith = (id: string) => cloud.subnets.list().filter(({ networkAcl }) => networkAcl.id === id).length;
  const columns: readonly ResourceColumn<NetworkAcl>[] = [
    textColumn("name", "Name", nameOf, { minWidth: 120 }),
    textColumn("id", "Network ACL ID", ({ id }) => id, {
      cell: ({ id }) => <ResourceLink page="network-acls" id={id} />,
      isRowHeader: true,
    }),
    vpcColumn(),
    yesNoColumn("default", "Default", ({ isDefault }) => isDefault),
    numberColumn("inbound", "Inbound entries", ({ entries }) => entries.filter(({ egress }) => !egress).length),
    numberColumn("outbound", "Outbound entries", ({ entries }) => entries.filter(({ egress }) => egress).length),
    numberColumn("subnets", "Subnets", ({ id }) => subnetsWith(id)),
  ];
  return (
    <ListPage
      description="What may come into subnets, and leave them. They know no connections: answers need an entry of their own."
      noun={NOUN}
      collection={cloud.networkAcls}
      columns={columns}
      labelOf={labelOf}
      buttons={
        <DialogButton
          primary
          text="Create network ACL"
          dialog={(close) => (
            <CreateInVpc
              noun={NOUN[0]}
              description="At first it refuses everything, and no subnet has it."
              member="networkAcls.create"
              create={(request) => cloud.networkAcls.create(request)}
              page="network-acls"
              onClose={close}
            />
          )}
        />
      }
      actions={actionsOf(cloud)}
    />
  );
}
