import { useState } from "react";
import type { Volume } from "../../api/volume-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { ExportDisk } from "../resources/export-disk.tsx";
import { Question } from "../resources/question.tsx";
import { useAction } from "../resources/use-action.ts";
import { CreateSnapshot } from "../snapshots/create-snapshot.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { AttachVolume } from "./attach-volume.tsx";
import { ModifyVolume } from "./modify-volume.tsx";
import { RollBackVolume } from "./roll-back-volume.tsx";
import { type VolumeAction, whyNot } from "./rules.ts";
import { labelOf } from "./volume-label.ts";

const TEXTS: Readonly<Record<VolumeAction, string>> = {
  attach: "Attach…",
  detach: "Detach",
  "force-detach": "Force detach…",
  modify: "Modify…",
  grow: "Grow the file system",
  keep: "Keep at termination",
  "let-go": "Delete at termination",
  tags: "Manage tags…",
  snapshot: "Create snapshot…",
  rollback: "Roll back to a snapshot…",
  export: "Export…",
  delete: "Delete…",
};
const ACTIONS = Object.keys(TEXTS) as VolumeAction[];

/** Everything that can be done with one volume. */
export function VolumeActions({ volume }: { volume: Volume | undefined }) {
  const { cloud } = usePortal();
  const run = useAction();
  const [asking, setAsking] = useState<{ action: VolumeAction; volume: Volume } | null>(null);
  const close = () => setAsking(null);

  const perform = (action: VolumeAction) => {
    if (volume === undefined) return;
    const label = labelOf(volume);
    if (action === "detach") {
      run(`Could not detach ${label}`, () => cloud.volumes.detach({ volumeId: volume.id }));
    } else if (action === "grow") {
      run(`Could not grow the file system on ${label}`, () => cloud.volumes.growFileSystem(volume.id));
    } else if (action === "keep" || action === "let-go") {
      run(`Could not change ${label}`, () => cloud.volumes.setDeleteOnTermination(volume.id, action === "let-go"));
    } else setAsking({ action, volume });
  };

  return (
    <>
      <ActionsMenu
        items={ACTIONS.map((action) => ({ action, text: TEXTS[action], whyNot: whyNot(action, volume) }))}
        onAction={perform}
      />
      {asking?.action === "attach" && <AttachVolume volume={asking.volume} onClose={close} />}
      {asking?.action === "modify" && <ModifyVolume volume={asking.volume} onClose={close} />}
      {asking?.action === "snapshot" && <CreateSnapshot volume={asking.volume} onClose={close} />}
      {asking?.action === "rollback" && <RollBackVolume volume={asking.volume} onClose={close} />}
      {asking?.action === "tags" && (
        <ManageTags
          label={labelOf(asking.volume)}
          id={asking.volume.id}
          tags={asking.volume.tags}
          callOf={(tags) => ({ member: "volumes.setTags", args: [asking.volume.id, tags] })}
          onSave={(tags) => cloud.volumes.setTags(asking.volume.id, tags)}
          onClose={close}
        />
      )}
      {asking?.action === "export" && (
        <ExportDisk
          label={labelOf(asking.volume)}
          name={asking.volume.name || asking.volume.id}
          open={(options) => cloud.volumes.export(asking.volume.id, options)}
          onClose={close}
        />
      )}
      {asking?.action === "force-detach" && (
        <Question
          title={`Force detach ${labelOf(asking.volume)}?`}
          submit="Force detach"
          consequence="The disk is taken from the guest as when its cable is pulled: what it had not written yet is lost."
          onSubmit={() => cloud.volumes.detach({ volumeId: asking.volume.id, force: true })}
          calls={[{ member: "volumes.detach", args: [{ volumeId: asking.volume.id, force: true }] }]}
          onClose={close}
        />
      )}
      {asking?.action === "delete" && (
        <Question
          title={`Delete ${labelOf(asking.volume)}?`}
          submit="Delete"
          consequence="Everything on it is deleted. Its snapshots stay. This cannot be undone."
          onSubmit={() => cloud.volumes.delete(asking.volume.id)}
          calls={[{ member: "volumes.delete", args: [asking.volume.id] }]}
          onClose={close}
        />
      )}
    </>
  );
}
