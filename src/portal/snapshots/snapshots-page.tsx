import type { Snapshot } from "../../api/snapshot-types.ts";
import { RegisterImage } from "../images/register-image.tsx";
import { Share } from "../images/share.tsx";
import { usePortal } from "../live/portal-context.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { ExportDisk } from "../resources/export-disk.tsx";
import { labelOf } from "../resources/label.ts";
import { ListPage } from "../resources/list-page.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import { CreateVolume } from "../volumes/create-volume.tsx";
import { COLUMNS } from "./columns.tsx";
import { CopySnapshot } from "./copy-snapshot.tsx";
import { ImportDisk } from "./import-disk.tsx";

const NOUN = ["snapshot", "snapshots"] as const;

export default function SnapshotsPage() {
  const { cloud } = usePortal();
  const actions: readonly ResourceAction<Snapshot>[] = [
    {
      text: "Create volume…",
      whyNot: mustBeCompleted,
      dialog: ([snapshot], close) => <CreateVolume from={{ kind: "snapshot", ...snapshot }} onClose={close} />,
    },
    {
      text: "Register as an image…",
      whyNot: (snapshot) => mustBeOwn(snapshot) ?? mustBeCompleted(snapshot),
      dialog: ([snapshot], close) => <RegisterImage snapshot={snapshot} onClose={close} />,
    },
    {
      text: "Share…",
      whyNot: (snapshot) => mustBeOwn(snapshot) ?? mustBeCompleted(snapshot),
      dialog: ([snapshot], close) => (
        <Share
          title={`Share ${labelOf(snapshot)}`}
          use="make volumes and copies of it"
          permissions={snapshot.createVolumePermissions}
          callOf={(change) => ({ member: "snapshots.share", args: [snapshot.id, change] })}
          onShare={(change) => cloud.snapshots.share(snapshot.id, change)}
          onClose={close}
        />
      ),
    },
    {
      text: "Copy…",
      whyNot: mustBeCompleted,
      dialog: ([snapshot], close) => <CopySnapshot snapshot={snapshot} onClose={close} />,
    },
    tagsAction<Snapshot>({
      labelOf,
      member: "snapshots",
      setTags: (id, tags) => cloud.snapshots.setTags(id, tags),
      whyNot: mustBeOwn,
    }),
    {
      text: "Export…",
      whyNot: mustBeCompleted,
      dialog: ([snapshot], close) => (
        <ExportDisk
          label={labelOf(snapshot)}
          name={snapshot.name || snapshot.id}
          open={(options) => cloud.snapshots.export(snapshot.id, options)}
          onClose={close}
        />
      ),
    },
    askedAction<Snapshot>({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      whyNot: (snapshot) => mustBeOwn(snapshot) ?? mustBeUnused(snapshot),
      consequence: "Other snapshots, and volumes made from it, stay whole. This cannot be undone.",
      act: ({ id }) => cloud.snapshots.delete(id),
      callOf: ({ id }) => ({ member: "snapshots.delete", args: [id] }),
    }),
  ];
  return (
    <ListPage
      description="Volumes as they were at a moment. Each keeps only what has changed since the one before."
      noun={NOUN}
      collection={cloud.snapshots}
      columns={COLUMNS}
      labelOf={labelOf}
      sortedBy={{ column: "started", descending: true }}
      buttons={<DialogButton text="Import a disk" dialog={(close) => <ImportDisk onClose={close} />} />}
      actions={actions}
      empty="There are no snapshots. Take one of a volume, on the page of the volumes."
    />
  );
}

const mustBeOwn = ({ shared, ownerId }: Snapshot) => (shared ? `It belongs to ${ownerId}` : null);

const mustBeCompleted = ({ state }: Snapshot) => (state === "completed" ? null : `The snapshot is ${state}`);

const mustBeUnused = ({ imageIds }: Snapshot) =>
  imageIds.length === 0 ? null : `${imageIds.join(", ")} uses it: deregister that first`;
