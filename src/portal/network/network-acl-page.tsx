import SpaceBetween from "@cloudscape-design/components/space-between";
import type { NetworkAcl } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn } from "../resources/columns.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { Facts } from "../resources/facts.tsx";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { RouteTabs } from "../resources/route-tabs.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { portsOf, protocolOf, trafficText } from "../security-groups/rule-fields.ts";
import { Page } from "../shell/page.tsx";
import { tagsText } from "../tags/tags.ts";
import { EditEntries } from "./edit-entries.tsx";
import { nameOf } from "./names.ts";
import { AclSubnets, actionsOf, NOUN } from "./network-acls-page.tsx";
import { SubnetTable } from "./subnet-table.tsx";
import { ACL_TABS } from "./tabs.ts";

interface Row {
  readonly id: string;
  readonly ruleNumber: number;
  readonly type: string;
  readonly protocol: string;
  readonly ports: string;
  readonly cidrBlock: string;
  readonly allow: boolean;
}

/** After all numbers: what no entry matches. */
const LAST = "*";
const LAST_ROW: Row = {
  id: LAST,
  ruleNumber: Number.POSITIVE_INFINITY,
  type: "All traffic",
  protocol: "ALL",
  ports: "All",
  cidrBlock: "0.0.0.0/0",
  allow: false,
};

/** A network ACL: its entries, and the subnets that have it. */
export default function NetworkAclPage({ id, tab }: { id: string; tab: string }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.networkAcls.onChange);
  useRerenderOn(cloud.subnets.onChange);
  const acl = found(() => cloud.networkAcls.get(id));
  if (acl === null) return <NoSuch noun={NOUN[0]} id={id} />;
  const contents = {
    inbound: { label: "Inbound entries", content: <Entries acl={acl} egress={false} /> },
    outbound: { label: "Outbound entries", content: <Entries acl={acl} egress /> },
    subnets: {
      label: "Subnets",
      content: (
        <SubnetTable
          subnets={cloud.subnets.list().filter(({ networkAcl }) => networkAcl.id === id)}
          actions={
            <DialogButton
              text="Edit subnet associations"
              dialog={(close) => <AclSubnets acl={acl} onClose={close} />}
            />
          }
          empty="No subnet has it: its entries decide nothing."
        />
      ),
    },
  };
  return (
    <Page
      title={nameOf(acl) || acl.id}
      actions={<ResourceActions noun={NOUN} items={[acl]} actions={actionsOf(cloud)} />}
    >
      <SpaceBetween size="l">
        <Facts
          facts={{
            "Network ACL ID": acl.id,
            VPC: <ResourceLink page="vpcs" id={acl.vpcId} />,
            Default: acl.isDefault ? "Yes" : "No",
            Owner: acl.ownerId,
            Region: acl.region,
            Tags: tagsText(acl.tags),
          }}
        />
        <RouteTabs
          label="Network ACL"
          page="network-acls"
          id={id}
          tab={tab}
          tabs={ACL_TABS.map((name) => ({ id: name, ...contents[name] }))}
        />
      </SpaceBetween>
    </Page>
  );
}

function Entries({ acl, egress }: { acl: NetworkAcl; egress: boolean }) {
  const rows = acl.entries
    .filter((entry) => entry.egress === egress)
    .map((entry): Row => {
      const { ruleNumber, cidrBlock, allow } = entry;
      const protocol = protocolOf(entry).toUpperCase();
      const texts = { type: trafficText(entry), protocol, ports: portsOf(entry) || "All" };
      return { id: String(ruleNumber), ruleNumber, ...texts, cidrBlock, allow };
    });
  const columns: readonly ResourceColumn<Row>[] = [
    numberColumn("number", "Rule number", ({ ruleNumber }) => ruleNumber, { isRowHeader: true, cell: ({ id }) => id }),
    textColumn("type", "Type", ({ type }) => type),
    textColumn("protocol", "Protocol", ({ protocol }) => protocol),
    textColumn("ports", "Port range", ({ ports }) => ports),
    textColumn("cidr", egress ? "Destination" : "Source", ({ cidrBlock }) => cidrBlock),
    textColumn("allow", "Allow or deny", ({ allow }) => (allow ? "Allow" : "Deny")),
  ];
  return (
    <ResourceTable
      items={[...rows, LAST_ROW]}
      columns={columns}
      noun={egress ? ["outbound entry", "outbound entries"] : ["inbound entry", "inbound entries"]}
      initialSorting={{ column: "number", descending: false }}
      filterPlaceholder="Find an entry by type, port, address"
      nameOf={({ id }) => `entry ${id}`}
      actions={() => (
        <DialogButton
          text={`Edit ${egress ? "outbound" : "inbound"} entries`}
          dialog={(close) => <EditEntries acl={acl} egress={egress} onClose={close} />}
        />
      )}
    />
  );
}
