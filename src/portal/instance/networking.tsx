import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { NetworkInterface } from "../../api/network-types.ts";
import type { Instance } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { ChangeGroups } from "../network/change-groups.tsx";
import { IncidentTable } from "../network/incident-table.tsx";
import { InternetStatus } from "../network/internet-access.tsx";
import { labelOf } from "../network/names.ts";
import { DialogButton } from "../resources/dialog-button.tsx";
import { Facts } from "../resources/facts.tsx";
import { found } from "../resources/found.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { formatRoute } from "../routing/route.ts";
import { OpenPort } from "../security-groups/open-port.tsx";

/** The interfaces of an instance: where they are, how they are reached, and what they let through. */
export function Networking({ instance }: { instance: Instance }) {
  const { networkInterfaces } = usePortal().cloud;
  useRerenderOn(networkInterfaces.onChange);
  const own = networkInterfaces
    .list()
    .filter(({ attachment }) => attachment?.instanceId === instance.id)
    .sort((a, b) => (a.attachment?.deviceIndex ?? 0) - (b.attachment?.deviceIndex ?? 0));
  if (own.length === 0) return <Box color="text-body-secondary">The instance has no network interface.</Box>;
  return (
    <SpaceBetween size="l">
      {own.map((one) => (
        <InterfaceFacts key={one.id} networkInterface={one} />
      ))}
      <IncidentTable interfaces={own} />
    </SpaceBetween>
  );
}

/** What is known of an interface. */
export function InterfaceFacts({ networkInterface }: { networkInterface: NetworkInterface }) {
  const { addresses, attachment } = networkInterface;
  const [primary, ...secondary] = addresses;
  const index = attachment?.deviceIndex ?? 0;
  return (
    <Facts
      header={
        <Header
          variant="h2"
          description={index === 0 ? "The primary interface: it cannot be detached." : networkInterface.description}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <DialogButton
                text="Open a port"
                dialog={(close) => (
                  <OpenPort label={labelOf(networkInterface)} groupIds={networkInterface.groupIds} onClose={close} />
                )}
              />
              <DialogButton
                text="Change security groups"
                dialog={(close) => <ChangeGroups networkInterface={networkInterface} onClose={close} />}
              />
            </SpaceBetween>
          }
        >
          eth{index}
        </Header>
      }
      facts={{
        "Interface ID": <ResourceLink page="interfaces" id={networkInterface.id} />,
        "What passes": <Watching id={networkInterface.id} />,
        VPC: <ResourceLink page="vpcs" id={networkInterface.vpcId} />,
        "Internet access": <InternetStatus vpcId={networkInterface.vpcId} />,
        Subnet: networkInterface.subnetId,
        "Availability zone": networkInterface.zone,
        "Private IP": primary?.privateIp ?? "",
        "Public IP": primary?.publicIp ?? "",
        "Elastic IP address": primary?.allocationId ?? "",
        "Secondary private IPs": secondary.map(({ privateIp }) => privateIp).join(", "),
        "MAC address": networkInterface.macAddress,
        "Source and destination check": networkInterface.sourceDestCheck ? "On" : "Off",
        "Deleted with the instance": attachment?.deleteOnTermination ? "Yes" : "No",
        "Security groups": <Groups ids={networkInterface.groupIds} />,
      }}
    />
  );
}

function Watching({ id }: { id: string }) {
  return (
    <SpaceBetween direction="horizontal" size="s">
      <Link href={formatRoute({ page: "interfaces", id, tab: "flow-log" })}>Flow log</Link>
      <Link href={formatRoute({ page: "interfaces", id, tab: "capture" })}>Packet capture</Link>
    </SpaceBetween>
  );
}

function Groups({ ids }: { ids: readonly string[] }) {
  const { securityGroups } = usePortal().cloud;
  useRerenderOn(securityGroups.onChange);
  return (
    <SpaceBetween size="xxs">
      {ids.map((id) => (
        <Box key={id}>
          <ResourceLink page="security-groups" id={id} /> {found(() => securityGroups.get(id))?.name ?? ""}
        </Box>
      ))}
    </SpaceBetween>
  );
}
