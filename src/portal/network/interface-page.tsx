import SpaceBetween from "@cloudscape-design/components/space-between";
import { CaptureView } from "../capture/capture-view.tsx";
import { FlowLogView } from "../flow-log/flow-log-view.tsx";
import { InterfaceFacts } from "../instance/networking.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { found, NoSuch } from "../resources/found.tsx";
import { ResourceActions } from "../resources/resource-actions.tsx";
import { RouteTabs } from "../resources/route-tabs.tsx";
import { ResourceLink } from "../routing/links.tsx";
import { Page } from "../shell/page.tsx";
import { IncidentTable } from "./incident-table.tsx";
import { actionsOf, NOUN } from "./interface-actions.tsx";
import { nameOf } from "./names.ts";
import { INTERFACE_TABS } from "./tabs.ts";

/** A network interface: what it is, and what passes at it. */
export default function InterfacePage({ id, tab }: { id: string; tab: string }) {
  const { cloud } = usePortal();
  const { networkInterfaces } = cloud;
  useRerenderOn(networkInterfaces.onChange);
  const one = found(() => networkInterfaces.get(id));
  if (one === null) return <NoSuch noun={NOUN[0]} id={id} />;
  const contents = {
    details: { label: "Details", content: <InterfaceFacts networkInterface={one} /> },
    "flow-log": { label: "Flow log", content: <FlowLogView networkInterface={one} /> },
    incidents: { label: "Incidents", content: <IncidentTable interfaces={[one]} /> },
    capture: { label: "Packet capture", content: <CaptureView networkInterface={one} /> },
  };
  return (
    <Page
      title={nameOf(one) || one.id}
      description={
        one.attachment === null ? (
          "It is attached to nothing."
        ) : (
          <>
            Of the instance <ResourceLink page="instances" id={one.attachment.instanceId} />
          </>
        )
      }
      actions={<ResourceActions noun={NOUN} items={[one]} actions={actionsOf(cloud)} />}
    >
      <SpaceBetween size="l">
        <RouteTabs
          label="Network interface"
          page="interfaces"
          id={id}
          tab={tab}
          tabs={INTERFACE_TABS.map((name) => ({ id: name, ...contents[name] }))}
        />
      </SpaceBetween>
    </Page>
  );
}
