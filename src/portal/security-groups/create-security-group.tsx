import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { VpcField } from "../network/vpc-field.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { typed } from "../resources/typed.ts";
import { navigate } from "../routing/route.ts";

/** Makes a security group, which lets nothing in and everything out at first, and shows it. */
export function CreateSecurityGroup({ onClose }: { onClose: () => void }) {
  const { securityGroups } = usePortal().cloud;
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [vpcId, setVpcId] = useState("");
  const request = { name: name.trim(), description: description.trim(), ...typed({ vpcId }) };
  const create = async () => {
    const { id } = await securityGroups.create(request);
    navigate({ page: "security-groups", id });
  };
  return (
    <Dialog
      title="Create a security group"
      submit="Create security group"
      disabled={request.name === "" || request.description === ""}
      onSubmit={create}
      onClose={onClose}
      calls={[{ member: "securityGroups.create", args: [request] }]}
    >
      <TextField label="Name" description="It cannot be changed." value={name} onChange={setName} />
      <TextField
        label="Description"
        description="What it is for. It cannot be changed."
        value={description}
        spellcheck
        onChange={setDescription}
      />
      <VpcField optional vpcId={vpcId} onChange={setVpcId} />
    </Dialog>
  );
}
