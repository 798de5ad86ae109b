import { useState } from "react";
import type { Volume } from "../../api/volume-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { ExportDisk } from "../resources/export-disk.tsx";
import { onAll } from "../resources/on-all.ts";
import { Question } from "../resources/question.tsx";
import { useAction } from "../resources/use-action.ts";
import { CreateSnapshot } from "../snapshots/create-snapshot.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { AttachVolume } from "./attach-volume.tsx";
import { ModifyVolume } from "./modify-volume.tsx";
import { RollBackVolume } from "./roll-back-volume.tsx";
import { type VolumeAction, whyNot } from "./rules.ts";
import { labelOf, labelOfAll } from "./volume-label.ts";

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

/** Everything that can be done with one volume, and what can be done with several. */
export function VolumeActions({ volumes }: { volumes: readonly Volume[] }) {
  const { cloud } = usePortal();
  const run = useAction();
  const [asking, setAsking] = useState<{ action: VolumeAction; volume: Volume; volumes: readonly Volume[] } | null>(
    null,
  );
  const close = () => setAsking(null);

  const perform = (action: VolumeAction) => {
    const [volume] = volumes;
    if (volume === undefined) return;
    const label = labelOf(volume);
    if (action === "detach") {
      run("Could not detach", () => onAll(volumes, ({ id }) => cloud.volumes.detach({ volumeId: id })));
    } else if (action === "grow") {
      run(`Could not grow the file system on ${label}`, () => cloud.volumes.growFileSystem(volume.id));
    } else if (action === "keep" || action === "let-go") {
      run(`Could not change ${label}`, () => cloud.volumes.setDeleteOnTermination(volume.id, action === "let-go"));
    } else setAsking({ action, volume, volumes });
  };

  return (
    <>
      <ActionsMenu
        items={ACTIONS.map((action) => ({ action, text: TEXTS[action], whyNot: whyNot(action, volumes) }))}
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
          title={`Force detach ${labelOfAll(asking.volumes)}?`}
          submit="Force detach"
          consequence="The disk is taken from the guest as when its cable is pulled: what it had not written yet is lost."
          onSubmit={() => onAll(asking.volumes, ({ id }) => cloud.volumes.detach({ volumeId: id, force: true }))}
          calls={asking.volumes.map(({ id }) => ({ member: "volumes.detach", args: [{ volumeId: id, force: true }] }))}
          onClose={close}
        />
      )}
      {asking?.action === "delete" && (
        <Question
          title={`Delete ${labelOfAll(asking.volumes)}?`}
          submit="Delete"
          consequence="Everything on it is deleted. Snapshots stay. This cannot be undone."
          onSubmit={() => onAll(asking.volumes, ({ id }) => cloud.volumes.delete(id))}
          calls={asking.volumes.map(({ id }) => ({ member: "volumes.delete", args: [id] }))}
          onClose={close}
        />
      )}
    </>
  );
}
