import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { bySigns } from "../resources/refusal.ts";
import { typed } from "../resources/typed.ts";
import { GroupsField } from "./groups-field.tsx";
import { NameField } from "./name-field.tsx";
import { nameTags } from "./names.ts";
import { SubnetField } from "./subnet-field.tsx";

const fieldOf = bySigns({
  privateIpAddress: ["InvalidIPAddress.InUse"],
  securityGroupIds: ["InvalidGroup.NotFound", "SecurityGroupsPerInterfaceLimitExceeded", "groupId"],
  subnetId: ["InvalidSubnetID.NotFound", "InsufficientFreeAddressesInSubnet"],
});

/** Makes an interface that is attached to nothing yet (F58). */
export function CreateInterface({ onClose }: { onClose: () => void }) {
  const { networkInterfaces, subnets } = usePortal().cloud;
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [subnetId, setSubnetId] = useState("");
  const [privateIpAddress, setPrivateIpAddress] = useState("");
  const [groupIds, setGroupIds] = useState<readonly string[]>([]);
  const vpcOf = (id: string) => subnets.list().find((subnet) => subnet.id === id)?.vpcId;
  const request = {
    subnetId,
    ...typed({ description, privateIpAddress }),
    ...(groupIds.length > 0 && { securityGroupIds: groupIds }),
    ...nameTags(name),
  };
  return (
    <Dialog
      title="Create a network interface"
      submit="Create network interface"
      disabled={subnetId === ""}
      fieldOf={fieldOf}
      onSubmit={() => networkInterfaces.create(request)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.create", args: [request] }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <NameField name={name} onChange={setName} />
          <TextField label="Description" spellcheck value={description} onChange={setDescription} />
          <SubnetField
            description="Instances of its zone can have it."
            error={errors.subnetId}
            subnetId={subnetId}
            onChange={(id) => {
              // Groups are of one VPC.
              if (vpcOf(id) !== vpcOf(subnetId)) setGroupIds([]);
              setSubnetId(id);
            }}
          />
          <TextField
            label="Private IP"
            description="One of the subnet's; empty: the lowest that is free."
            error={errors.privateIpAddress}
            value={privateIpAddress}
            onChange={setPrivateIpAddress}
          />
          <GroupsField
            description="Up to five of its VPC. None: the default one."
            error={errors.securityGroupIds}
            vpcId={vpcOf(subnetId)}
            groupIds={groupIds}
            onChange={setGroupIds}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
