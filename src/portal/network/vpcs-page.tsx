import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Vpc } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { RegionField } from "../images/region-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { textColumn, yesNoColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { TextField } from "../resources/fields.tsx";
import { ListPage } from "../resources/list-page.tsx";
import { bySigns } from "../resources/refusal.ts";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { NameField } from "./name-field.tsx";
import { labelOf, nameOf, nameTags } from "./names.ts";

export const NOUN = ["VPC", "VPCs"] as const;

const COLUMNS: readonly ResourceColumn<Vpc>[] = [
  textColumn("name", "Name", nameOf, { minWidth: 120 }),
  textColumn("id", "VPC ID", ({ id }) => id, {
    cell: ({ id }) => <ResourceLink page="vpcs" id={id} />,
    isRowHeader: true,
  }),
  textColumn("cidr", "IPv4 CIDR", ({ cidrBlock }) => cidrBlock),
  yesNoColumn("default", "Default VPC", ({ isDefault }) => isDefault),
  textColumn("region", "Region", ({ region }) => region),
  textColumn("owner", "Owner", ({ ownerId }) => ownerId),
];

/** What can be done with a VPC. */
export const vpcActionsOf = ({ vpcs }: Cloud): readonly ResourceAction<Vpc>[] => [
  { text: "Edit DNS settings…", dialog: ([vpc], close) => <DnsSettings vpc={vpc} onClose={close} /> },
  tagsAction<Vpc>({ labelOf, member: "vpcs", setTags: (id, tags) => vpcs.setTags(id, tags) }),
  askedAction<Vpc>({
    verb: "Delete",
    noun: NOUN,
    labelOf,
    consequence: "It cannot be undone. Its subnets, gateways and security groups have to go first.",
    act: ({ id }) => vpcs.delete(id),
    callOf: ({ id }) => ({ member: "vpcs.delete", args: [id] }),
  }),
];

export default function VpcsPage() {
  const { cloud } = usePortal();
  return (
    <ListPage
      description="Networks apart from each other: instances in one reach each other by their private addresses, those in another never."
      noun={NOUN}
      collection={cloud.vpcs}
      columns={COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "default", descending: true }}
      buttons={
        <SpaceBetween direction="horizontal" size="xs">
          <DialogButton text="Create default VPC" dialog={(close) => <CreateDefaultVpc onClose={close} />} />
          <DialogButton primary text="Create VPC" dialog={(close) => <CreateVpc onClose={close} />} />
        </SpaceBetween>
      }
      actions={vpcActionsOf(cloud)}
    />
  );
}

const fieldOf = bySigns({ cidrBlock: ["InvalidVpc.Range"] });

function CreateVpc({ onClose }: { onClose: () => void }) {
  const { vpcs } = usePortal().cloud;
  const [name, setName] = useState("");
  const [cidrBlock, setCidrBlock] = useState("10.0.0.0/16");
  const [region, setRegion] = useState("us-east-1");
  const request = { cidrBlock: cidrBlock.trim(), region, ...nameTags(name) };
  return (
    <Dialog
      title="Create a VPC"
      submit="Create VPC"
      disabled={request.cidrBlock === ""}
      fieldOf={fieldOf}
      onSubmit={() => vpcs.create(request)}
      onClose={onClose}
      calls={[{ member: "vpcs.create", args: [request] }]}
    >
      {(errors) => (
        <SpaceBetween size="m">
          <NameField name={name} onChange={setName} />
          <TextField
            label="IPv4 CIDR block"
            description="From /16 to /28; it cannot be changed."
            error={errors.cidrBlock}
            value={cidrBlock}
            placeholder="10.0.0.0/16"
            onChange={setCidrBlock}
          />
          <RegionField description="Its subnets are in zones of it." region={region} onChange={setRegion} />
        </SpaceBetween>
      )}
    </Dialog>
  );
}

const regionOf = bySigns({ region: ["DefaultVpcAlreadyExists"] });

/** Where it was deleted. */
function CreateDefaultVpc({ onClose }: { onClose: () => void }) {
  const { vpcs } = usePortal().cloud;
  const [region, setRegion] = useState("us-east-1");
  return (
    <Dialog
      title="Create a default VPC"
      submit="Create default VPC"
      fieldOf={regionOf}
      onSubmit={() => vpcs.createDefault(region)}
      onClose={onClose}
      calls={[{ member: "vpcs.createDefault", args: [region] }]}
    >
      {(errors) => (
        <RegionField
          description="A region has one, 172.31.0.0/16, with a subnet in each zone and an internet gateway: this is for one whose was deleted."
          error={errors.region}
          region={region}
          onChange={setRegion}
        />
      )}
    </Dialog>
  );
}

function DnsSettings({ vpc, onClose }: { vpc: Vpc; onClose: () => void }) {
  const { vpcs } = usePortal().cloud;
  const [support, setSupport] = useState(vpc.enableDnsSupport);
  const [names, setNames] = useState(vpc.enableDnsHostnames);
  const request = {
    ...(support !== vpc.enableDnsSupport && { enableDnsSupport: support }),
    ...(names !== vpc.enableDnsHostnames && { enableDnsHostnames: names }),
  };
  return (
    <Dialog
      title={`DNS of ${labelOf(vpc)}`}
      submit="Save"
      disabled={Object.keys(request).length === 0}
      onSubmit={() => vpcs.modify(vpc.id, request)}
      onClose={onClose}
      calls={[{ member: "vpcs.modify", args: [vpc.id, request] }]}
    >
      <Checkbox
        checked={support}
        description="The resolver at the third address of the VPC's block answers."
        onChange={({ detail }) => setSupport(detail.checked)}
      >
        DNS resolution
      </Checkbox>
      <Checkbox
        checked={names}
        description="Instances with public addresses have public names."
        onChange={({ detail }) => setNames(detail.checked)}
      >
        DNS host names
      </Checkbox>
    </Dialog>
  );
}
