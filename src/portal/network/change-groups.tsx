import { useState } from "react";
import type { NetworkInterface } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { GroupsField } from "./groups-field.tsx";
import { labelOf } from "./names.ts";

/** Which security groups an interface is in; they take effect at once (F54). */
export function ChangeGroups(props: { networkInterface: NetworkInterface; onClose: () => void }) {
  const { networkInterface, onClose } = props;
  const { networkInterfaces } = usePortal().cloud;
  const [groupIds, setGroupIds] = useState(networkInterface.groupIds);
  const request = { securityGroupIds: groupIds };
  return (
    <Dialog
      title={`Security groups of ${labelOf(networkInterface)}`}
      submit="Save"
      disabled={groupIds.length === 0}
      onSubmit={() => networkInterfaces.modify(networkInterface.id, request)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.modify", args: [networkInterface.id, request] }]}
    >
      <GroupsField
        description="One to five of its VPC. What one of them lets through passes."
        vpcId={networkInterface.vpcId}
        groupIds={groupIds}
        onChange={setGroupIds}
      />
    </Dialog>
  );
}
