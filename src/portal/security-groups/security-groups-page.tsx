import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { SecurityGroup } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn } from "../resources/columns.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { CreateSecurityGroup } from "./create-security-group.tsx";
import { labelOf } from "./label.ts";
import { ANYWHERE, peerText, portsOf, trafficText } from "./rule-fields.ts";
import { actionsOf, NOUN } from "./security-group-actions.tsx";

export default function SecurityGroupsPage() {
  const { cloud } = usePortal();
  const { securityGroups, networkInterfaces } = cloud;
  useRerenderOn(networkInterfaces.onChange);
  const members = (id: string) => networkInterfaces.list().filter(({ groupIds }) => groupIds.includes(id)).length;
  const columns: readonly ResourceColumn<SecurityGroup>[] = [
    textColumn("name", "Name", ({ name }) => name, { minWidth: 120 }),
    textColumn("id", "Security group ID", ({ id }) => id, {
      cell: ({ id }) => <ResourceLink page="security-groups" id={id} />,
      isRowHeader: true,
    }),
    textColumn("vpc", "VPC", ({ vpcId }) => vpcId, { cell: ({ vpcId }) => <ResourceLink page="vpcs" id={vpcId} /> }),
    textColumn("description", "Description", ({ description }) => description),
    numberColumn("inbound", "Inbound rules", ({ rules }) => rules.filter(({ egress }) => !egress).length),
    numberColumn("outbound", "Outbound rules", ({ rules }) => rules.filter(({ egress }) => egress).length),
    textColumn("open", "Open to everybody", openTo, {
      cell: (group) => {
        const text = openTo(group);
        return text === "" ? "–" : <StatusIndicator type="warning">{text}</StatusIndicator>;
      },
    }),
    numberColumn("members", "Interfaces in it", ({ id }) => members(id)),
  ];
  return (
    <ListPage
      description="Firewalls of network interfaces: what none of an interface's groups lets through is dropped. Answers always pass."
      noun={NOUN}
      collection={securityGroups}
      columns={columns}
      labelOf={labelOf}
      sortedBy={{ column: "name", descending: false }}
      buttons={
        <DialogButton
          primary
          text="Create security group"
          dialog={(close) => <CreateSecurityGroup onClose={close} />}
        />
      }
      actions={actionsOf(cloud)}
    />
  );
}

/** What anybody may send to its members (F57): "SSH, Custom TCP 8000-8100". */
function openTo({ rules }: SecurityGroup): string {
  return rules
    .filter((rule) => !rule.egress && peerText(rule) === ANYWHERE)
    .map((rule) =>
      trafficText(rule).startsWith("Custom") ? `${trafficText(rule)} ${portsOf(rule)}` : trafficText(rule),
    )
    .join(", ");
}
