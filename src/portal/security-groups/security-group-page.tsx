import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { NetworkInterface, SecurityGroup, SecurityGroupRule } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { InterfaceTable } from "../network/interface-table.tsx";
import { textColumn } from "../resources/columns.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { Facts } from "../resources/facts.tsx";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { RouteTabs } from "../resources/route-tabs.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { Page } from "../shell/page.tsx";
import { tagsText } from "../tags/tags.ts";
import { EditRules } from "./edit-rules.tsx";
import type { Direction } from "./rule-calls.ts";
import { MY_IP, peerText, portsOf, protocolOf, trafficText } from "./rule-fields.ts";
import { actionsOf, NOUN } from "./security-group-actions.tsx";
import { GROUP_TABS } from "./tabs.ts";

/** A security group: its rules, and whose traffic they decide. */
export default function SecurityGroupPage({ id, tab }: { id: string; tab: string }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.securityGroups.onChange);
  useRerenderOn(cloud.networkInterfaces.onChange);
  const group = found(() => cloud.securityGroups.get(id));
  if (group === null) return <NoSuch noun="security group" id={id} />;
  const members = cloud.networkInterfaces.list().filter(({ groupIds }) => groupIds.includes(id));
  const naming = cloud.securityGroups.list().filter((other) => other.id !== id && names(other, id));
  const contents = {
    inbound: { label: "Inbound rules", content: <Rules group={group} direction="ingress" /> },
    outbound: { label: "Outbound rules", content: <Rules group={group} direction="egress" /> },
    members: { label: "Members", content: <Members members={members} /> },
  };
  return (
    <Page
      title={group.name}
      description={group.description}
      actions={<ResourceActions noun={NOUN} items={[group]} actions={actionsOf(cloud)} />}
    >
      <SpaceBetween size="l">
        <Facts
          facts={{
            "Security group ID": group.id,
            VPC: <ResourceLink page="vpcs" id={group.vpcId} />,
            Owner: group.ownerId,
            Region: group.region,
            Tags: tagsText(group.tags),
            "Named by rules of": naming.length > 0 && <Groups groups={naming} />,
          }}
        />
        <RouteTabs
          label="Security group"
          page="security-groups"
          id={id}
          tab={tab}
          tabs={GROUP_TABS.map((name) => ({ id: name, ...contents[name] }))}
        />
      </SpaceBetween>
    </Page>
  );
}

const names = ({ rules }: SecurityGroup, groupId: string): boolean => rules.some((rule) => peerText(rule) === groupId);

function Groups({ groups }: { groups: readonly SecurityGroup[] }) {
  return (
    <SpaceBetween size="xxs">
      {groups.map(({ id, name }) => (
        <Box key={id}>
          <ResourceLink page="security-groups" id={id} /> {name}
        </Box>
      ))}
    </SpaceBetween>
  );
}

const RULES = { ingress: ["inbound rule", "inbound rules"], egress: ["outbound rule", "outbound rules"] } as const;

function Rules({ group, direction }: { group: SecurityGroup; direction: Direction }) {
  const columns: readonly ResourceColumn<SecurityGroupRule>[] = [
    textColumn("id", "Rule ID", ({ id }) => id, { isRowHeader: true }),
    textColumn("type", "Type", trafficText),
    textColumn("protocol", "Protocol", (rule) => protocolOf(rule).toUpperCase()),
    textColumn("ports", "Port range", (rule) => portsOf(rule) || "All"),
    textColumn("peer", direction === "ingress" ? "Source" : "Destination", (rule) => peerText(rule), {
      cell: (rule) => <Peer rule={rule} />,
    }),
    textColumn("description", "Description", ({ description }) => description),
  ];
  return (
    <ResourceTable
      items={group.rules.filter(({ egress }) => egress === (direction === "egress"))}
      columns={columns}
      noun={RULES[direction]}
      initialSorting={{ column: "type", descending: false }}
      filterPlaceholder="Find a rule by type, port, address, group"
      nameOf={({ id }) => id}
      actions={() => (
        <DialogButton
          text={`Edit ${RULES[direction][1]}`}
          dialog={(close) => <EditRules group={group} direction={direction} onClose={close} />}
        />
      )}
      empty={direction === "ingress" ? "Nothing is let in." : "Nothing is let out."}
    />
  );
}

function Peer({ rule }: { rule: SecurityGroupRule }) {
  const { peer } = rule;
  if ("groupId" in peer) return <ResourceLink page="security-groups" id={peer.groupId} />;
  return peer.cidrBlock === MY_IP ? `${MY_IP} (this page)` : peer.cidrBlock;
}

function Members({ members }: { members: readonly NetworkInterface[] }) {
  return <InterfaceTable interfaces={members} empty="No interface is in it: its rules decide nothing." />;
}
