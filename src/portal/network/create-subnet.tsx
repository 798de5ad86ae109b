import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import { bySigns } from "../resources/refusal.ts";
import { typed } from "../resources/typed.ts";
import { NameField } from "./name-field.tsx";
import { nameTags } from "./names.ts";
import { likelyVpc, VpcField } from "./vpc-field.tsx";

const fieldOf = bySigns({
  cidrBlock: ["InvalidSubnet.Range", "InvalidSubnet.Conflict"],
  availabilityZone: ["zone"],
  vpcId: ["InvalidVpcID.NotFound"],
});

interface CreateSubnetProps {
  /** The VPC that is suggested. */
  readonly vpcId?: string;
  readonly onClose: () => void;
}

/** Makes a part of a VPC (F52). */
export function CreateSubnet({ vpcId: suggested, onClose }: CreateSubnetProps) {
  const { vpcs, subnets } = usePortal().cloud;
  const [name, setName] = useState("");
  const [vpcId, setVpcId] = useState(() => suggested ?? likelyVpc(vpcs.list()));
  const [cidrBlock, setCidrBlock] = useState("");
  const [zone, setZone] = useState("");
  const vpc = vpcs.list().find(({ id }) => id === vpcId);
  const request = { vpcId, cidrBlock: cidrBlock.trim(), ...typed({ availabilityZone: zone }), ...nameTags(name) };
  return (
    <Dialog
      title="Create a subnet"
      submit="Create subnet"
      disabled={vpcId === "" || request.cidrBlock === ""}
      fieldOf={fieldOf}
      onSubmit={() => subnets.create(request)}
      onClose={onClose}
      calls={[{ member: "subnets.create", args: [request] }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <VpcField error={errors.vpcId} vpcId={vpcId} onChange={setVpcId} />
          <NameField name={name} onChange={setName} />
          <TextField
            label="IPv4 CIDR block"
            description={`A part of ${vpc?.cidrBlock ?? "the VPC's"} that no other subnet has; from /16 to /28.`}
            error={errors.cidrBlock}
            value={cidrBlock}
            placeholder={vpc?.cidrBlock.replace(/\/\d+$/, "/24") ?? "10.0.0.0/24"}
            onChange={setCidrBlock}
          />
          <TextField
            label="Availability zone"
            description={`Of ${vpc?.region ?? "the VPC's region"}; empty: the first one.`}
            error={errors.availabilityZone}
            value={zone}
            placeholder={`${vpc?.region ?? "us-east-1"}a`}
            onChange={setZone}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
