import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { BackupPolicy } from "../../api/backup-types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { useAction } from "../resources/use-action.ts";
import { Page } from "../shell/page.tsx";
import { CreatePolicy } from "./create-policy.tsx";

const COLUMNS: readonly ResourceColumn<BackupPolicy>[] = [
  { id: "id", header: "Policy ID", text: ({ id }) => id, cell: ({ id }) => id, isRowHeader: true },
  { id: "target", header: "Backs up", text: targetOf, cell: targetOf },
  {
    id: "every",
    header: "Every",
    order: ({ everyHours }) => everyHours,
    cell: ({ everyHours }) => `${everyHours} h`,
  },
  {
    id: "kept",
    header: "Kept",
    order: ({ snapshotIds }) => snapshotIds.length,
    cell: ({ snapshotIds, keep }) => `${snapshotIds.length} snapshots; ${keep} backups at most`,
  },
  {
    id: "last",
    header: "Last",
    order: ({ lastTime }) => lastTime?.getTime() ?? 0,
    cell: ({ lastTime }) => (lastTime === null ? "–" : formatShortDateTime(lastTime)),
  },
  {
    id: "next",
    header: "Next",
    order: ({ nextTime }) => nextTime.getTime(),
    cell: ({ nextTime, lastError }) =>
      lastError === null ? (
        formatShortDateTime(nextTime)
      ) : (
        <StatusIndicator type="error">{`${lastError.message} (${lastError.code})`}</StatusIndicator>
      ),
  },
];

export default function BackupsPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.backups.onChange);
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Backups"
      description="Snapshots by the clock, while this page is open; what was missed is caught up."
      actions={
        <Button variant="primary" onClick={() => setCreating(true)}>
          Create backup policy
        </Button>
      }
    >
      <ResourceTable
        items={cloud.backups.list()}
        columns={COLUMNS}
        noun={["backup policy", "backup policies"]}
        selection="single"
        initialSorting={{ column: "next", descending: false }}
        filterPlaceholder="Find a policy by its ID or by what it backs up"
        nameOf={({ id }) => id}
        actions={([policy]) => <PolicyActions policy={policy} />}
        empty="There are no backup policies. We recommend one for every disk that matters."
      />
      {creating && <CreatePolicy onClose={() => setCreating(false)} />}
    </Page>
  );
}

function PolicyActions({ policy }: { policy: BackupPolicy | undefined }) {
  const { cloud } = usePortal();
  const run = useAction();
  const [deleting, setDeleting] = useState<BackupPolicy | null>(null);
  const whyNot = policy === undefined ? "Select a policy first" : null;
  return (
    <>
      <ActionsMenu
        items={[
          { action: "run", text: "Back up now", whyNot },
          { action: "delete", text: "Delete…", whyNot },
        ]}
        onAction={(action) => {
          if (policy === undefined) return;
          if (action === "delete") setDeleting(policy);
          else run(`Could not back up ${targetOf(policy)}`, () => cloud.backups.run(policy.id));
        }}
      />
      {deleting !== null && (
        <Question
          title={`Delete ${deleting.id}?`}
          submit="Delete"
          consequence="No more backups are made by it. Its snapshots stay."
          onSubmit={() => cloud.backups.delete(deleting.id)}
          onClose={() => setDeleting(null)}
        />
      )}
    </>
  );
}

function targetOf({ instanceId, volumeId }: BackupPolicy): string {
  return instanceId ?? volumeId ?? "";
}
