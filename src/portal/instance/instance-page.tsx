import SpaceBetween from "@cloudscape-design/components/space-between";
import { lazy, type ReactNode, Suspense } from "react";
import type { Instance } from "../../api/types.ts";
import { ActionButtons } from "../actions/action-buttons.tsx";
import { ConnectButton } from "../connect/connect-button.tsx";
import { StateIndicator } from "../instances/indicators.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { found, NoSuch } from "../resources/found.tsx";
import { RouteTabs } from "../resources/route-tabs.tsx";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { isBooting } from "./boot.ts";
import { BootOverlay } from "./boot-overlay.tsx";
import { Details } from "./details.tsx";
import { InstanceAlerts } from "./instance-alerts.tsx";
import { InstanceMenu } from "./instance-menu.tsx";
import { Networking } from "./networking.tsx";
import { PasswordReminder } from "./password-reminder.tsx";
import { Storage } from "./storage.tsx";
import { INSTANCE_TABS, type InstanceTab } from "./tabs.ts";

const ConsoleView = lazy(() => import("../console/console-view.tsx"));
const Connect = lazy(() => import("../connect/connect.tsx"));
const WebPage = lazy(() => import("../browse/web-page.tsx"));

const TABS: Readonly<
  Record<InstanceTab, { readonly label: string; readonly show: (instance: Instance) => ReactNode }>
> = {
  console: { label: "Console", show: (instance) => <Console instance={instance} /> },
  connect: {
    label: "Connect",
    show: (instance) => (
      <Suspense fallback={<Loading text="Loading…" />}>
        <Connect instance={instance} />
      </Suspense>
    ),
  },
  details: { label: "Details", show: (instance) => <Details instance={instance} /> },
  storage: { label: "Storage", show: (instance) => <Storage instance={instance} /> },
  networking: { label: "Networking", show: (instance) => <Networking instance={instance} /> },
  web: { label: "Web page", show: (instance) => <Web instance={instance} /> },
};

export default function InstancePage({ id, tab }: { id: string; tab: string }) {
  const { cloud } = usePortal();
  // The list says when an instance appears or goes, and when it changes.
  useRerenderOn(cloud.instances.onChange);
  const instance = found(() => cloud.instances.get(id));
  if (instance === null) return <NoSuch noun="instance" id={id} />;
  const title = instance.name || instance.id;
  return (
    <Page
      title={title}
      documentTitle={`${title} (${instance.state})`}
      focus={tab === "console" && instance.state === "running" ? "content" : "heading"}
      description={<StateIndicator state={instance.state} />}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ConnectButton instances={[instance]} />
          <ActionButtons instances={[instance]} />
          <InstanceMenu instances={[instance]} />
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        <InstanceAlerts instance={instance} />
        <PasswordReminder instances={[instance]} />
        <RouteTabs
          label="Instance"
          page="instances"
          id={id}
          tab={tab}
          tabs={INSTANCE_TABS.map((name) => ({
            id: name,
            label: TABS[name].label,
            content: TABS[name].show(instance),
            // Kept while another tab is shown: scrollback and shells would be lost.
            ...((name === "console" || name === "connect") && { contentRenderStrategy: "lazy" as const }),
          }))}
        />
      </SpaceBetween>
    </Page>
  );
}

function Console({ instance }: { instance: Instance }) {
  return (
    <Suspense fallback={<Loading text="Loading the console…" />}>
      <ConsoleView instance={instance} whileEmpty={<WhileEmpty instance={instance} />} />
    </Suspense>
  );
}

function Web({ instance }: { instance: Instance }) {
  return (
    <Suspense fallback={<Loading text="Loading…" />}>
      <WebPage instance={instance} />
    </Suspense>
  );
}

function WhileEmpty({ instance }: { instance: Instance }) {
  if (isBooting(instance)) return <BootOverlay instance={instance} />;
  return (
    <span>{instance.state === "running" ? "Nothing has been printed yet." : "The console has shown nothing."}</span>
  );
}
