import SpaceBetween from "@cloudscape-design/components/space-between";
import type { SecurityGroup, Vpc } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { ReachabilityMap } from "../reachability/map/reachability-map.tsx";
import { numberColumn, textColumn } from "../resources/columns.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { Facts } from "../resources/facts.tsx";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { RouteTabs } from "../resources/route-tabs.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { Page } from "../shell/page.tsx";
import { tagsText } from "../tags/tags.ts";
import { CreateSubnet } from "./create-subnet.tsx";
import { InterfaceTable } from "./interface-table.tsx";
import { InternetAccess } from "./internet-access.tsx";
import { nameOf } from "./names.ts";
import { SubnetTable } from "./subnet-table.tsx";
import { VPC_TABS } from "./tabs.ts";
import { NOUN, vpcActionsOf } from "./vpcs-page.tsx";

const GROUP_COLUMNS: readonly ResourceColumn<SecurityGroup>[] = [
  textColumn("name", "Name", ({ name }) => name),
  textColumn("id", "Security group ID", ({ id }) => id, {
    cell: ({ id }) => <ResourceLink page="security-groups" id={id} />,
    isRowHeader: true,
  }),
  textColumn("description", "Description", ({ description }) => description),
  numberColumn("rules", "Rules", ({ rules }) => rules.length),
];

/** A VPC with what is in it. */
export default function VpcPage({ id, tab }: { id: string; tab: string }) {
  const { cloud } = usePortal();
  const { vpcs } = cloud;
  useRerenderOn(vpcs.onChange);
  const vpc = found(() => vpcs.get(id));
  if (vpc === null) return <NoSuch noun="VPC" id={id} />;
  const contents = {
    overview: { label: "Overview", content: <Overview vpc={vpc} /> },
    map: { label: "Map", content: <ReachabilityMap vpc={vpc} /> },
  };
  return (
    <Page
      title={nameOf(vpc) || vpc.id}
      actions={<ResourceActions noun={NOUN} items={[vpc]} actions={vpcActionsOf(cloud)} />}
    >
      <SpaceBetween size="l">
        <Facts
          facts={{
            "VPC ID": vpc.id,
            "IPv4 CIDR": vpc.cidrBlock,
            "Default VPC": vpc.isDefault ? "Yes" : "No",
            Region: vpc.region,
            Owner: vpc.ownerId,
            "DNS resolution": vpc.enableDnsSupport ? "On" : "Off",
            "DNS host names": vpc.enableDnsHostnames ? "On" : "Off",
            "Main route table": <ResourceLink page="route-tables" id={vpc.mainRouteTable.id} />,
            Tags: tagsText(vpc.tags),
          }}
        />
        <RouteTabs
          label="VPC"
          page="vpcs"
          id={id}
          tab={tab}
          tabs={VPC_TABS.map((name) => ({ id: name, ...contents[name] }))}
        />
      </SpaceBetween>
    </Page>
  );
}

/** What is in it. */
function Overview({ vpc }: { vpc: Vpc }) {
  const { subnets, securityGroups, networkInterfaces } = usePortal().cloud;
  useRerenderOn(subnets.onChange);
  useRerenderOn(securityGroups.onChange);
  useRerenderOn(networkInterfaces.onChange);
  const isHere = ({ vpcId }: { readonly vpcId: string }) => vpcId === vpc.id;
  return (
    <SpaceBetween size="l">
      <InternetAccess vpc={vpc} />
      <SubnetTable
        subnets={subnets.list().filter(isHere)}
        actions={
          <DialogButton text="Create subnet" dialog={(close) => <CreateSubnet vpcId={vpc.id} onClose={close} />} />
        }
        empty="It has no subnet: instances need one."
      />
      <ResourceTable
        items={securityGroups.list().filter(isHere)}
        columns={GROUP_COLUMNS}
        noun={["security group", "security groups"]}
        initialSorting={{ column: "name", descending: false }}
        filterPlaceholder="Find a security group by name, ID, description"
        nameOf={(group) => group.name}
      />
      <InterfaceTable interfaces={networkInterfaces.list().filter(isHere)} empty="No interface is in it." />
    </SpaceBetween>
  );
}
