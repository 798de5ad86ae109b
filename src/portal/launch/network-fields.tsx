import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { GroupsField } from "../network/groups-field.tsx";
import { nameOf } from "../network/names.ts";
import { SelectField } from "../resources/fields.tsx";
import type { LaunchErrors, LaunchFields } from "./launch-form.ts";

interface NetworkFieldsProps {
  readonly fields: LaunchFields;
  readonly errors: LaunchErrors;
  readonly onChange: (change: Partial<LaunchFields>) => void;
}

const PUBLIC_IP: readonly { readonly value: LaunchFields["publicIp"]; readonly label: string }[] = [
  { value: "", label: "As the subnet says" },
  { value: "enable", label: "Enable" },
  { value: "disable", label: "Disable" },
];

/** Where the instances are, and who reaches them (F52–F54). */
export function NetworkFields({ fields, errors, onChange }: NetworkFieldsProps) {
  const { vpcs, subnets } = usePortal().cloud;
  useRerenderOn(vpcs.onChange);
  useRerenderOn(subnets.onChange);
  const [expanded, setExpanded] = useState(false);
  const wrong = errors.subnetId !== undefined || errors.securityGroupIds !== undefined;
  const list = subnets.list();
  const chosen = list.find(({ id }) => id === fields.subnetId);
  const vpcId = chosen?.vpcId ?? vpcs.list().find(({ isDefault, region }) => isDefault && region === "us-east-1")?.id;
  const choose = (subnetId: string) => {
    const next = list.find(({ id }) => id === subnetId);
    // Groups are of one VPC.
    const kept = next === undefined || next.vpcId === vpcId ? fields.securityGroupIds : [];
    onChange({ subnetId, securityGroupIds: kept });
  };
  return (
    <ExpandableSection
      headerText="Network settings"
      // An error must not be hidden.
      expanded={expanded || wrong}
      onChange={({ detail }) => setExpanded(detail.expanded)}
    >
      <SpaceBetween size="l">
        <SelectField
          label="Subnet"
          error={errors.subnetId}
          value={fields.subnetId}
          options={[
            { value: "", label: "The default subnet of the zone" },
            ...list.map((subnet) => ({
              value: subnet.id,
              label: subnet.id,
              labelTag: subnet.cidrBlock,
              description: [nameOf(subnet), subnet.zone, subnet.vpcId].filter(Boolean).join(", "),
            })),
          ]}
          filteringType={list.length > 5 ? "auto" : "none"}
          onChange={choose}
        />
        <SelectField
          label="Public IP address"
          description="While it runs; it is another one at each start."
          value={fields.publicIp}
          options={PUBLIC_IP}
          onChange={(publicIp) => onChange({ publicIp })}
        />
        <GroupsField
          description="What they let in: the default one of the VPC, its members only. None: that one."
          error={errors.securityGroupIds}
          vpcId={vpcId}
          groupIds={fields.securityGroupIds}
          onChange={(securityGroupIds) => onChange({ securityGroupIds })}
        />
      </SpaceBetween>
    </ExpandableSection>
  );
}
