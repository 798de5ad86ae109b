import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ActionButtons } from "../actions/action-buttons.tsx";
import { ConnectButton } from "../connect/connect-button.tsx";
import { InstanceMenu } from "../instance/instance-menu.tsx";
import { PasswordReminder } from "../instance/password-reminder.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useInstances } from "../live/use-live.ts";
import { ResourceTable } from "../resources/resource-table.tsx";
import { formatRoute } from "../routing/route.ts";
import { Page } from "../shell/page.tsx";
import { COLUMNS } from "./columns.tsx";
import { EmptyState } from "./empty-state.tsx";

const LAUNCH = formatRoute({ page: "launch" });

export default function InstancesPage() {
  const { cloud } = usePortal();
  const instances = useInstances(cloud);
  if (instances.length === 0) {
    return (
      <Page title="Instances">
        <EmptyState />
      </Page>
    );
  }
  return (
    <Page
      title="Instances"
      actions={
        <Button variant="primary" href={LAUNCH}>
          Launch instances
        </Button>
      }
    >
      <SpaceBetween size="m">
        <PasswordReminder instances={instances} isList />
        <ResourceTable
          items={instances}
          columns={COLUMNS}
          noun={["instance", "instances"]}
          selection="multi"
          initialSorting={{ column: "launched", descending: true }}
          filterPlaceholder="Find an instance by name, ID, state, type, address"
          nameOf={({ id, name }) => name || id}
          actions={(selected) => (
            <SpaceBetween direction="horizontal" size="xs">
              <ConnectButton instances={selected} />
              <ActionButtons instances={selected} />
              <InstanceMenu instances={selected} />
            </SpaceBetween>
          )}
        />
      </SpaceBetween>
    </Page>
  );
}
