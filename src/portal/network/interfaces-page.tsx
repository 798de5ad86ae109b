import type { NetworkInterface } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import { ChangeGroups } from "./change-groups.tsx";
import { INTERFACE_COLUMNS } from "./interface-table.tsx";
import { labelOf } from "./names.ts";

const NOUN = ["network interface", "network interfaces"] as const;

export default function InterfacesPage() {
  const { networkInterfaces } = usePortal().cloud;
  const actions: readonly ResourceAction<NetworkInterface>[] = [
    {
      text: "Change security groups…",
      dialog: ([one], close) => <ChangeGroups networkInterface={one} onClose={close} />,
    },
    tagsAction<NetworkInterface>({
      labelOf,
      member: "networkInterfaces",
      setTags: (id, tags) => networkInterfaces.setTags(id, tags),
    }),
    askedAction<NetworkInterface>({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      whyNot: ({ attachment }) => (attachment === null ? null : `It is attached to ${attachment.instanceId}`),
      consequence: "It cannot be undone. Its private address is free again; Elastic IP addresses stay yours.",
      act: ({ id }) => networkInterfaces.delete(id),
      callOf: ({ id }) => ({ member: "networkInterfaces.delete", args: [id] }),
    }),
  ];
  return (
    <ListPage
      description="What connects instances with their subnets: each has addresses, a MAC address and security groups."
      noun={NOUN}
      collection={networkInterfaces}
      columns={INTERFACE_COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "private", descending: false }}
      filterPlaceholder="Find an interface by ID, instance, address, subnet"
      actions={actions}
      empty="There are no network interfaces. Each instance that is launched brings one."
    />
  );
}
