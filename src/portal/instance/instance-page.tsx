import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, Suspense } from "react";
import type { Cloud, Instance } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { ActionButtons } from "../actions/action-buttons.tsx";
import { StateIndicator } from "../instances/indicators.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { formatRoute, type InstanceTab } from "../routing/route.ts";
import { navigate } from "../routing/use-route.ts";
import { Loading } from "../shell/loading.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { Page } from "../shell/page.tsx";
import { isBooting } from "./boot.ts";
import { BootOverlay } from "./boot-overlay.tsx";
import { Details } from "./details.tsx";
import { InstanceAlerts } from "./instance-alerts.tsx";
import { InstanceMenu } from "./instance-menu.tsx";
import { Storage } from "./storage.tsx";

const ConsoleView = lazy(() => import("../console/console-view.tsx"));

export default function InstancePage({ id, tab }: { id: string; tab: InstanceTab }) {
  const { cloud } = usePortal();
  // The list says when an instance appears or goes, and when it changes.
  useRerenderOn(cloud.instances.onChange);
  const instance = find(cloud, id);
  if (instance === null) {
    return (
      <NotFound
        title="There is no such instance"
        text={`No instance here has the ID “${id}”. It may have been terminated, or live in another browser.`}
      />
    );
  }
  const title = instance.name || instance.id;
  return (
    <Page
      title={title}
      documentTitle={`${title} (${instance.state})`}
      focus={tab === "console" && instance.state === "running" ? "content" : "heading"}
      description={<StateIndicator state={instance.state} />}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ActionButtons instances={[instance]} />
          <InstanceMenu instances={[instance]} />
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        <InstanceAlerts instance={instance} />
        <InstanceTabs instance={instance} tab={tab} />
      </SpaceBetween>
    </Page>
  );
}

function InstanceTabs({ instance, tab }: { instance: Instance; tab: InstanceTab }) {
  const hrefOf = (name: InstanceTab) => formatRoute({ page: "instance", id: instance.id, tab: name });
  return (
    <Tabs
      ariaLabel="Instance"
      activeTabId={tab}
      onChange={({ detail }) =>
        navigate({ page: "instance", id: instance.id, tab: detail.activeTabId as InstanceTab }, { replace: true })
      }
      tabs={[
        {
          id: "console",
          label: "Console",
          href: hrefOf("console"),
          // Kept while another tab is shown: its scrollback would be lost.
          contentRenderStrategy: "lazy",
          content: (
            <Suspense fallback={<Loading text="Loading the console…" />}>
              <ConsoleView instance={instance} whileEmpty={<WhileEmpty instance={instance} />} />
            </Suspense>
          ),
        },
        { id: "details", label: "Details", href: hrefOf("details"), content: <Details instance={instance} /> },
        { id: "storage", label: "Storage", href: hrefOf("storage"), content: <Storage instance={instance} /> },
      ]}
    />
  );
}

function WhileEmpty({ instance }: { instance: Instance }) {
  if (isBooting(instance)) return <BootOverlay instance={instance} />;
  return (
    <span>{instance.state === "running" ? "Nothing has been printed yet." : "The console has shown nothing."}</span>
  );
}

function find(cloud: Cloud, id: string): Instance | null {
  try {
    return cloud.instances.get(id);
  } catch (thrown) {
    if (thrown instanceof CloudError && thrown.code.startsWith("InvalidInstanceID.")) return null;
    throw thrown;
  }
}
