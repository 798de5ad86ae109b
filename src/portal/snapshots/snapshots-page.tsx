import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { RegisterImage } from "../images/register-image.tsx";
import { Share } from "../images/share.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { ExportDisk } from "../resources/export-disk.tsx";
import { onAll } from "../resources/on-all.ts";
import { Question } from "../resources/question.tsx";
import { ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { CreateVolume } from "../volumes/create-volume.tsx";
import { labelOf, labelOfAll } from "../volumes/volume-label.ts";
import { COLUMNS } from "./columns.tsx";
import { CopySnapshot } from "./copy-snapshot.tsx";
import { ImportDisk } from "./import-disk.tsx";

export default function SnapshotsPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.snapshots.onChange);
  const [importing, setImporting] = useState(false);
  return (
    <Page
      title="Snapshots"
      description="Volumes as they were at a moment. Each keeps only what has changed since the one before."
      actions={<Button onClick={() => setImporting(true)}>Import a disk</Button>}
    >
      <ResourceTable
        items={cloud.snapshots.list()}
        columns={COLUMNS}
        noun={["snapshot", "snapshots"]}
        selection="multi"
        initialSorting={{ column: "started", descending: true }}
        filterPlaceholder="Find a snapshot by ID, description, volume"
        nameOf={labelOf}
        actions={(snapshots) => <SnapshotActions snapshots={snapshots} />}
        empty="There are no snapshots. Take one of a volume, on the page of the volumes."
      />
      {importing && <ImportDisk onClose={() => setImporting(false)} />}
    </Page>
  );
}

type SnapshotAction = "volume" | "image" | "share" | "copy" | "tags" | "export" | "delete";

const TEXTS: Readonly<Record<SnapshotAction, string>> = {
  volume: "Create volume…",
  image: "Register as an image…",
  share: "Share…",
  copy: "Copy…",
  tags: "Manage tags…",
  export: "Export…",
  delete: "Delete…",
};

function SnapshotActions({ snapshots }: { snapshots: readonly Snapshot[] }) {
  const { cloud } = usePortal();
  const [asking, setAsking] = useState<{
    action: SnapshotAction;
    snapshot: Snapshot;
    snapshots: readonly Snapshot[];
  } | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <ActionsMenu
        items={(Object.keys(TEXTS) as SnapshotAction[]).map((action) => ({
          action,
          text: TEXTS[action],
          whyNot: whyNot(action, snapshots),
        }))}
        onAction={(action) => {
          const [snapshot] = snapshots;
          if (snapshot !== undefined) setAsking({ action, snapshot, snapshots });
        }}
      />
      {asking?.action === "volume" && <CreateVolume from={{ kind: "snapshot", ...asking.snapshot }} onClose={close} />}
      {asking?.action === "image" && <RegisterImage snapshot={asking.snapshot} onClose={close} />}
      {asking?.action === "share" && (
        <Share
          title={`Share ${labelOf(asking.snapshot)}`}
          use="make volumes and copies of it"
          permissions={asking.snapshot.createVolumePermissions}
          callOf={(change) => ({ member: "snapshots.share", args: [asking.snapshot.id, change] })}
          onShare={(change) => cloud.snapshots.share(asking.snapshot.id, change)}
          onClose={close}
        />
      )}
      {asking?.action === "copy" && <CopySnapshot snapshot={asking.snapshot} onClose={close} />}
      {asking?.action === "tags" && (
        <ManageTags
          label={labelOf(asking.snapshot)}
          id={asking.snapshot.id}
          tags={asking.snapshot.tags}
          callOf={(tags) => ({ member: "snapshots.setTags", args: [asking.snapshot.id, tags] })}
          onSave={(tags) => cloud.snapshots.setTags(asking.snapshot.id, tags)}
          onClose={close}
        />
      )}
      {asking?.action === "export" && (
        <ExportDisk
          label={labelOf(asking.snapshot)}
          name={asking.snapshot.name || asking.snapshot.id}
          open={(options) => cloud.snapshots.export(asking.snapshot.id, options)}
          onClose={close}
        />
      )}
      {asking?.action === "delete" && (
        <Question
          title={`Delete ${labelOfAll(asking.snapshots)}?`}
          submit="Delete"
          consequence="Other snapshots, and volumes made from it, stay whole. This cannot be undone."
          onSubmit={() => onAll(asking.snapshots, ({ id }) => cloud.snapshots.delete(id))}
          calls={asking.snapshots.map(({ id }) => ({ member: "snapshots.delete", args: [id] }))}
          onClose={close}
        />
      )}
    </>
  );
}

function whyNot(action: SnapshotAction, snapshots: readonly Snapshot[]): string | null {
  const [snapshot, second] = snapshots;
  if (snapshot === undefined) return "Select a snapshot first";
  if (second === undefined) return whyNotOne(action, snapshot);
  if (action !== "delete") return "Select one snapshot";
  return snapshots.map((each) => whyNotOne(action, each)).find((reason) => reason !== null) ?? null;
}

function whyNotOne(action: SnapshotAction, snapshot: Snapshot): string | null {
  if (snapshot.shared && ["image", "share", "tags", "delete"].includes(action))
    return `It belongs to ${snapshot.ownerId}`;
  if (action === "tags") return null;
  if (action !== "delete") return snapshot.state === "completed" ? null : `The snapshot is ${snapshot.state}`;
  return snapshot.imageIds.length === 0 ? null : `${snapshot.imageIds.join(", ")} uses it: deregister that first`;
}
