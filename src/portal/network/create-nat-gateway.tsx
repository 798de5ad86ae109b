import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { SelectField, TextField } from "../resources/fields.tsx";
import { bySigns } from "../resources/refusal.ts";
import { typed } from "../resources/typed.ts";
import { useAction } from "../resources/use-action.ts";
import { NameField } from "./name-field.tsx";
import { labelOf, nameTags } from "./names.ts";
import { SubnetField } from "./subnet-field.tsx";

const fieldOf = bySigns({
  privateIpAddress: ["InvalidIPAddress.InUse"],
  allocationId: ["MissingParameter", "InvalidAllocationID.NotFound", "Resource.AlreadyAssociated"],
  subnetId: ["Gateway.NotAttached", "InvalidSubnetID.NotFound", "InsufficientFreeAddressesInSubnet"],
});

/** Makes a way out for private subnets. It is used by those whose route tables lead to it. */
export function CreateNatGateway({ onClose }: { onClose: () => void }) {
  const { subnets, natGateways, addresses } = usePortal().cloud;
  useRerenderOn(addresses.onChange);
  const run = useAction();
  const [name, setName] = useState("");
  const [subnetId, setSubnetId] = useState("");
  const [connectivityType, setConnectivityType] = useState<"public" | "private">("public");
  const [allocationId, setAllocationId] = useState("");
  const [privateIpAddress, setPrivateIpAddress] = useState("");
  const region = subnets.list().find(({ id }) => id === subnetId)?.region;
  const isPublic = connectivityType === "public";
  const free = addresses.list().filter((one) => one.association === null && (region ?? one.region) === one.region);
  const allocate = async () => {
    const { id } = await addresses.allocate(region === undefined ? {} : { region });
    setAllocationId(id);
  };
  const request = {
    subnetId,
    connectivityType,
    ...typed({ allocationId: isPublic ? allocationId : "", privateIpAddress }),
    ...nameTags(name),
  };
  return (
    <Dialog
      title="Create a NAT gateway"
      submit="Create NAT gateway"
      disabled={subnetId === ""}
      fieldOf={fieldOf}
      onSubmit={() => natGateways.create(request)}
      onClose={onClose}
      calls={[{ member: "natGateways.create", args: [request] }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <NameField name={name} onChange={setName} />
          <SubnetField
            description="Not the private subnet that is to use it, but a public one: whose way out is the internet gateway."
            error={errors.subnetId}
            subnetId={subnetId}
            onChange={setSubnetId}
          />
          <SelectField<"public" | "private">
            label="Connectivity"
            value={connectivityType}
            options={[
              { value: "public", label: "Public", description: "Out to the Internet, with an Elastic IP address" },
              { value: "private", label: "Private", description: "To other addresses of the VPC alone" },
            ]}
            onChange={setConnectivityType}
          />
          {isPublic && (
            <SpaceBetween size="xs">
              <SelectField
                label="Elastic IP address"
                description="What goes out through it comes from this address."
                error={errors.allocationId}
                value={allocationId}
                options={free.map((one) => ({ value: one.id, label: one.publicIp, description: labelOf(one) }))}
                placeholder="Choose an address"
                empty="All are in use: allocate one"
                onChange={setAllocationId}
              />
              <Button formAction="none" onClick={() => run("Could not allocate an address", allocate)}>
                Allocate Elastic IP
              </Button>
            </SpaceBetween>
          )}
          <TextField
            label="Private IP"
            description="One of the subnet's; empty: the lowest that is free."
            error={errors.privateIpAddress}
            value={privateIpAddress}
            onChange={setPrivateIpAddress}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
