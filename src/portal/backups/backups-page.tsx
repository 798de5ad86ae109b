import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { BackupPolicy } from "../../api/backup-types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { numberColumn, textColumn, timeColumn } from "../resources/columns.tsx";
import { askedAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import type { ResourceColumn } from "../resources/resource-table.tsx";
import { useAction } from "../resources/use-action.ts";
import { CreatePolicy } from "./create-policy.tsx";

const NOUN = ["backup policy", "backup policies"] as const;

const COLUMNS: readonly ResourceColumn<BackupPolicy>[] = [
  textColumn("id", "Policy ID", ({ id }) => id, { isRowHeader: true }),
  textColumn("target", "Backs up", targetOf),
  numberColumn("every", "Every", ({ everyHours }) => everyHours, { cell: ({ everyHours }) => `${everyHours} h` }),
  numberColumn("kept", "Kept", ({ snapshotIds }) => snapshotIds.length, {
    cell: ({ snapshotIds, keep }) => `${snapshotIds.length} snapshots; ${keep} backups at most`,
  }),
  timeColumn("last", "Last", ({ lastTime }) => lastTime),
  timeColumn("next", "Next", ({ nextTime }) => nextTime, {
    cell: ({ nextTime, lastError }) =>
      lastError === null ? (
        formatShortDateTime(nextTime)
      ) : (
        <StatusIndicator type="error">{`${lastError.message} (${lastError.code})`}</StatusIndicator>
      ),
  }),
];

export default function BackupsPage() {
  const { cloud } = usePortal();
  const run = useAction();
  const actions: readonly ResourceAction<BackupPolicy>[] = [
    {
      text: "Back up now",
      act: ([policy]) => run(`Could not back up ${targetOf(policy)}`, () => cloud.backups.run(policy.id)),
    },
    askedAction({
      verb: "Delete",
      noun: NOUN,
      labelOf: ({ id }) => id,
      consequence: "No more backups are made by it. Its snapshots stay.",
      act: ({ id }) => cloud.backups.delete(id),
    }),
  ];
  return (
    <ListPage
      title="Backups"
      description="Snapshots by the clock, while this page is open; what was missed is caught up."
      noun={NOUN}
      collection={cloud.backups}
      columns={COLUMNS}
      labelOf={({ id }) => id}
      sortedBy={{ column: "next", descending: false }}
      buttons={
        <DialogButton primary text="Create backup policy" dialog={(close) => <CreatePolicy onClose={close} />} />
      }
      actions={actions}
      empty="There are no backup policies. We recommend one for every disk that matters."
    />
  );
}

function targetOf({ instanceId, volumeId }: BackupPolicy): string {
  return instanceId ?? volumeId ?? "";
}
