import { usePortal } from "../live/portal-context.ts";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import { CreateInterface } from "./create-interface.tsx";
import { actionsOf, NOUN } from "./interface-actions.tsx";
import { INTERFACE_COLUMNS } from "./interface-table.tsx";
import { labelOf } from "./names.ts";

export default function InterfacesPage() {
  const { cloud } = usePortal();
  return (
    <ListPage
      description="What connects instances with their subnets: each has addresses, a MAC address and security groups."
      noun={NOUN}
      collection={cloud.networkInterfaces}
      columns={INTERFACE_COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "private", descending: false }}
      buttons={
        <DialogButton primary text="Create network interface" dialog={(close) => <CreateInterface onClose={close} />} />
      }
      actions={actionsOf(cloud)}
      empty="There are no network interfaces. Each instance that is launched brings one."
    />
  );
}
